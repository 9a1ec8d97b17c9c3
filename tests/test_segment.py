"""Segments: which ranges, and that what is cut apart fits together again, to the frame and to the sample."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import box_of, digest, mixed
from tests.sounds import samples_of, write_noise
from vs_lipsync import Segment, find_speaker, lipsync, lipsync_mask, lipsync_plan, segments, write_plan

NTSC = Fraction(30000, 1001)
RATE = 44_100
LENGTHS = (105_000, 110_000)  # of sounds; 72 frames are 105 945.84 samples


def clip_at(rate: Fraction, length: int = 72) -> vs.VideoNode:
    return mixed(length=length).std.AssumeFPS(fpsnum=rate.numerator, fpsden=rate.denominator)


def source(path: Path) -> vs.AudioNode:
    return vs.core.bs.AudioSource(str(path), cachemode=0)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    write_plan(clip_at(NTSC), path)
    return path


def spans(found: list[Segment]) -> list[tuple[int, int]]:
    return [(segment.first, segment.stop) for segment in found]


@pytest.mark.parametrize("length", LENGTHS)
def test_joined_segments_are_the_clip_and_its_sound(plan: Path, tmp_path: Path, length: int) -> None:
    clip = clip_at(NTSC)
    values = write_noise(tmp_path / "sound.wav", length, RATE)
    sound = source(tmp_path / "sound.wav")
    with_face, without = (segments(clip, faces=shown, audio=sound, plan=plan) for shown in (True, False))
    assert spans(with_face) == [(0, 24), (48, 72)]
    assert spans(without) == [(24, 48)]
    shots = segments(clip, scenes="all", audio=sound, plan=plan)
    assert spans(shots) == [(0, 24), (24, 48), (48, 72)]
    joined = sorted(with_face + without, key=lambda segment: segment.first)
    if length == LENGTHS[0]:
        frames = [digest(frame) for segment in joined for frame in segment.video.frames(close=True)]
        assert frames == [digest(frame) for frame in clip.frames(close=True)]
    for found in (joined, shots, segments(clip, ranges=[(n, n + 9) for n in range(0, 72, 9)], audio=sound)):
        samples = np.concatenate([samples_of(segment.audio) for segment in found if segment.audio is not None])
        whole = max(length, 105_946)
        np.testing.assert_array_equal(samples, np.pad(values, ((0, whole - length), (0, 0))))


@pytest.mark.parametrize(
    ("rate", "sample_rate"), [(NTSC, 48_000), (Fraction(24000, 1001), 44_100), (Fraction(25), 8000)]
)
def test_the_samples_of_a_frame_are_those_of_its_time(tmp_path: Path, rate: Fraction, sample_rate: int) -> None:
    clip = clip_at(rate)
    values = write_noise(tmp_path / "sound.wav", 4 * sample_rate, sample_rate, 1)
    sound = source(tmp_path / "sound.wav")
    for first, stop in ((0, 1), (7, 8), (31, 59)):
        (segment,) = segments(clip, ranges=[(first, stop)], audio=sound)
        begin, end = (int(frame * sample_rate / rate + Fraction(1, 2)) for frame in (first, stop))
        assert segment.audio is not None
        np.testing.assert_array_equal(samples_of(segment.audio), values[begin:end])


@pytest.mark.parametrize("offset", [0.0, 0.3, -0.3, -100.0, 100.0])
def test_a_dub_is_heard_at_its_time_to_the_sample(tmp_path: Path, offset: float) -> None:
    clip = clip_at(NTSC)
    values = write_noise(tmp_path / "dub.wav", 48_000, 48_000, 1)
    timeline = np.zeros((round(72 * 48_000 / NTSC), 1), np.int16)
    start = round(Fraction(offset) * 48_000)
    for number in range(max(start, 0), min(start + len(values), len(timeline))):
        timeline[number] = values[number - start]
    for dub in (tmp_path / "dub.wav", source(tmp_path / "dub.wav")):
        found = segments(clip, ranges=[(0, 10), (10, 40), (40, 72)], dub=dub, offset=offset)
        joined = np.concatenate([samples_of(segment.audio) for segment in found if segment.audio is not None])
        np.testing.assert_array_equal(joined, timeline)


def test_frames_of_a_dubbed_segment_are_those_of_the_dubbed_clip(plan: Path) -> None:
    clip = clip_at(NTSC)
    (segment,) = segments(clip, ranges=[(50, 54)], dub=DEMO_DUB, plan=plan)
    dubbed = lipsync(clip, DEMO_DUB, plan=plan)
    assert [digest(frame) for frame in segment.video.frames()] == [digest(dubbed.get_frame(n)) for n in range(50, 54)]
    assert segment.video.get_frame(0).props["LipSyncAction"] == "dub"


def test_without_a_plan_the_segments_are_the_same(plan: Path) -> None:
    clip = clip_at(NTSC)
    assert spans(segments(clip, faces=True)) == spans(segments(clip, faces=True, plan=plan))
    assert spans(segments(clip, scenes=[3, 1, 1])) == [(0, 24), (48, 72)]


def test_a_speaker_s_ranges_are_found_with_and_without_a_plan(plan: Path) -> None:
    clip = clip_at(NTSC)
    x, y, width, height = box_of(lipsync_plan(clip, DEMO_DUB, plan=plan).get_frame(5), "LipSyncFace")
    for given in (plan, None):
        found = segments(clip, speaker=(5, x + width / 2, y + height / 2), plan=given)
        assert spans(found) == [(0, 24), (48, 72)]


def test_what_is_not_there_is_refused(plan: Path) -> None:
    clip = clip_at(NTSC)
    for choice, message in (
        ({}, "say which segments"),
        ({"faces": True, "scenes": "all"}, "say which segments"),
        ({"scenes": [4]}, "there is no scene 4; the clip has 3"),
        ({"ranges": [(3, 3)]}, r"no range \[3, 3\)"),
        ({"ranges": [(0, 73)]}, r"no range \[0, 73\)"),
    ):
        with pytest.raises(vs.Error, match=f"^lipsync: .*{message}"):
            segments(clip, plan=plan, **choice)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"scenes": 3}, "scenes must be a list of numbers, or 'all', not 3"),
        ({"scenes": "two"}, "scenes must be a list of numbers, or 'all', not 'two'"),
        ({"scenes": [1.5]}, "a scene is a whole number from 1 on, not 1.5"),
        ({"scenes": [None]}, "a scene is a whole number from 1 on, not None"),
        ({"scenes": [0]}, "there is no scene 0"),
        ({"ranges": 5}, r"ranges must be a list of \(first, stop\), not 5"),
        ({"ranges": [5]}, r"a range is \(first, stop\) in whole frames, not 5"),
        ({"ranges": [(0, 1, 2)]}, r"a range is \(first, stop\) in whole frames"),
        ({"ranges": [(0, "9")]}, r"a range is \(first, stop\) in whole frames"),
        ({"ranges": [(0.0, 9.0)]}, r"a range is \(first, stop\) in whole frames"),
        ({"faces": "yes"}, "faces must be True or False, not 'yes'"),
        ({"ranges": [(0, 9)], "audio": "a.wav"}, "audio must be an audio node, not 'a.wav'"),
        ({"ranges": [(0, 9)], "strength": 3}, "strength must be from 0 to 2, not 3"),
    ],
)
def test_wrong_arguments_are_told_as_the_filter_tells_them(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(vs.Error, match=f"^lipsync: {message}"):
        segments(clip_at(NTSC), **choice)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: None, "clip must be a video node"),
        (lambda: "clip.mkv", "clip must be a video node"),
        (lambda: vs.core.std.BlankClip(varsize=True, length=3), "clips of variable format or size"),
        (lambda: vs.core.std.BlankClip(fpsnum=0, length=3, width=64, height=64), "the clip has a variable frame rate"),
    ],
)
def test_a_clip_that_cannot_be_used_is_told(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(vs.Error, match=f"^lipsync: {message}"):
        segments(make(), scenes="all")
    if "rate" not in message:
        with pytest.raises(vs.Error, match=f"^lipsync: {message}"):
            find_speaker(make(), "main")


@pytest.mark.parametrize("call", [segments, lipsync_mask, lipsync_plan])
def test_a_setting_that_does_not_exist_is_told_with_the_function_and_the_nearest(call: Callable[..., Any]) -> None:
    choice = {"ranges": [(0, 9)]} if call is segments else {}
    with pytest.raises(TypeError, match=rf"^{call.__name__}\(\) has no setting 'strengh'; did you mean strength\?"):
        call(clip_at(NTSC), dub="a.wav", strengh=1.0, **choice)
