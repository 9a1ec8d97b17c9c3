"""Where faces are looked for, and that none is missed that lasts."""

import vapoursynth as vs

from tests.conftest import DEMO_CLIP
from vs_lipsync.graph.analysis import PROXY_SIDE, Analysis
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.finding_faces import faces_of
from vs_lipsync.graph.proxy import proxy_of


def shot(start: int, length: int) -> vs.VideoNode:
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    return clip.resize.Bicubic(320, 192)[start : start + length]


def shown(clip: vs.VideoNode) -> list[int]:
    """The frames in which a face is found, whatever the order of requests."""
    forward = Analysis.of(clip).face_landmarks
    frames = [n for n, frame in enumerate(forward.frames(close=True)) if unpack(frame)]
    backward = Analysis.of(clip).face_landmarks
    assert [n for n in reversed(range(clip.num_frames)) if unpack(backward.get_frame(n))] == frames[::-1]
    return frames


def test_pictures_without_a_face_are_seldom_looked_at() -> None:
    clip = shot(140, 1) * 101
    analysis = Analysis.of(clip)
    asked = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    proxy = proxy_of(clip, PROXY_SIDE)
    faces = faces_of(clip, proxy.std.ModifyFrame(proxy, note), analysis.cuts, analysis.grid)
    assert not any(unpack(frame) for frame in faces.frames(close=True))
    assert sorted(asked) == [*range(0, 96, 16), 96, 100]


def test_a_face_that_stays_is_found_from_its_first_frame() -> None:
    assert shown(shot(140, 25) + shot(20, 30)) == list(range(25, 55))


def test_a_face_between_two_cuts_is_found_however_short() -> None:
    assert shown(shot(140, 21) + shot(20, 6) + shot(145, 20)) == list(range(21, 27))


def test_a_face_that_fades_in_is_found_in_every_frame_from_then_on() -> None:
    empty, face = shot(140, 1) * 40, shot(20, 1) * 40
    weights = [0.0] * 18 + [n / 12 for n in range(12)] + [1.0] * 10
    mixes = [vs.core.std.Merge(empty, face, weight=weight) for weight in weights]
    faded = vs.core.std.Splice([mix[n] for n, mix in enumerate(mixes)])
    frames = shown(faded)
    assert frames == list(range(frames[0], 40)) and 18 < frames[0] < 28
