"""The filter's promises, on the real graph with the embedded default."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_CLIP, DEMO_DUB, ROOT
from tests.footage import box_of, digest, mixed, pointers
from vs_lipsync import lipsync, lipsync_mask, lipsync_plan
from vs_lipsync.evaluation.picture_metrics import sharpness

LENGTH = 72


@pytest.fixture(scope="module")
def straight() -> list[str]:
    """Digests of the dubbed frames, asked for one after the other."""
    return [digest(frame) for frame in lipsync(mixed(), DEMO_DUB).frames()]


# Promise 1: untouched is untouched.


def test_passed_frames_are_the_source_frames_themselves() -> None:
    clip = mixed()
    clip.std.SetVideoCache(mode=1, fixedsize=1, maxsize=LENGTH)
    dubbed = lipsync(clip, DEMO_DUB)
    for number in range(26, 46):
        frame = dubbed.get_frame(number)
        assert frame.props["LipSyncAction"] == "pass"
        assert frame.props["LipSyncReason"] == "no face"
        assert "LipSyncBox" not in frame.props
        assert frame.props["TestNote"] == "kept"
        assert pointers(frame) == pointers(clip.get_frame(number))


def test_where_the_mask_is_black_nothing_changes() -> None:
    clip = mixed(length=24)
    dubbed, mask = lipsync(clip, DEMO_DUB, offset=-1.0), lipsync_mask(clip, DEMO_DUB, offset=-1.0)
    assert mask.format.id == vs.GRAY8
    assert (mask.width, mask.height, mask.num_frames) == (clip.width, clip.height, clip.num_frames)
    for number in (3, 10, 20):
        before, after, shown = (np.asarray(node.get_frame(number)[0]) for node in (clip, dubbed, mask))
        # A weight below half a step of 8 bits rounds to black, and changes a sample by a step at most.
        assert np.abs(before.astype(int) - after.astype(int))[shown == 0].max() <= 1
        assert (shown == 255).any() == (mask.get_frame(number).props["LipSyncAction"] == "dub")


def test_a_mouth_is_as_sharp_as_the_footage() -> None:
    """A face that went through 96 × 96 pixels, as in models that redraw it, keeps a tenth of what is fine in it."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)[20:60]
    result = lipsync(clip, DEMO_DUB, offset=-1.0)
    kept = []
    for number in range(0, 40, 8):
        before, after = clip.get_frame(number), result.get_frame(number)
        x, y, width, height = box_of(after)
        old, new = (np.asarray(frame[0])[y : y + height, x : x + width].astype(np.float32) for frame in (before, after))
        kept.append(sharpness(new) / sharpness(old))
        redrawn = cv2.resize(cv2.resize(old, (48, 30), interpolation=cv2.INTER_AREA), (width, height))
        assert sharpness(redrawn) < 0.2 * sharpness(old)
    assert np.mean(kept) > 0.6


def test_the_grain_of_the_footage_is_in_the_mouth() -> None:
    """Grain, which is everywhere alike, tells of the lips alone: of a mouth at half its size hardly any is left."""
    clip = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)[20:60]
    grainy = clip.std.ModifyFrame(clip, _grain)
    result = lipsync(grainy, DEMO_DUB, offset=-1.0)
    kept = []
    for number in range(0, 40, 8):
        before, after = grainy.get_frame(number), result.get_frame(number)
        x, y, width, height = box_of(after)
        rows, columns = slice(y + height // 5, y + height * 3 // 5), slice(x + width // 4, x + width * 3 // 4)
        old, new = (np.asarray(frame[0])[rows, columns].astype(np.float32) for frame in (before, after))
        kept.append(sharpness(new) / sharpness(old))
        softened = cv2.resize(cv2.resize(old, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), old.shape[::-1])
        assert sharpness(softened) < 0.2 * sharpness(old)
    assert np.mean(kept) > 0.4


def _grain(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
    """Add noise to the luma of a frame."""
    frame = f.copy()
    luma = np.asarray(frame[0])
    luma[:] = np.clip(luma + np.random.default_rng(n).normal(0, 5, luma.shape), 0, 255)
    return frame


def test_frames_outside_the_dub_pass() -> None:
    clip = mixed(length=48)
    late = lipsync(clip, DEMO_DUB, offset=0.8)
    assert [late.get_frame(n).props["LipSyncReason"] for n in (0, 10)] == ["outside the dub"] * 2
    early = lipsync(clip, DEMO_DUB, offset=-1000.0)
    assert early.get_frame(3).props["LipSyncReason"] == "outside the dub"


# Promise 2: lazy and order-free.


def counted(clip: vs.VideoNode) -> tuple[vs.VideoNode, list[int]]:
    asked: list[int] = []

    def note(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        asked.append(n)
        return f

    return clip.std.ModifyFrame(clip, note), asked


def test_opening_asks_for_no_frame_and_playing_for_each_once() -> None:
    clip, asked = counted(mixed())
    dubbed = lipsync(clip, DEMO_DUB)
    assert asked == []
    for _ in dubbed.frames(close=True):
        pass
    assert len(asked) <= 1.1 * LENGTH


def test_frames_of_many_blocks_are_asked_for_once() -> None:
    clip, asked = counted(vs.core.std.BlankClip(width=64, height=64, format=vs.YUV420P8, length=180, keep=True))
    for _ in lipsync(clip, DEMO_DUB).frames(close=True):
        pass
    assert sorted(asked) == list(range(180))


def test_after_a_jump_frames_are_asked_for_in_their_order() -> None:
    """A decoder that is sent back begins again at a key frame, which may lie hundreds of frames before."""
    shot = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)[20:84]
    clip, asked = counted(shot.resize.Bilinear(320, 192).std.Loop(2))
    dubbed = lipsync(clip, DEMO_DUB, offset=2.0)
    with dubbed.get_frame(120) as frame:
        assert frame.props["LipSyncAction"] == "dub"
    assert sorted(asked) == list(range(128))
    furthest = np.maximum.accumulate(asked)
    assert (furthest - asked).max() <= 32


def test_what_is_held_does_not_grow_with_the_clip() -> None:
    clip = vs.core.std.Loop(mixed(length=48), 7)
    held = []
    for number, _ in enumerate(lipsync(clip, DEMO_DUB).frames(close=True)):
        if number in (200, 310):
            held.append(vs.core.used_cache_size)
    assert held[1] <= 1.1 * held[0]


@pytest.mark.parametrize("order", ["reversed", "shuffled", "twice"])
def test_any_order_gives_the_same_frames(order: str, straight: list[str]) -> None:
    dubbed = lipsync(mixed(), DEMO_DUB)
    numbers = list(range(LENGTH))
    if order == "reversed":
        numbers.reverse()
    elif order == "shuffled":
        random.Random(1).shuffle(numbers)
    else:
        numbers = [n for number in numbers for n in (number, number)]
    for number in numbers:
        assert digest(dubbed.get_frame(number)) == straight[number], number


def test_six_threads_get_the_same_frames(straight: list[str]) -> None:
    dubbed = lipsync(mixed(), DEMO_DUB)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda n: digest(dubbed.get_frame(n)), range(LENGTH))) == straight


PROGRAM = """
import sys
import vapoursynth as vs
from tests.conftest import DEMO_DUB
from tests.footage import box_of, digest, mixed
from vs_lipsync import lipsync

threads, chained, length = map(int, sys.argv[1:4])
vs.core.num_threads = threads
clip = mixed(length=length)
dub = vs.core.bs.AudioSource(str(DEMO_DUB), cachemode=0) if sys.argv[4] == "node" else DEMO_DUB
for _ in range(chained):
    clip = lipsync(clip, dub)
print(*(digest(frame) for frame in clip.frames(prefetch=2 * threads)))
"""


def in_another_process(threads: int, chained: int = 1, length: int = LENGTH, source: str = "file") -> list[str]:
    command = [sys.executable, "-c", PROGRAM, str(threads), str(chained), str(length), source]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same_frames(threads: int, straight: list[str]) -> None:
    assert in_another_process(threads) == straight


def test_two_filters_in_a_row_give_the_same_frames_with_any_number_of_threads() -> None:
    assert in_another_process(1, 2, 24) == in_another_process(8, 2, 24)


# Promise 4: it never stops for a face.


def test_pictures_without_a_face_pass() -> None:
    clip = vs.core.std.BlankClip(width=64, height=64, format=vs.YUV420P8, length=3, fpsnum=25, fpsden=1)
    for frame in lipsync(clip, DEMO_DUB).frames():
        assert frame.props["LipSyncReason"] == "no face"


@pytest.mark.parametrize("length", [1, 2, 3, 17, 49])
def test_clips_of_a_few_frames(length: int) -> None:
    clip = mixed(length=3 * length)[:length]
    assert [f.props["LipSyncAction"] for f in lipsync(clip, DEMO_DUB).frames()] == ["dub"] * length


def test_the_plan_tells_what_the_filter_does() -> None:
    plan, dubbed = lipsync_plan(mixed(), DEMO_DUB), lipsync(mixed(), DEMO_DUB)
    assert (plan.width, plan.height, plan.num_frames) == (1, 1, LENGTH)
    told = [frame.props["LipSyncAction"] for frame in plan.frames()]
    assert told == [frame.props["LipSyncAction"] for frame in dubbed.frames()]
    assert {"dub", "pass"} == set(told)


def test_a_dub_may_be_an_audio_node() -> None:
    # With one thread a callback that waited for another one would hang, so that it runs in a process of its own.
    assert in_another_process(1, length=24, source="node") == in_another_process(2, length=24, source="node")


def test_gray_planes_of_rgb_clips_are_understood() -> None:
    gray = mixed(vs.RGB24, 24)[:4].std.ShufflePlanes(0, vs.GRAY)
    assert gray.get_frame(0).props["_Matrix"] == 0
    assert lipsync(gray, DEMO_DUB).get_frame(1).props["LipSyncAction"] == "dub"


# Bad input.


def test_bad_input_is_refused_at_call_time(tmp_path: Path) -> None:
    clip = mixed()
    with pytest.raises(vs.Error, match=r"^lipsync: .*no such file|^lipsync: .*No such file"):
        lipsync(clip, tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("not sound")
    with pytest.raises(vs.Error, match=r"^lipsync: cannot open"):
        lipsync(clip, tmp_path / "text.wav")
    with pytest.raises(vs.Error, match=r"^lipsync: strength must be"):
        lipsync(clip, DEMO_DUB, strength=3)
    with pytest.raises(vs.Error, match=r"^lipsync: 'gpu' is not a device; choose auto, cpu, cuda or cuda:1"):
        lipsync(clip, DEMO_DUB, device="gpu")
    with pytest.raises(vs.Error, match=r"^lipsync: offset must be"):
        lipsync(clip, DEMO_DUB, offset=float("nan"))
    with pytest.raises(vs.Error, match="variable format or size"):
        lipsync(vs.core.std.Splice([clip, clip.resize.Bilinear(64, 64)], mismatch=True), DEMO_DUB)
    with pytest.raises(vs.Error, match="variable frame rate"):
        lipsync(vs.core.std.Splice([clip, clip.std.AssumeFPS(fpsnum=50, fpsden=1)], mismatch=True), DEMO_DUB)
    with pytest.raises(vs.Error, match="at most 16 bits"):
        lipsync(vs.core.std.BlankClip(format=vs.GRAY32, length=1), DEMO_DUB)


def test_interlaced_clips_are_refused_with_what_to_do() -> None:
    with pytest.raises(vs.Error, match="lipsync: the clip is interlaced; deinterlace it first"):
        lipsync(mixed().std.SetFrameProps(_FieldBased=2), DEMO_DUB).get_frame(0)
