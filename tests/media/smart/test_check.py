"""A finished file that is not what it has to be is noticed, wherever that is."""

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.made_smart import footage
from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.smart.check import check_packets, check_pictures
from vs_lipsync.media.smart.join import digest
from vs_lipsync.media.smart.kinds import open_codec
from vs_lipsync.media.smart.packets import Packets, facts_of, read_packets
from vs_lipsync.media.smart.runs import Run, runs_of
from vs_lipsync.timing.timeline import ConstantRate

X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "12"]
LENGTH = 180


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return footage(tmp_path_factory.mktemp("check") / "a.mp4", *X264, frames=LENGTH, size="96:64")


@pytest.fixture(scope="module")
def packets(source: Path) -> Packets:
    return read_packets(source, 0, open_codec(facts_of(source, 0)))


def check(path: Path, source: Path, packets: Packets, stop: int = LENGTH) -> None:
    runs: list[Run] = runs_of(packets, np.zeros(LENGTH, bool), 0, stop)
    assert [run.packets is not None for run in runs] == [True]
    check_pictures(path, Fraction(0), (source, 0), packets, runs, [], ConstantRate(Fraction(25)))


def test_the_source_itself_is_right(source: Path, packets: Packets) -> None:
    check(source, source, packets)


@pytest.mark.parametrize(("frames", "stop"), [(LENGTH - 1, LENGTH), (LENGTH, LENGTH - 12), (LENGTH - 11, LENGTH - 12)])
def test_frames_that_are_missing_or_too_many(
    frames: int, stop: int, source: Path, packets: Packets, tmp_path: Path
) -> None:
    run_ffmpeg(["-i", str(source), "-c", "copy", "-frames:v", str(frames), str(tmp_path / "b.mp4")])
    with pytest.raises(SmartRenderError, match=f"does not show {stop} frames"):
        check(tmp_path / "b.mp4", source, packets, stop)


def test_other_pictures_and_other_times(source: Path, packets: Packets, tmp_path: Path) -> None:
    other = footage(tmp_path / "b.mp4", *X264, "-crf", "45", frames=LENGTH, size="96:64")
    with pytest.raises(SmartRenderError, match="frame 0 of the joined file is another picture"):
        check(other, source, packets)
    late = tmp_path / "late.mkv"
    run_ffmpeg(["-itsoffset", "0.1", "-i", str(source), "-c", "copy", str(late)])
    with pytest.raises(SmartRenderError, match=r"shown \+0.1000 s late"):
        check(late, source, packets)


def test_damage_where_frames_are_not_compared(source: Path, packets: Packets, tmp_path: Path) -> None:
    """In a packet far from both ends: its digest is another one, and FFmpeg complains of it."""
    damaged = tmp_path / "b.mp4"
    shutil.copy(source, damaged)
    with av.open(str(source)) as container:
        read = [packet for packet in container.demux(video=0) if packet.size]
        digests = [digest(bytes(packet)) for packet in read]
        place, size = read[96].pos, read[96].size
    check_packets(damaged, digests)
    assert place is not None and packets.keys[96]
    with damaged.open("r+b") as file:
        file.seek(place + size // 2)
        file.write(b"\xff" * (size // 4))
    with pytest.raises(SmartRenderError, match="packet 96 of the joined file"):
        check_packets(damaged, digests)
    with pytest.raises(SmartRenderError, match="FFmpeg says of the joined file"):
        check(damaged, source, packets)
