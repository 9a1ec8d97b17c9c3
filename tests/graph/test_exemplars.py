"""Mouths from other footage on the real graph: of a still picture, with another part of the clip as that footage."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.footage import changed_samples, digest, pointers
from vs_lipsync import CastMember, Zone, lipsync
from vs_lipsync.graph.alike import alike
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.exemplars import OtherFootage
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.identity.speaker import Speaker

LENGTH = 12
BEGIN = -2.0
"""Two seconds into the dub the mouth is open."""

STRANGER = Speaker(np.full((1, 128), 0.09, np.float32))


def portrait() -> vs.VideoNode:
    """A still picture as a clip, and a picture without a face behind it."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0).resize.Bicubic(480, 288)
    return clip[20] * (LENGTH - 4) + clip[140:144]


def other() -> vs.VideoNode:
    """Other footage of the same person: of another size, format, rate and matrix."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)[44:60]
    clip = clip.resize.Bicubic(640, 384, format=vs.YUV444P10, matrix_in=1, matrix=6)
    return clip.std.AssumeFPS(fpsnum=30, fpsden=1)


@pytest.fixture(scope="module")
def footage() -> Iterator[tuple[vs.VideoNode, list[int]]]:
    """Other footage, and the numbers of its frames that are asked for."""
    asked: list[int] = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    clip = other()
    yield clip.std.ModifyFrame(clip, note), asked


def test_a_still_picture_speaks_with_the_mouths_of_other_footage(footage: tuple[vs.VideoNode, list[int]]) -> None:
    clip, (exemplars, asked) = portrait(), footage
    clip.std.SetVideoCache(mode=1, fixedsize=1, maxsize=LENGTH)
    dubbed = lipsync(clip, DEMO_DUB, offset=BEGIN, exemplars=exemplars)
    plain = lipsync(clip, DEMO_DUB, offset=BEGIN)
    assert asked == []
    passed = dubbed.get_frame(LENGTH - 2)
    assert passed.props["LipSyncReason"] == "no face" and pointers(passed) == pointers(clip.get_frame(LENGTH - 2))
    straight = [digest(frame) for frame in dubbed.frames()]
    assert set(asked) == set(range(16))
    assert plain.get_frame(6).props["LipSyncReason"] == "no exemplar"
    differences = []
    for n in (2, 4, 6):
        frame = dubbed.get_frame(n)
        assert frame.props["LipSyncReason"] == "target speaks"
        assert changed_samples(clip.get_frame(n), frame) > 0
        differences.append(np.abs(np.asarray(frame[0], int) - np.asarray(plain.get_frame(n)[0], int)).max())
    assert max(differences) > 20
    again = lipsync(clip, DEMO_DUB, offset=BEGIN, exemplars=other())
    for n in (7, 1, 4):
        assert digest(again.get_frame(n)) == straight[n]


@pytest.mark.parametrize(
    ("target", "said"),
    [(None, "no mouth of anybody is in plain view"), (STRANGER, "no mouth of the person who is to speak is in")],
)
def test_footage_without_the_person_is_refused_at_the_first_mouth(target: Speaker | None, said: str) -> None:
    clip = portrait()
    exemplars = other()[:4] if target else other().std.BlankClip(length=4)
    footage = OtherFootage.of(exemplars, clip)
    who = footage.main() if target is None else speaker_node(target, Analysis.of(clip))
    with pytest.raises(vs.Error, match=said):
        footage.bank(who, is_told=target is not None).get_frame(0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"exemplars": 7}, "exemplars must be a clip or the name of a video file, not 7"),
        ({"exemplars": "no_such.mp4"}, "no_such.mp4"),
        ({"exemplars": other().std.ShufflePlanes(0, vs.GRAY)}, "in black and white, and the clip is in colour"),
        ({"exemplars": other(), "target": "all"}, "exemplars are of one person, and the target is 'all'"),
        ({"exemplars": other(), "model": "wav2lip:x.pth"}, "exemplars are for the model 'warp'"),
        ({"zones": [Zone(0, 5, exemplars=7)]}, r"zone 1 \(frames 0 to 4\): exemplars must be"),  # type: ignore[arg-type]
    ],
)
def test_bad_exemplars_are_refused_at_call_time(options: dict[str, Any], said: str) -> None:
    with pytest.raises(vs.Error, match=said):
        lipsync(portrait(), DEMO_DUB, **options)


def test_somebody_of_a_cast_has_exemplars_of_their_own() -> None:
    with pytest.raises(vs.Error, match="main: exemplars must be a clip"):
        lipsync(portrait(), cast=[CastMember("main", DEMO_DUB, exemplars=7)])  # type: ignore[arg-type]


def test_a_clip_becomes_like_another() -> None:
    """Limited range BT.709 comes back from full range BT.601; what is alike already is not touched."""
    clip = vs.core.std.BlankClip(format=vs.YUV420P8, width=64, height=64, length=2, color=[126, 90, 200])
    clip = clip.std.SetFrameProps(_Matrix=1, _Range=0)
    full = clip.resize.Bicubic(format=vs.YUV444P16, matrix=6, range=1)
    back = alike(full, clip).get_frame(1)
    assert back.format.id == vs.YUV420P8
    for plane, value in enumerate((126, 90, 200)):
        assert np.abs(np.asarray(back[plane], int) - value).max() <= 1
    same = clip.std.SetFrameProps(TestNote="own")
    assert pointers(alike(same, clip).get_frame(0)) == pointers(same.get_frame(0))


def test_nonsense_colours_do_not_stop_it() -> None:
    clip = vs.core.std.BlankClip(format=vs.YUV420P8, width=64, height=64, length=1, color=[126, 90, 200])
    nonsense = clip.std.SetFrameProps(_Matrix=0, _Transfer=77)
    assert alike(nonsense.resize.Point(32, 32), clip.std.SetFrameProps(_Matrix=1)).get_frame(0).width == 32
