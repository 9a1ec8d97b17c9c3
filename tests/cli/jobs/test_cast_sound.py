"""What is heard of a cast: stems over a bed, with gains, and never clipped; and what the command line refuses."""

from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.running import last_line, run
from tests.sound_files import write
from vs_lipsync.cli.commands.dub import dub

RATE = 48000
PICTURE = 13  # seconds of the demo footage, which has no sound of its own

type Sound = NDArray[np.float32]


def noise(seconds: float, seed: int, level: float = 0.1) -> Sound:
    return np.random.default_rng(seed).uniform(-level, level, (1, round(seconds * RATE))).astype(np.float32)


def mixed(footage: Path, folder: Path, *options: str) -> tuple[Sound, str]:
    """Return the mix of a cast, mono, and what was said about it."""
    out = folder / "mix.w64"
    done = run("script", str(footage), "-o", str(folder / "a.vpy"), "--sound", str(out), "--overwrite", *options)
    assert done.returncode == 0, done.stderr
    return np.asarray(soundfile.read(out, dtype="float32")[0]), done.stderr


def test_stems_lie_over_the_bed_with_their_gains(footage: Path, tmp_path: Path) -> None:
    one, two, bed = noise(2, 1), noise(4, 2), noise(20, 3)
    files = [
        write(tmp_path / f"{name}.wav", samples, RATE) for name, samples in zip("abc", (one, two, bed), strict=True)
    ]
    cast = ["--cast", f"20@320,180={files[0]}", "--cast", f"200@320,180={files[1]}"]
    sound, said = mixed(footage, tmp_path, *cast, "--bed", str(files[2]), "--bed-gain", "-6", "--stem-gain", "3")
    expected = bed[0, : PICTURE * RATE] * 10 ** (-6 / 20)
    for stem in (one, two):
        expected[: stem.shape[1]] += stem[0] * np.float32(10 ** (3 / 20))
    np.testing.assert_allclose(sound, expected, atol=1e-4)
    assert "quieter" not in said


def test_a_mix_beyond_full_scale_is_made_quieter(footage: Path, tmp_path: Path) -> None:
    loud = np.full((1, RATE), 0.8, np.float32)
    paths = [write(tmp_path / f"{name}.wav", loud, RATE) for name in "ab"]
    sound, said = mixed(footage, tmp_path, "--cast", f"20@320,180={paths[0]}", "--cast", f"200@320,180={paths[1]}")
    np.testing.assert_allclose(sound[:RATE], 10 ** (-1 / 20), atol=1e-4)
    assert "made 5.1 dB quieter" in said


def test_a_silent_clip_cannot_be_the_bed(footage: Path, voice: Path, tmp_path: Path) -> None:
    out = ["-o", str(tmp_path / "a.vpy"), "--sound", str(tmp_path / "a.w64")]
    done = run("script", str(footage), *out, "--cast", f"20@320,180={voice}", "--bed", "original")
    assert done.returncode == 1
    assert "has no sound to lie under the dubs" in last_line(done.stderr)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cast", "main=DUB", "--audio", "DUB"], "give --audio or --cast, not both"),
        (["--cast", "main=DUB", "--target", "main"], "give --target or --cast, not both"),
        (["--cast", "main=DUB", "--cast", "main=DUB"], "--cast has main twice"),
        (["--cast", "main"], "has no ="),
        (["--cast", "all=DUB"], "all is nobody in particular"),
        (["--cast", "anna=DUB"], "'anna' is neither a file"),
        (["--cast", "main=nowhere.wav"], "'nowhere.wav' does not exist"),
        (["--audio", "DUB", "--bed", "original"], "are for --cast"),
        (["--cast", "main=DUB", "--bed", "nowhere.wav"], "'nowhere.wav' does not exist"),
        (["--cast", "main=DUB", "--bed-gain", "30"], "30.0 is not in the range"),
        (["--cast", "main=DUB", "--stem-gain", "nan"], "not a finite number"),
    ],
)
def test_what_a_cast_contradicts_is_bad_use(options: list[str], said: str, footage: Path, voice: Path) -> None:
    words = [word.replace("DUB", str(voice)) for word in options]
    with pytest.raises(click.UsageError) as refused:
        dub.main([str(footage), "--dry-run", *words], standalone_mode=False)
    assert said in refused.value.format_message()


def test_names_may_have_an_equals_sign(footage: Path, tmp_path: Path) -> None:
    stem = write(tmp_path / "a=b.wav", noise(1, 1), RATE)
    context = dub.make_context("dub", [str(footage), "--dry-run", "--cast", f"20@320,180={stem}"])
    assert context.params["cast"] == (("20@320,180", stem),)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cast", "auto"], "--cast auto and --stem belong together"),
        (["--audio", "DUB", "--stem", "DUB"], "--cast auto and --stem belong together"),
        (["--cast", "auto", "--cast", "main=DUB", "--stem", "DUB"], "give no other --cast"),
        (["--cast", "auto", "--stem", "DUB", "--stem", "DUB"], "--stem has"),
        (["--cast", "auto", "--stem", "DUB", "--target", "main"], "give --target or --cast, not both"),
        (["--cast", "auto", "--stem", "nowhere.wav"], "'nowhere.wav' does not exist"),
    ],
)
def test_what_finding_the_cast_contradicts_is_bad_use(
    options: list[str], said: str, footage: Path, voice: Path
) -> None:
    test_what_a_cast_contradicts_is_bad_use(options, said, footage, voice)
