"""A cast: several people with a dub each, by one analysis (about 10 s of processor time)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync import CastMember, Zone, lipsync, lipsync_plan, segments, write_plan
from vs_lipsync.errors import CastError
from vs_lipsync.plan.file.fingerprint import FINGERPRINT_EVERY
from vs_lipsync.planes.frames import planes_of
from vs_lipsync.settings.cast import members_of
from vs_lipsync.settings.voice import Voice

LENGTH = 26
LEFT, RIGHT = (20, 320, 180), (20, 960, 180)


@pytest.fixture(scope="module")
def pair(demo_clip: vs.VideoNode) -> vs.VideoNode:
    """Two people side by side."""
    return vs.core.std.StackHorizontal([demo_clip[20 : 20 + LENGTH], demo_clip[180 : 180 + LENGTH]])


@pytest.fixture(scope="module")
def plan(pair: vs.VideoNode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cast") / "plan.json"
    write_plan(pair, path)
    return path


def planes(node: vs.VideoNode) -> list[NDArray[np.generic]]:
    return [plane.copy() for frame in node.frames(close=True) for plane in planes_of(frame)]


def test_a_cast_is_two_calls_one_after_the_other(pair: vs.VideoNode, plan: Path, demo_dub: Path) -> None:
    """With one plan, that is: by itself the second call would analyse the first one's mouth.

    The frames that a plan knows its footage by stay as they are, or it would not be taken for the second call.
    """
    assert FINGERPRINT_EVERY > LENGTH
    settings: dict[str, Any] = {"plan": plan, "zones": [Zone(1, None)]}
    chained = lipsync(pair, demo_dub, target=LEFT, **settings)
    chained = lipsync(chained, demo_dub, target=RIGHT, offset=-1.0, **settings)
    cast = [CastMember(LEFT, demo_dub), CastMember(RIGHT, demo_dub, offset=-1.0)]
    together = lipsync(pair, cast=cast, **settings)
    for one, other in zip(planes(together), planes(chained), strict=True):
        np.testing.assert_array_equal(one, other)
    props = together.get_frame(12).props
    assert len(props["LipSyncBox"]) == 8  # type: ignore[arg-type] # of the first, and of the second
    assert together.get_frame(0).props["LipSyncReason"] == "outside the zones"


def test_one_person_may_be_two_in_different_frames(pair: vs.VideoNode, plan: Path, demo_dub: Path) -> None:
    """So that somebody who is taken for another can be told by the frames; in the same frames it stays a mistake."""
    early = CastMember(LEFT, demo_dub, zones=[Zone(0, 10)], name="Anna")
    for first, is_fine in ((10, True), (9, False)):
        late = CastMember((5, *LEFT[1:]), demo_dub, zones=[Zone(first, None)], name="Berta")
        node = lipsync_plan(pair, cast=[early, late], plan=plan)
        if is_fine:
            assert {frame.props["LipSyncReason"] for frame in node.frames(close=True)} == {"target speaks"}
        else:
            with pytest.raises(vs.Error, match="Anna and Berta are the same person"):
                node.get_frame(0)


def test_zones_of_one_person_leave_the_other_alone(pair: vs.VideoNode, plan: Path, demo_dub: Path) -> None:
    cast = [CastMember(LEFT, demo_dub), CastMember(RIGHT, zones=[Zone(0, 10, dub=demo_dub)])]
    node = lipsync_plan(pair, cast=cast, plan=plan)
    faces = [len(node.get_frame(n).props["LipSyncFace"]) // 4 for n in (4, 15)]  # type: ignore[arg-type]
    assert faces == [2, 1]


def test_one_person_cannot_be_cast_twice(pair: vs.VideoNode, plan: Path, demo_dub: Path) -> None:
    node = lipsync(pair, cast={LEFT: demo_dub, (21, 322, 180): demo_dub}, plan=plan)
    with pytest.raises(vs.Error, match="20@320,180 and 21@322,180 are the same person"):
        node.get_frame(0)


@pytest.mark.parametrize(
    ("cast", "said"),
    [
        ({}, "the cast is empty"),
        ("anna.wav", "a cast is a dict"),
        ([("main", "a.wav")], "a cast is a dict"),
        ({"all": "a.wav"}, "'all' is nobody in particular"),
        ({5: "a.wav"}, "who speaks must be a target"),
        ({(1, 2): "a.wav"}, r"a place in the clip is \(frame, x, y\)"),
        ([CastMember("main")], "main has no dub"),
        ([CastMember("main", zones=[Zone(0, 5)])], "main has no dub"),
        ([CastMember("main", "a.wav", zones=[Zone(0, 5, target="speaking")])], "a zone of main has a target"),
        (
            [CastMember("a/b.jpg", "a.wav", name="Anna"), CastMember(Path("a/b.jpg"), "b.wav")],
            "Anna is in the cast twice",
        ),
    ],
)
def test_a_cast_that_cannot_be_is_refused(cast: Any, said: str) -> None:  # noqa: ANN401 - anything
    with pytest.raises(CastError, match=said):
        members_of(cast, Voice(), ())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda clip, cast: lipsync(clip, "a.wav", cast=cast), "give one dub, or a cast"),
        (lambda clip, cast: lipsync(clip, cast=cast, target="main"), "leave the target out"),
        (lambda clip, cast: lipsync(clip, cast=cast, zones=[Zone(0, 5, dub="a.wav")]), "zone 1 has a dub or a target"),
        (lambda clip, cast: lipsync(clip, cast=cast), "main: .*nowhere.wav"),
        (lambda clip, cast: lipsync(clip, cast=[CastMember("main", "a.wav", strength=7)]), "main: strength must be"),
        (lambda clip, cast: segments(clip, cast=cast, ranges=[(0, 5)]), "main: .*nowhere.wav"),
    ],
)
def test_what_a_cast_contradicts_is_refused(
    call: Callable[[vs.VideoNode, Any], object], said: str, pair: vs.VideoNode
) -> None:
    with pytest.raises(vs.Error, match=said):
        call(pair, {"main": "nowhere.wav"})


def test_segments_of_a_cast_need_its_mix(pair: vs.VideoNode, demo_dub: Path) -> None:
    with pytest.raises(vs.Error, match="give their mix as audio"):
        segments(pair, cast={LEFT: demo_dub}, ranges=[(0, 5)])
