"""Finding out who is to speak: who is on screen most, and whose mouth follows the sound."""

from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import box_of, digest, pointers
from vs_lipsync import find_speaker, lipsync, lipsync_mask, lipsync_plan
from vs_lipsync.errors import SpeakerError
from vs_lipsync.graph.nodes.speakers import LAG, _speaker
from vs_lipsync.graph.properties import BOX, FACE, sides_of
from vs_lipsync.identity.embedding import distance


def opened(clips: Path, name: str) -> vs.VideoNode:
    return vs.core.bs.VideoSource(str(clips / name), cachemode=0)


def test_main_is_who_is_on_screen_most(demo_clip: vs.VideoNode) -> None:
    """Neither the first, nor the last: the one with the most frames."""
    one, other = demo_clip[20:60], demo_clip[180:204]
    for clip, expected in ((other + one, 30), (one[:16] + other, 30)):
        target = find_speaker(clip, "main")
        assert distance(target.centre, find_speaker(clip, (expected, 320, 170)).centre) < 0.35
        assert len(target.embeddings) <= 16


def test_main_of_a_clip_without_faces_leaves_it_alone() -> None:
    clip = vs.core.std.BlankClip(width=64, height=64, format=vs.YUV420P8, length=3, fpsnum=25, fpsden=1)
    assert lipsync_plan(clip, DEMO_DUB, target="main").get_frame(0).props["LipSyncReason"] == "no face"


def test_asking_for_main_or_speaking_looks_at_no_frame(demo_clip: vs.VideoNode) -> None:
    asked: list[int] = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    clip = demo_clip.std.ModifyFrame(demo_clip, note)
    for target in ("main", "speaking"):
        lipsync(clip, DEMO_DUB, target=target, original=DEMO_DUB)
    assert asked == []


def test_speaking_needs_the_original_sound(demo_clip: vs.VideoNode, tmp_path: Path) -> None:
    with pytest.raises(vs.Error, match=r"lipsync: .*original sound"):
        lipsync(demo_clip, DEMO_DUB, target="speaking")
    with pytest.raises(vs.Error, match="lipsync: "):
        lipsync(demo_clip, DEMO_DUB, target="speaking", original=tmp_path / "none.wav")


def curves(follows: float, seed: int, frames: int = 200) -> np.ndarray:
    """A mouth that follows the sound to some degree, two frames late, among the lags."""
    rng = np.random.default_rng(7)
    sound = np.convolve(rng.normal(0, 1, frames + 60), np.ones(5) / 5, "same")
    own = np.convolve(np.random.default_rng(seed).normal(0, 1, frames + 60), np.ones(5) / 5, "same")
    lagged = [sound[20 + lag : 20 + lag + frames] for lag in range(-LAG - 1, LAG + 2)]
    mouth = follows * sound[18 : 18 + frames] + np.sqrt(1 - follows**2) * own[18 : 18 + frames]
    rows = np.stack([mouth, *lagged])
    return np.asarray(rows - rows.mean(1, keepdims=True))


def people(*numbers: int) -> list[np.ndarray]:
    return [np.eye(128, dtype=np.float32)[number] * np.float32(0.8) for number in numbers]


def test_the_mouth_that_follows_the_sound_is_found() -> None:
    found = _speaker(people(0, 1, 0, 2), [curves(0.0, 1), curves(0.7, 2), curves(0.1, 3), curves(0.2, 4)])
    assert found == [1]
    assert _speaker(people(0, 1, 0, 2), [curves(0.8, 1), curves(0.0, 2), curves(0.7, 3), curves(0.2, 4)]) == [0, 2]


def test_a_drift_that_has_no_peak_is_no_agreement() -> None:
    slow, other = np.linspace(-1, 1, 200), np.cos(np.linspace(0, 20, 200))
    drifting = np.stack([slow, *(slow + 0.1 * (lag + LAG + 2) * other for lag in range(-LAG - 1, LAG + 2))])
    with pytest.raises(SpeakerError, match="not clear whose"):
        _speaker(people(0), [drifting - drifting.mean(1, keepdims=True)])


def test_one_person_alone_need_not_follow_closely() -> None:
    assert _speaker(people(0, 0), [curves(0.35, 1), curves(0.4, 2)]) == [0, 1]


@pytest.mark.parametrize("follows", [(0.6, 0.6), (0.0, 0.0), (0.35, 0.0), (0.0,), ()])
def test_it_is_said_when_it_is_not_clear_who_speaks(follows: tuple[float, ...]) -> None:
    with pytest.raises(SpeakerError, match=r"not clear whose|nobody's mouth"):
        _speaker(people(*range(len(follows))), [curves(one, seed) for seed, one in enumerate(follows)])


def test_of_two_people_the_one_who_is_heard_is_speaking(clips: Path) -> None:
    sides = [opened(clips, name).resize.Bicubic(480, 270)[:120] for name in ("vlog-a.mp4", "vlog-b.mp4")]
    both = vs.core.std.StackHorizontal(sides)
    for heard, left in (("vlog-a.mp4", 0), ("vlog-b.mp4", 480)):
        found = find_speaker(both, "speaking", original=clips / heard)
        plan = lipsync_plan(both[:24], DEMO_DUB, target=found)
        x, _, width, _ = box_of(plan.get_frame(12), "LipSyncFace")
        assert left <= x and x + width <= left + 480


def test_everybody_speaks(demo_clip: vs.VideoNode) -> None:
    both = vs.core.std.StackHorizontal([demo_clip[20:44], demo_clip[180:204]])
    dubbed, mask = (show(both, DEMO_DUB, target="all", offset=-1.0) for show in (lipsync, lipsync_mask))
    for number in (4, 12):
        before, after, shown = (node.get_frame(number) for node in (both, dubbed, mask))
        assert after.props["LipSyncReason"] == "target speaks"
        boxes = np.reshape(sides_of(after, BOX), (-1, 4))
        assert sorted(boxes[:, 0] * 2 // both.width) == [0, 1]
        changed = np.asarray(before[0]) != np.asarray(after[0])
        for x, y, width, height in boxes:
            inside = (slice(y, y + height), slice(x, x + width))
            assert changed[inside].sum() > 200
            assert np.asarray(shown[0])[inside].max() == 255
            changed[inside] = False
        assert not changed.any()
    plan = lipsync_plan(both, DEMO_DUB, target="all", offset=-1.0)
    assert len(sides_of(plan.get_frame(4), FACE)) == 8


def test_everybody_is_the_one_who_is_there(demo_clip: vs.VideoNode) -> None:
    """With one face it is as without a target, bit for bit; and frames without a face stay the clip's own."""
    clip = (demo_clip[120:130] + demo_clip[180:186]).resize.Bicubic(320, 180)
    clip.std.SetVideoCache(mode=1, fixedsize=1, maxsize=16)
    one, everybody = (lipsync(clip, DEMO_DUB, target=target, offset=-1.0) for target in (None, "all"))
    assert [digest(frame) for frame in everybody.frames()] == [digest(frame) for frame in one.frames()]
    assert pointers(everybody.get_frame(7)) == pointers(clip.get_frame(7))
