"""Stretches that a browser plays."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_CLIP
from tests.studio.conftest import write_film
from vs_lipsync.errors import JobError
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.studio.stretch import own_sound, write_stretch

TONE = np.sin(np.arange(16000 * 2, dtype=np.float32) * 0.3)
TIMES = [0.0, 0.04, 0.2, 0.24, 0.28, 0.5, 0.54, 0.58, 0.62, 0.66]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    source = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    write_film(tmp_path / "film.mkv", source[60:70], TONE)
    return tmp_path / "film.mkv"


def ignored(_done: int, _total: int) -> None:
    pass


def test_a_stretch_of_timecodes_has_their_times(film: Path, tmp_path: Path) -> None:
    times, made = tmp_path / "times.txt", tmp_path / "made.mp4"
    times.write_text("\n".join(["# timecode format v2", *(f"{1000 * time:.3f}" for time in TIMES)]))
    footage = SourceClip.open(film, SourceOptions(timecodes=times))
    write_stretch(footage, footage.clip, 1, 7, own_sound(footage, 1, 7), made, ignored)
    with av.open(str(made)) as container:
        shown = [float(frame.time or 0) for frame in container.decode(video=0)]
        sound = container.streams.audio[0]
        assert abs(float((sound.duration or 0) * (sound.time_base or 0)) - 0.54) < 0.06
    assert np.allclose(np.subtract(shown, shown[0]), np.subtract(TIMES[1:7], TIMES[1]), atol=0.002)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".stretch")] == []


def test_a_stretch_whose_sound_cannot_be_made_leaves_nothing(film: Path, tmp_path: Path) -> None:
    footage = SourceClip.open(film)

    def sound(_folder: Path) -> Sequence[str]:
        raise JobError("no such stem")

    with pytest.raises(JobError, match="no such stem"):
        write_stretch(footage, footage.clip, 0, 5, sound, tmp_path / "made.mp4", ignored)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv"]
    assert footage.timeline.start(5) == Fraction(1, 5)
