"""Hearing a dub before its mouths are made."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.packing import pack
from vs_lipsync.graph.nodes.hearing import Heard
from vs_lipsync.graph.schedule import OpenVoice
from vs_lipsync.mouth.models import open_model
from vs_lipsync.plan.grid import Grid
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import ArraySound
from vs_lipsync.timing.timeline import ConstantRate
from vs_lipsync.timing.timing import Timing

GRID = Grid(block=16, past=32, ahead=16)


class CountedSound(ArraySound):
    """Samples, and how often they were read."""

    reads = 0

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        self.reads += 1
        return super().read(start, stop)


@pytest.mark.parametrize("face", [True, False])
def test_a_block_that_begins_with_a_face_is_heard_once_for_all(face: bool) -> None:
    sound = CountedSound(np.random.default_rng(0).normal(0, 0.1, 64000).astype(np.float32))
    dub = Dub(sound, "noise")
    timing = Timing(ConstantRate(Fraction(25)), Fraction(0), [(0, 64)])
    generator = open_model("warp", dub, GRID, strength=1.0, device="auto")
    hear = Heard([OpenVoice(dub, generator, timing, 0, motion=Motion(dub))], GRID, 64)
    frame = pack({"landmarks": np.zeros((1, 468, 3), np.float32)} if face else {})
    assert hear(0, frame) is frame
    assert (sound.reads > 0) == face
    before = sound.reads
    Motion(dub).at(timing.at(0, 32))
    assert (sound.reads == before) == face
