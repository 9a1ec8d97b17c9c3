"""`vs-lipsync plan`, and dubbing by a plan."""

import re
from pathlib import Path

import av
import pytest

from tests.footage import mixed
from tests.made_jobs import digest
from tests.running import last_line, run
from vs_lipsync.media.segment_file import write_segment

pytestmark = pytest.mark.usefixtures("home")


def test_a_plan_says_what_is_in_the_footage(voice: Path, tmp_path: Path) -> None:
    footage, plan = tmp_path / "film.mkv", tmp_path / "plan.json"
    write_segment(mixed(), [], footage, ["-c:v", "ffv1"], None, lambda: None)
    done = run("plan", footage, "-o", plan)
    assert (done.returncode, done.stdout) == (0, "")
    assert last_line(done.stderr).startswith(f"{plan}: 3 shots, ")
    assert "72/72" in done.stderr
    done = run("dub", footage, "--audio", voice, "--plan", plan, "--dry-run")
    assert done.returncode == 0
    assert [line.split("  ")[0] for line in done.stdout.splitlines() if "no face" in line] == ["24-47"]
    done = run("plan", footage, "-o", plan)
    assert done.returncode == 2
    assert "exists" in last_line(done.stderr)


def test_pieces_end_at_the_cuts_of_the_plan_and_change_no_frame(voice: Path, tmp_path: Path) -> None:
    """Each piece begins with a key frame, and the encoder makes no others."""
    footage, plan = tmp_path / "film.mkv", tmp_path / "plan.json"
    write_segment(mixed(), [], footage, ["-c:v", "ffv1"], None, lambda: None)
    assert run("plan", footage, "-o", plan).returncode == 0

    def dubbed(name: str, *arguments: str | Path) -> Path:
        output = tmp_path / name
        encoder = "-c:v libx264 -preset ultrafast -qp 0 -g 1000 -sc_threshold 0"
        done = run("dub", footage, "-a", voice, "-o", output, "--encoder-args", encoder, *arguments)
        assert done.returncode == 0, done.stderr
        return output

    found = dubbed("found.mkv", "--piece", "0.68")
    assert key_frames(found) == key_frames(dubbed("planned.mkv", "--piece", "0.68", "--plan", plan)) == [0, 24, 48]
    text = plan.read_text("utf-8")
    edited = re.sub(r'"cuts": \[\s*24, 48\s*\]', '"cuts": [20, 43]', text)
    assert edited != text
    plan.write_text(edited, encoding="utf-8")
    in_pieces = dubbed("edited.mkv", "--piece", "0.68", "--plan", plan)
    assert key_frames(in_pieces) == [0, 20, 43]
    whole = dubbed("whole.mkv", "--piece", "0", "--plan", plan)
    assert key_frames(whole) == [0]
    assert digest(whole) == digest(in_pieces)


def key_frames(path: Path) -> list[int]:
    """Return the numbers of the pictures of a file at which decoding can begin."""
    with av.open(str(path)) as container:
        shown = sorted(
            (packet.pts, packet.is_keyframe) for packet in container.demux(video=0) if packet.pts is not None
        )
    return [number for number, (_, is_key) in enumerate(shown) if is_key]


@pytest.mark.parametrize(("name", "code"), [("plan.txt", 2), ("missing/plan.json", 2), ("a:b.json", 1)])
def test_names_that_do_not_do_are_refused(footage: Path, tmp_path: Path, name: str, code: int) -> None:
    done = run("plan", footage, "-o", tmp_path / name)
    assert done.returncode == code
    last_line(done.stderr)


def test_a_plan_of_an_earlier_version_is_refused_in_one_line(footage: Path, voice: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert run("plan", footage, "-o", plan).returncode == 0
    text = plan.read_text(encoding="utf-8")
    assert '"version": 3' in text
    plan.write_text(text.replace('"version": 3', '"version": 1'), encoding="utf-8")
    done = run("dub", footage, "--audio", voice, "--plan", plan, "--dry-run")
    assert done.returncode == 1
    assert "made by an earlier version; make a new plan" in last_line(done.stderr)


def test_what_is_no_plan_is_refused_in_one_line(footage: Path, voice: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"version": 1,\n "cuts": [1, 2')
    done = run("dub", footage, "--audio", voice, "--plan", plan, "--dry-run")
    assert done.returncode == 1
    assert "line 2" in last_line(done.stderr)
