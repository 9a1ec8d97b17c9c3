"""Options and arguments that make no sense (15 s)."""

from pathlib import Path

import pytest

from tests.bad_input.jail import Jail
from tests.bad_input.saying import our_error

pytestmark = pytest.mark.usefixtures("nothing_written")

USAGE = (
    *(["dub", "CLIP", "-a", "DUB", "--dry-run", f"--offset={value}"] for value in (
        "nan", "inf", "-inf", "1e400", "", " ", "x", "1,5", "0x10", "1+1", "--1", "1e", "NaN(1)", "١٢x", "\0")),
    *(["dub", "CLIP", "-a", "DUB", "--dry-run", f"--strength={value}"] for value in (
        "nan", "inf", "-inf", "-0.1", "2.0001", "1e308", "", "x", "1/2")),
    *(["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", f"--piece={value}"] for value in ("nan", "inf", "-1", "1e9", "x")),
    *(["dub", "CLIP", "-a", "DUB", "--dry-run", f"--start={value}"] for value in (
        "-1", "x", "", "1e9", "nan", "inf", "1:60", "1:2:3:4", "1.2.3", "٣", "²", "5 s", "99999999999999999999",
        "9" * 5000, "9" * 5000 + ".5", "1." + "9" * 5000 + "x", "999999999:00:00", "24")),
    *(["dub", "CLIP", "-a", "DUB", "--dry-run", f"--end={value}"] for value in ("0", "0s", "0:00", "0.0", "-5", "x")),
    *(["dub", "CLIP", "-a", "DUB", "--dry-run", f"--model={value}"] for value in (
        "", "x", "WARP", "wav2lip", "wav2lip:", "warp:x", "../warp", ":")),
    *(["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", f"--encoder-args={value}"] for value in ("'", '"', "\\", "a 'b")),
    *(["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", f"--language={value}"] for value in (
        "x", "english!", "../x", "e" * 99)),
    ["dub", "CLIP", "-a", "DUB", "-o", "o.mp4", "--strength=0.5", "--model=wav2lip:x"],
    ["dub", "CLIP", "CLIP", "-a", "DUB", "-o", "o.mp4"],
    ["dub", "-a", "DUB", "-o", "o.mp4"],
    ["dub", "CLIP", "-o", "o.mp4"],
    ["dub", "CLIP", "-a"],
    ["dub", "CLIP", "-a", "DUB", "--no-such-option"],
    ["dub", "", "-a", "DUB", "--dry-run"],
    ["dub", "CLIP", "-a", "", "--dry-run"],
    ["dub", "CLIP", "-a", "DUB", "-o", ""],
    ["weights", "add", "../no-such-file"],
    ["weights", "list", "motion"],
    ["weights", "no-such-command"],
    ["evaluate", "CLIP"],
    ["evaluate", "CLIP", "CLIP", "--plot=x.exe"],
    ["evaluate", "CLIP", "CLIP", "--offset=nan"],
    ["no-such-command"],
    ["--no-such-option"],
    [""],
)  # fmt: skip
"""Command lines that are wrong by themselves, or for the clip."""

JOBS = (
    *(["dub", "CLIP", "-a", "DUB", "--end=2", f"--encoder-args={value}"] for value in (
        "-c:v nosuchcodec", "-nosuchoption", "-f nosuchformat", "-c:v libx264 -crf nan", "-vf nosuchfilter",
        "-c:v libx264 -preset nosuch", "-map 9:9", "loose", "-c:a nosuchcodec")),
    *(["dub", "CLIP", "-a", "DUB", "--end=2", f"--model=wav2lip:{value}"] for value in (
        "nosuch", ".", "/", "/dev/null", "CLIP", "x" * 5000, "\n")),
)  # fmt: skip
"""Jobs that cannot be done."""


@pytest.mark.parametrize("arguments", USAGE, ids=lambda arguments: ascii(" ".join(arguments))[:80])
def test_bad_use(arguments: list[str], jail: Jail, good: Path) -> None:
    done = jail.run(*_filled(arguments, good))
    our_error(done, "")
    assert done.returncode == 2, done.stderr


@pytest.mark.parametrize("arguments", JOBS, ids=lambda arguments: ascii(" ".join(arguments))[:80])
def test_impossible_job(arguments: list[str], jail: Jail, good: Path, tmp_path: Path) -> None:
    """Pictures that are done when FFmpeg fails are kept for the next try."""
    done = jail.run(*_filled(arguments, good), "-o", tmp_path / "o.mp4")
    our_error(done, "")
    assert {path.name for path in tmp_path.iterdir()} <= {".o.mp4.job"}


@pytest.mark.parametrize("value", ["-c:a nosuchcodec", "-acodec pcm_s16le -ar x", "-c:a flac -compression_level:a 99"])
def test_what_is_wrong_with_the_sound_is_told_before_any_picture_is_made(
    value: str, jail: Jail, good: Path, tmp_path: Path
) -> None:
    done = jail.run(*_filled(["dub", "CLIP", "-a", "DUB", f"--encoder-args={value}"], good), "-o", tmp_path / "o.mkv")
    our_error(done, "ffmpeg failed")
    assert "dubbing" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("offset", ["1e300", "-1e300", "1e9", "-1e9", "1e-300", "-0"])
def test_offsets_beyond_reason(offset: str, jail: Jail, good: Path) -> None:
    done = jail.run("dub", good / "clip.mp4", "-a", good / "dub.ogg", "--dry-run", "--end", "1", f"--offset={offset}")
    if done.returncode:
        our_error(done, "offset")
    else:
        assert "1 frames dubbed" in done.stderr


@pytest.mark.parametrize("store", ["/dev/null", "/proc/nowhere", "FILE"])
def test_a_store_that_cannot_be(store: str, jail: Jail, good: Path) -> None:
    place = str(good / "dub.ogg") if store == "FILE" else store
    our_error(jail.run_at(place, "weights", "add", str(good / "picture.png")), "")
    assert jail.run_at(place, "weights", "list").returncode == 0


def _filled(arguments: list[str], good: Path) -> list[str]:
    named = {"CLIP": str(good / "clip.mp4"), "DUB": str(good / "dub.ogg")}
    return [named.get(argument, argument.replace(":CLIP", f":{named['CLIP']}")) for argument in arguments]
