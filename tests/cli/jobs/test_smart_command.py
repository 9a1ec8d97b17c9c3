"""`vs-lipsync dub --smart`, with real faces (15 s)."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tests.made_smart import complaints, footage
from tests.running import run
from vs_lipsync.media.ffmpeg import ffmpeg_program

pytestmark = pytest.mark.usefixtures("home")


def packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_dub_of_a_part(tmp_path: Path) -> None:
    clip = footage(
        tmp_path / "clip.mp4", *["-c:v", "libx264", "-preset", "veryfast", "-g", "24"], frames=72, size="640:360"
    )
    noise = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)
    soundfile.write(tmp_path / "dub.wav", noise, 16_000)
    output = tmp_path / "out.mp4"
    done = run("dub", clip, "-a", tmp_path / "dub.wav", "--offset", "1.2", "-o", output, "--smart")
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    copied = next(line for line in lines if "frames are copied as they are" in line)
    assert int(copied.split()[0]) >= 48 and "encoded:" in lines[lines.index(copied) + 1]
    assert f"{output}: " in lines[-1] and "of 72 frames dubbed" in lines[-1]
    before, after = packets_of(clip), packets_of(output)
    assert after[:24] == before[:24] and after[48:] == before[48:] and after[24:48] != before[24:48]
    assert complaints(output) == ""
    assert sorted(item.name for item in tmp_path.iterdir()) == ["clip.mp4", "dub.wav", "out.mp4"]


def test_what_cannot_be_copied_is_encoded_and_told(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25", "-frames:v", "12", "-c:v", "huffyuv"]
    subprocess.run([ffmpeg_program(), "-v", "error", *picture, "-y", str(clip)], check=True)
    soundfile.write(tmp_path / "dub.wav", np.zeros(8000, np.float32), 16_000)
    done = run("dub", clip, "-a", tmp_path / "dub.wav", "-o", tmp_path / "out.mkv", "--smart")
    assert done.returncode == 0, done.stderr
    assert "clip.avi is not copied in part: its pictures are huffyuv" in done.stderr
    assert "all frames are encoded" in done.stderr and len(packets_of(tmp_path / "out.mkv")) == 12
