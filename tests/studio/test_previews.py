"""Stretches that are played while they are being made."""

import asyncio
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import av
import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_CLIP
from tests.studio.conftest import held, write_film
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.studio.previews import Previews, told_times
from vs_lipsync.studio.pulse import Pulse

FRAMES: Final = 60
TONE: Final = np.sin(np.arange(16000 * 3, dtype=np.float32) * 0.3)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    source = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    write_film(tmp_path / "film.mkv", source[60 : 60 + FRAMES], TONE)
    return tmp_path / "film.mkv"


@pytest.fixture
def previews() -> Iterator[Previews]:
    made = Previews(Pulse())
    yield made
    made.close()


def until_ready(previews: Previews) -> None:
    end = time.monotonic() + 120
    while not previews.told()["played"]["ready"]:
        assert time.monotonic() < end and previews.told()["stage"] == "running", previews.told()
        time.sleep(0.02)


def until_made(previews: Previews) -> None:
    end = time.monotonic() + 120
    while previews.told()["stage"] == "running":
        assert time.monotonic() < end
        time.sleep(0.02)


def pictures(data: bytes) -> list[float]:
    """Return the times of the pictures of an MP4, as far as it goes."""
    with av.open(io.BytesIO(data), "r") as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


def test_a_stretch_can_be_read_while_it_is_made(film: Path, previews: Previews) -> None:
    footage = SourceClip.open(film)

    async def read(number: int, gate: threading.Event) -> tuple[bytes, bytes]:
        stream = previews.stream(number)
        assert stream is not None
        begun = b""
        async for piece in stream:
            begun += piece
            if begun.count(b"moof") >= 4:
                break
        assert previews.told()["stage"] == "running" and previews.file(number) is None
        gate.set()
        rest = b"".join([piece async for piece in stream])
        return begun, begun + rest

    with held(footage, 50) as (slow, gate):
        number = previews.of_file("before", slow, 2, FRAMES)
        until_ready(previews)
        begun, whole = asyncio.run(read(number, gate))
        until_made(previews)
    made = previews.file(number)
    assert made is not None and made.read_bytes() == whole
    assert 20 <= len(pictures(begun)) <= 48
    assert np.allclose(pictures(whole), np.arange(FRAMES - 2) / 25, atol=0.001)
    with av.open(io.BytesIO(whole), "r") as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
        assert abs(len(sound) / 16000 - (FRAMES - 2) / 25) < 0.1
    assert previews.of_file("before", slow, 2, FRAMES) == number


def test_it_is_played_only_when_the_rest_will_be_there_in_time(film: Path, previews: Previews) -> None:
    footage = SourceClip.open(film)

    def slow(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        time.sleep(0.15)
        return f

    slowed = replace(footage, clip=footage.clip.std.ModifyFrame(footage.clip, slow))
    number = previews.of_file("before", slowed, 0, FRAMES)
    end = time.monotonic() + 120
    while not (told := previews.told())["played"]["ready"]:
        assert time.monotonic() < end
        assert told["done"] <= FRAMES - 10
        time.sleep(0.01)
    assert previews.told()["done"] > 20
    assert previews.file(number) is None


def test_what_nobody_wants_any_more_ends_and_leaves_nothing(film: Path, previews: Previews) -> None:
    footage = SourceClip.open(film)

    async def read(number: int, gate: threading.Event) -> bytes:
        stream = previews.stream(number)
        assert stream is not None
        begun = await anext(aiter(stream))
        previews.of_file("before", footage, 0, 5)
        gate.set()
        return begun + b"".join([piece async for piece in stream])

    with held(footage, 50) as (slow, gate):
        number = previews.of_file("before", slow, 0, FRAMES)
        until_ready(previews)
        assert asyncio.run(read(number, gate))
        until_made(previews)
    assert previews.file(number) is None and previews.stream(number) is None
    newest = previews.file(number + 1)
    assert newest is not None and [path.name for path in newest.parent.iterdir()] == [newest.name]


def test_what_fails_on_the_way_is_said_and_leaves_nothing(film: Path, previews: Previews) -> None:
    footage = SourceClip.open(film)

    def fail(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n == 50:
            raise ValueError("no such frame")
        return f

    number = previews.of_file(
        "before", replace(footage, clip=footage.clip.std.ModifyFrame(footage.clip, fail)), 0, FRAMES
    )
    until_made(previews)
    told = previews.told()
    assert told["stage"] == "failed" and "no such frame" in told["message"]
    assert previews.file(number) is None and previews.stream(number) is None
    assert previews.of_file("before", footage, 0, FRAMES) == number + 1


def test_times_are_told_where_they_are_no_rate(film: Path, tmp_path: Path) -> None:
    times = tmp_path / "times.txt"
    starts = np.cumsum(np.where(np.arange(FRAMES) % 3, 0.03, 0.09))
    times.write_text("\n".join(["# timecode format v2", *(f"{1000 * start:.3f}" for start in starts)]))
    assert told_times(SourceClip.open(film), 0, 5) is None
    told = told_times(SourceClip.open(film, SourceOptions(timecodes=times)), 4, 9)
    assert told is not None and np.allclose(told, starts[4:9] - starts[4], atol=0.001)
