"""`vs-lipsync script`: scripts open clips as the program does."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.running import run
from vs_lipsync.media.ffmpeg import ffmpeg_program

pytestmark = pytest.mark.usefixtures("home")


def test_a_rate_that_bestsource_does_not_know_is_said(tmp_path: Path) -> None:
    picture = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=2", "-pix_fmt", "yuv420p"]
    command = [ffmpeg_program(), "-v", "error", *picture, "-c:v", "libxvid", "-bf", "2", str(tmp_path / "a.avi")]
    subprocess.run(command, check=True)
    soundfile.write(tmp_path / "a.wav", np.zeros(16000), 16000)
    done = run("script", tmp_path / "a.avi", "-a", tmp_path / "a.wav")
    assert done.returncode == 0, done.stderr
    assert f"VideoSource({str(tmp_path / 'a.avi')!r}).std.AssumeFPS(fpsnum=25, fpsden=1)\n" in done.stdout
