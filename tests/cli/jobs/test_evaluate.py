"""`vs-lipsync evaluate` as users run it (25 s)."""

import json
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.running import PROGRAM, last_line, run
from vs_lipsync.cli.scores import tables_of_cast
from vs_lipsync.evaluation.evaluate import Scores
from vs_lipsync.media.ffmpeg import ffmpeg_program

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def result(footage: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """Frames 20 to 99 of the footage, dubbed."""
    output = tmp_path_factory.mktemp("results") / "dubbed.mkv"
    done = run("dub", footage, "-a", voice, "-o", output, "--start", "20", "--end", "100")
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def small(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first frames of the footage at half the size."""
    output = tmp_path_factory.mktemp("small") / "small.mp4"
    command = [
        ffmpeg_program(),
        "-v",
        "error",
        "-i",
        str(footage),
        "-frames:v",
        "5",
        "-vf",
        "scale=iw/2:-2",
        str(output),
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return output


def test_the_installed_program(footage: Path) -> None:
    command = [PROGRAM, "evaluate", str(footage), str(footage), "--end", "30", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    scores = json.loads(done.stdout)
    assert (scores["frames"], scores["frames_identical"], scores["mse"], scores["psnr"]) == (30, 30, 0, None)
    assert (scores["ssim"], scores["psnr_outside"], scores["motion_correlation"]) == (1, None, None)
    assert scores["original"] == scores["result"] == str(footage)


def test_a_range_its_own_sound_and_a_plot(footage: Path, result: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    done = run("evaluate", footage, result, "--start", "20", "--end", "100", "--json", "--plot", plot)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert (scores["frames"], scores["frames_with_mouth"], scores["fps"]) == (80, 80, 25.0)
    assert scores["psnr_outside"] > scores["psnr"] > scores["psnr_inside"] > 15
    assert scores["motion_frames"] == 80 and scores["motion_correlation"] > 0.6
    assert ElementTree.parse(plot).getroot().tag.endswith("svg")  # noqa: S314 - it is our own
    again = run("evaluate", footage, result, "--start", "20", "--end", "100", "--plot", plot)
    assert again.returncode == 2 and "exists" in again.stderr


def test_the_dub_may_be_given(footage: Path, voice: Path, result: Path) -> None:
    """As for dub: the place of the dub is told from the start of the original, not of the range."""
    late = run("evaluate", footage, result, "--start", "20", "--end", "100", "-a", voice, "--offset", "-0.2", "--json")
    assert json.loads(late.stdout)["av_offset_frames"] == 5


AROUND_A_CUT = ["--start", "250", "--end", "274"]
"""In 250 to 262 another person, and in 263 to 273 the one who is on screen most."""


@pytest.fixture(scope="module")
def of_one(footage: Path, voice: Path, tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """Frames 250 to 273, in which another person speaks, who is pointed at far before them."""
    output = tmp_path_factory.mktemp("of one") / "dubbed.mkv"
    done = run("dub", footage, "-a", voice, "-o", output, "--target", "200@320,170", *AROUND_A_CUT, "--offset", "9")
    assert done.returncode == 0, done.stderr
    return output


def with_mouth(*arguments: str | Path) -> int:
    """Return in how many frames there is a mouth of the one who is judged."""
    done = run("evaluate", *arguments, *AROUND_A_CUT, "--json")
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["frames_with_mouth"])


def test_who_is_judged_is_who_the_result_was_made_for(footage: Path, of_one: Path) -> None:
    """A place and the main person are those of the whole clip, also where a range is looked at."""
    assert with_mouth(footage, of_one) == 13
    assert with_mouth(footage, of_one, "--target", "main") == 11
    assert with_mouth(footage, footage) == 24  # whoever is there


def test_several_people_are_judged_each_by_their_own_dub(footage: Path, voice: Path, of_one: Path) -> None:
    cast = ["--cast", f"200@320,170={voice}", "--cast", f"main={voice}", "--offset", "9"]
    done = run("evaluate", footage, of_one, *AROUND_A_CUT, *cast, "--json")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    other, main = scores["people"]
    assert (other["who"], other["frames_with_mouth"]) == ("200@320,170", 13)
    assert (main["who"], main["frames_with_mouth"]) == ("main", 11)
    assert other["psnr_inside"] < 45 and main["psnr_inside"] > other["psnr_inside"] + 3
    assert scores["frames"] == 24 and scores["psnr"] > 30


def test_a_cast_has_a_row_for_each_person() -> None:
    one = Scores(**dict.fromkeys((field.name for field in fields(Scores)), 1))
    pictures, people = tables_of_cast({"anna.jpg": replace(one, frames_with_mouth=13), "main": one})
    assert list(pictures.columns[2].cells) == ["1", "1", "1.000", "1.00", "1.0000"]
    assert list(people.columns[0].cells) == ["anna.jpg", "main"]
    assert list(people.columns[1].cells) == ["13", "1"]


def test_a_target_that_was_a_file_is_looked_for_beside_the_result(footage: Path, voice: Path, tmp_path: Path) -> None:
    there, away = tmp_path / "there", tmp_path / "away"
    for folder in (there, away):
        folder.mkdir()
    saved = run("speaker", footage, "--target", "200@320,170", "-o", there / "anna.json")
    assert saved.returncode == 0, saved.stderr
    output = there / "dubbed.mkv"
    made = run("dub", footage, "-a", voice, "-o", output, "--target", there / "anna.json", *AROUND_A_CUT)
    assert made.returncode == 0, made.stderr
    assert with_mouth(footage, output) == 13
    alone = output.rename(away / "dubbed.mkv")
    done = run("evaluate", footage, alone, *AROUND_A_CUT, "--json")
    assert json.loads(done.stdout)["frames_with_mouth"] == 24
    assert "made for the target anna.json, which is not beside it" in done.stderr


def test_a_table(footage: Path) -> None:
    done = run("evaluate", footage, footage, "--end", "3")
    assert done.returncode == 0, done.stderr
    rows = {line.split("│")[2].strip(): line.split("│")[3].strip() for line in done.stdout.splitlines() if "│" in line}
    assert rows["compared"] == rows["identical"] == "3"
    assert rows["all samples"] == rows["inside the mouth box"] == "infinite"  # the PSNR, below the MSE
    assert rows["correlation, within 2 frames"] == "-"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["CLIP"], 2, "RESULT"),
        (["CLIP", "missing.mp4"], 2, "missing.mp4"),
        (["CLIP", "RESULT"], 1, "325 frames"),
        (["CLIP", "RESULT", "--end", "30"], 1, "30 of them in the range, but"),
        (["CLIP", "SMALL"], 1, "640 x 360"),
        (["CLIP", "CLIP", "--start", "400"], 2, "not in the clip"),
        (["CLIP", "RESULT", "--plot", "plot.jpg"], 2, "svg"),
        (["CLIP", "RESULT", "--plot", "no/plot.svg"], 2, "folder"),
        (["CLIP", "RESULT", "--plot", "CLIP"], 2, ".png"),
        (["CLIP", "RESULT", "--offset", "1"], 2, "--audio"),
        (["CLIP", "RESULT", "--cast", "main=CLIP", "--target", "main"], 2, "--target or --cast"),
        (["CLIP", "RESULT", "--cast", "main=CLIP", "--cast", "main=CLIP"], 2, "twice"),
        (["CLIP", "RESULT", "--cast", "auto"], 2, "WHO=DUB"),
        (["CLIP", "RESULT", "--cast", "main=CLIP", "--plot", "plot.svg"], 2, "one person"),
        (["CLIP", "CLIP", "--end", "5", "--audio", "CLIP"], 1, "no sound"),
    ],
)
def test_bad_use(
    arguments: list[str], code: int, said: str, footage: Path, result: Path, small: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    named = {"CLIP": footage, "RESULT": result, "SMALL": small}
    done = run("evaluate", *(named.get(one, one.replace("=CLIP", f"={footage}")) for one in arguments))
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert last_line(done.stderr).startswith("vs-lipsync: ") and said in last_line(done.stderr)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def two_streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey as the first picture stream; as the second one a face, 10 frames at 25 a second and 10 at 12.5."""
    output = tmp_path_factory.mktemp("streams") / "two.mkv"
    times = "setpts='if(lt(N,10),N,2*N-10)/25/TB'"
    pictures = ["-i", str(DEMO_CLIP), "-f", "lavfi", "-i", "color=gray:size=96x64:duration=1"]
    form = ["-filter_complex", f"[0:v]trim=start_frame=20:end_frame=40,scale=480:-2,{times}[v]"]
    maps = ["-map", "1:v", "-map", "[v]", "-fps_mode", "passthrough", "-enc_time_base:v:1", "1/1000"]
    command = [ffmpeg_program(), "-v", "error", *pictures, *form, *maps, "-c:v", "ffv1", "-y", str(output)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return output


def test_the_original_is_opened_as_for_dub(two_streams: Path, tmp_path: Path) -> None:
    times = tmp_path / "times.txt"
    seconds = [n / 25 if n < 10 else (2 * n - 10) / 25 for n in range(20)]
    times.write_text("# timecode format v2\n" + "".join(f"{1000 * second:.0f}\n" for second in seconds))
    silence, output = tmp_path / "silence.wav", tmp_path / "dubbed.mkv"
    soundfile.write(silence, np.zeros(48_000), 16_000)
    opening = ("--timecodes", times, "--video-stream", "1")
    done = run("dub", two_streams, "-a", silence, "-o", output, *opening)
    assert done.returncode == 0, done.stderr
    done = run("evaluate", two_streams, output, *opening, "--json")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert (scores["frames"], scores["frames_with_mouth"]) == (20, 20) and "variable" not in done.stderr
    done = run("evaluate", two_streams, output, "--video-stream", "1")
    assert "has a variable frame rate" in done.stderr
    done = run("evaluate", two_streams, output)
    assert done.returncode == 1 and "only pictures of one size can be compared" in done.stderr


def test_a_speaker_of_another_stream_is_saved(two_streams: Path, tmp_path: Path) -> None:
    done = run("speaker", two_streams, "--target", "main", "-o", tmp_path / "who.json", "--video-stream", "1")
    assert done.returncode == 0, done.stderr
    assert "views" in last_line(done.stderr) and "has a variable frame rate" in done.stderr
    done = run("speaker", two_streams, "--target", "main", "-o", tmp_path / "nobody.json")
    assert done.returncode == 1 and "no face" in last_line(done.stderr)
    other = run("speaker", two_streams, "--target", "main", "-o", tmp_path / "t.json", "--timecodes", DEMO_DUB)
    assert other.returncode == 1 and "must begin with '# timecode format v2'" in last_line(other.stderr)
