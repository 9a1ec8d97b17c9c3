"""Small faces do not flicker: a miss between finds is bridged, through the whole filter (10 s)."""

import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB
from vs_lipsync import lipsync, lipsync_plan

BLURRED = 12
"""A frame that the detector looks at: it sees no face there, and the landmark net is unsure of one."""


def small_face() -> vs.VideoNode:
    """A face about 45 pixels wide in a picture of 1280 x 720, out of focus for one frame."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)[176:200]
    beside = (clip.width - clip.height) // 4 * 2
    face = clip.std.Crop(left=beside, right=clip.width - clip.height - beside).resize.Bicubic(96, 96)
    soft = face[BLURRED].std.BoxBlur(hradius=7, hpasses=2, vradius=7, vpasses=2)
    clip = face[:BLURRED] + soft + face[BLURRED + 1 :]
    return clip.std.AddBorders(left=592, right=592, top=312, bottom=312)


def test_a_face_that_is_lost_for_a_frame_is_dubbed_throughout() -> None:
    clip = small_face()
    plan = lipsync_plan(clip, DEMO_DUB, offset=-0.5)
    assert {str(frame.props["LipSyncReason"]) for frame in plan.frames()} == {"target speaks"}
    faces = [frame.props["LipSyncFace"] for frame in plan.frames()]
    x, y, width, height = (int(side) for side in faces[BLURRED])  # type: ignore[union-attr, arg-type]
    for other in (faces[BLURRED - 1], faces[BLURRED + 1]):
        near = [int(side) for side in other]  # type: ignore[union-attr, arg-type]
        assert max(abs(a - b) for a, b in zip((x, y, width, height), near, strict=True)) <= 8
    with lipsync(clip, DEMO_DUB, offset=-0.5).get_frame(BLURRED) as frame:
        assert frame.props["LipSyncAction"] == "dub"
