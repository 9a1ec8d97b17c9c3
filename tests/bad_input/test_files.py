"""Files that are broken, damaged, or no files at all, as clip and as dub (25 s)."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input.jail import Jail
from tests.bad_input.material import BROKEN, DAMAGED, NO_FILES, SOUNDS
from tests.bad_input.saying import our_error
from tests.running import PROGRAM, Done

pytestmark = pytest.mark.usefixtures("nothing_written")


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A server that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def called(server: socket.socket) -> bool:
    """Tell whether somebody has called."""
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file(name: str, jail: Jail, good: Path, tmp_path: Path, listener: socket.socket) -> None:
    """Neither is it a clip nor a dub, and whatever addresses it holds are not called."""
    bad = tmp_path / name
    bad.write_bytes(BROKEN[name](good).replace(b"PORT", str(listener.getsockname()[1]).encode()))
    our_error(jail.run("dub", bad, "-a", good / "dub.ogg", "-o", tmp_path / "out.mp4"), name)
    our_error(jail.run("dub", good / "picture.png", "-a", bad, "-o", tmp_path / "out.mp4"), name)
    assert not called(listener)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file(name: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    bad = tmp_path / name
    NO_FILES[name](bad)
    commands: list[list[str | Path]] = [
        ["dub", bad, "-a", good / "dub.ogg", "-o", tmp_path / "out.mp4"],
        ["dub", good / "picture.png", "-a", bad, "-o", tmp_path / "out.mp4"],
        ["script", bad, "-a", good / "dub.ogg"],
        ["evaluate", good / "picture.png", bad],
        ["weights", "add", bad],
    ]
    for arguments in commands:
        done = jail.run(*arguments)
        our_error(done, name)
        assert done.returncode == 2
    assert name in jail.call(refusal, bad)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_clip(name: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    """Whatever can be read of it is; the user learns of it if that is less than the file promises."""
    bad = tmp_path / name
    bad.write_bytes(DAMAGED[name](good))
    done = jail.run("script", bad, "-a", good / "dub.ogg")
    if done.returncode:
        our_error(done, name)
    else:
        assert "VideoSource" in done.stdout
        jail.call(decode, bad)


@pytest.mark.parametrize("name", ["cut 0.5.mkv", "cut 0.5.webm", "cut 0.9 fast.mp4"])
def test_missing_pictures_are_told(name: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    bad = tmp_path / name
    bad.write_bytes(DAMAGED[name](good))
    done = jail.run("dub", bad, "-a", good / "dub.ogg", "--dry-run", "--end", "1")
    assert done.returncode == 0, done.stderr
    assert f"{name} is damaged or not whole: of 0:00:0" in done.stderr


@pytest.mark.parametrize("name", SOUNDS)
def test_bad_sound(name: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    """It is heard as finite numbers, or refused."""
    bad = tmp_path / name
    bad.write_bytes(SOUNDS[name](good))
    said = jail.call(refusal, bad)
    assert not said or name in said


@pytest.mark.parametrize("name", ["nan.wav", "vast.wav", "channels 255.wav", "no samples.wav"])
def test_bad_sound_in_a_job(name: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    bad = tmp_path / name
    bad.write_bytes(SOUNDS[name](good))
    done = jail.run("dub", good / "clip.mp4", "-a", bad, "-o", tmp_path / "out.mkv", "--end", "3")
    if name in ("nan.wav", "vast.wav"):
        assert done.returncode == 0, done.stderr
        assert "3 of 3 frames dubbed" in done.stderr and "Warning" not in done.stderr
    else:
        our_error(done, name)
        assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_dub_without_sound(jail: Jail, good: Path, tmp_path: Path) -> None:
    done = jail.run("dub", good / "clip.mp4", "-a", good / "silent.mp4", "-o", tmp_path / "out.mp4")
    our_error(done, "silent.mp4")
    assert "no sound" in done.stderr


@pytest.mark.parametrize("start", [0, 12])
def test_a_clip_that_fails_on_the_way(start: int, jail: Jail, good: Path, tmp_path: Path) -> None:
    """BestSource finds frames that it cannot decode afterwards."""
    bad = tmp_path / "bad.avi"
    bad.write_bytes(DAMAGED["cut 0.5.avi"](good))
    output = tmp_path / "out.mp4"
    done = jail.run("dub", bad, "-a", good / "dub.ogg", "-o", output, "--start", str(start))
    our_error(done, "No frame returned")
    assert not (tmp_path / "out.mp4").exists()


def test_the_installed_program_does_not_wait_for_a_pipe(good: Path, home: Path, tmp_path: Path) -> None:
    NO_FILES["fifo.mp4"](tmp_path / "fifo.mp4")
    command = [PROGRAM, "dub", str(tmp_path / "fifo.mp4"), "-a", str(good / "dub.ogg"), "-o", str(tmp_path / "o.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    our_error(Done(done.returncode, done.stdout, done.stderr), "fifo.mp4")


def test_how_much_is_tried() -> None:
    assert len(BROKEN) + len(DAMAGED) + len(SOUNDS) + len(NO_FILES) >= 200


def refusal(path: Path) -> str:
    """Decode a sound and look at it as the filter does; return why it cannot be, if so."""
    import numpy as np

    from vs_lipsync.errors import DubError
    from vs_lipsync.speech.dub import Dub
    from vs_lipsync.speech.motion import Motion

    try:
        dub = Dub.open(path)
        heard = dub.read(-100, 100_000)
        points = Motion(dub).at(np.arange(5) / 25).points
    except DubError as error:
        return str(error)
    assert heard.dtype == np.float32 and len(heard) == 100_100
    assert np.isfinite(heard).all() and np.isfinite(points).all()
    return ""


def decode(path: Path) -> None:
    """Read all frames of a clip that could be opened."""
    import vapoursynth as vs

    from vs_lipsync.media.source import SourceClip

    clip = SourceClip.open(path).clip
    try:
        for frame in clip.frames(close=True):
            assert (frame.width, frame.height) == (clip.width, clip.height)
    except vs.Error as error:
        assert "VideoSource" in str(error)
