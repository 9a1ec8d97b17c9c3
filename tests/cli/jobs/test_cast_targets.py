"""Whoever is cast by a picture or a saved speaker is looked for before anything is made."""

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from vs_lipsync import CastMember, Speaker, Zone, find_speaker
from vs_lipsync.cli.jobs.cast_targets import check_cast, outcomes_of_each
from vs_lipsync.errors import JobError
from vs_lipsync.graph.prepare import Prepared, prepare
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.voice import Voice

LENGTH = 26


@pytest.fixture(scope="module")
def clip(demo_clip: vs.VideoNode) -> vs.VideoNode:
    return demo_clip[20 : 20 + LENGTH].resize.Bicubic(320, 180)


@pytest.fixture(scope="module")
def there(clip: vs.VideoNode) -> Speaker:
    return find_speaker(clip, (10, 160, 90), "Eileen")


def prepared(clip: vs.VideoNode, *people: Speaker) -> Prepared:
    cast = [CastMember(one, DEMO_DUB, zones=[Zone(0, 5 + 5 * n)]) for n, one in enumerate(people)]
    return prepare(clip, Voice(), CallSettings(cast=cast))


def test_who_is_there_is_found_and_who_is_not_is_named(clip: vs.VideoNode, there: Speaker) -> None:
    check_cast(prepared(clip, there))
    nobody = Speaker(np.full((1, 128), 0.9, np.float32), "Otto")
    with pytest.raises(JobError, match=r"^Otto is not to be seen in the clip, in none of 2 frames spread over it"):
        check_cast(prepared(clip, there, nobody))


def test_each_is_told_what_becomes_of_the_frames(clip: vs.VideoNode, there: Speaker) -> None:
    nobody = Speaker(np.full((1, 128), 0.9, np.float32), "Otto")
    mine, other = outcomes_of_each(prepared(clip, there, nobody), (3, 12))
    assert mine == [Outcome("dub", "target speaks")] * 2 + [Outcome("pass", "outside the zones")] * 7
    assert other == [Outcome("pass", "target not found")] * 7 + [Outcome("pass", "outside the zones")] * 2
