"""Good files with names that break what is careless with names (20 s)."""

import ast
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bad_input.jail import Jail
from tests.bad_input.saying import our_error
from tests.running import PROGRAM
from vs_lipsync.cli.commands.script import quoted

NAMES = (
    " spaces at both ends ",
    "it's",
    'a "quoted" name',
    "new\nline",
    "tab\there",
    "-dash",
    "--output",
    "back\\slash",
    "ends in a back\\",
    "per%cent%03d",
    "%d",
    "file:thing",
    "concat:a|b",
    "http:",
    "pipe:0",
    "subfile,,start,0,end,9,,:x",
    "[brackets]",
    "star*?",
    "semi;colon&$(touch OUTSIDE)`touch OUTSIDE`",
    "naïve é 漢字 🎬",
    "עברית",
    "\u202egnp.exe",
    "e\u0301",
    "line\u2028separator",
    "bell\x07 and \x1b[31m colour",
    "~tilde",
    "$HOME",
    "#hash",
    "{brace}",
    "a,b=c",
    "long" * 45,
)


@pytest.fixture
def named(request: pytest.FixtureRequest, world: Path, good: Path) -> Iterator[str]:
    """A name for a clip and a dub in the jail's own folder."""
    name: str = request.param
    clip, dub = (world / f"{name}{suffix}" for suffix in (".mp4", ".ogg"))
    clip.parent.mkdir(exist_ok=True)
    shutil.copy(good / "clip.mp4", clip)
    shutil.copy(good / "dub.ogg", dub)
    before = {path for path in world.iterdir() if not path.is_dir()}
    yield name
    for path in world.iterdir():
        if not path.is_dir():
            assert path in before or path.name.startswith(name), path
            path.unlink()


@pytest.mark.parametrize("named", NAMES, indirect=True, ids=ascii)
def test_a_script_for_any_name(named: str, jail: Jail, world: Path) -> None:
    done = jail.run("script", "-a", f"{named}.ogg", "-o", f"{named}.vpy", "--", f"{named}.mp4")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    text = (world / f"{named}.vpy").read_text("utf-8")
    strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    assert strings == [str(world / f"{named}.mp4"), str(world / f"{named}.ogg")]


@pytest.mark.parametrize(
    "named",
    [
        name
        for name in NAMES
        if any(word in name for word in ("\n", '"', "%03d", "http:", "-dash", "🎬", "OUTSIDE", "|"))
    ],
    indirect=True,
    ids=ascii,
)
def test_a_job_for_any_name(named: str, jail: Jail, world: Path) -> None:
    done = jail.run("dub", "-a", f"{named}.ogg", "-o", f"{named}.mkv", "--end", "2", "--", f"{named}.mp4")
    assert done.returncode == 0, done.stderr
    assert (world / f"{named}.mkv").stat().st_size > 1000


def test_the_installed_program_takes_any_name(good: Path, home: Path, tmp_path: Path) -> None:
    name = '-it\'s "new\n" é 🎬'
    shutil.copy(good / "clip.mp4", tmp_path / name)
    command = [PROGRAM, "script", "-a", name, "--", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path)
    assert repr(str(tmp_path / name)) in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_names_that_are_no_text(jail: Jail, world: Path, good: Path, tmp_path: Path) -> None:
    """As a dub and as an output they work; BestSource takes no such name."""
    odd = os.fsdecode(b"\xff\xfe bytes")
    dub, clip, output = tmp_path / f"{odd}.ogg", tmp_path / f"{odd}.mp4", tmp_path / f"{odd}.mkv"
    shutil.copy(good / "dub.ogg", dub)
    shutil.copy(good / "clip.mp4", clip)
    our_error(jail.run("dub", clip, "-a", dub, "-o", output), "UTF-8")
    done = jail.run("dub", good / "clip.mp4", "-a", dub, "-o", output, "--end", "2")
    assert done.returncode == 0, done.stderr
    assert output.stat().st_size > 1000
    done = jail.run("script", good / "clip.mp4", "-a", dub, "-o", tmp_path / "script.vpy")
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(quoted(dub)) == str(dub)
    assert quoted(dub) in (tmp_path / "script.vpy").read_text("utf-8")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.mp4", "file:clip.mp4", "concat:a|b", "pipe:0", "data:,x"])
def test_an_address_is_the_name_of_a_file(address: str, jail: Jail, good: Path) -> None:
    our_error(jail.run("dub", address, "-a", good / "dub.ogg", "--dry-run"), "does not exist")
    our_error(jail.run("dub", good / "clip.mp4", "-a", address, "--dry-run"), "does not exist")


def test_a_pipe_is_no_dub_and_takes_two(jail: Jail, good: Path) -> None:
    our_error(jail.run("dub", good / "clip.mp4", "-a", "-", "--dry-run"), "does not exist")
    our_error(jail.run("dub", "-", "-a", good / "dub.ogg", "--dry-run"), "-o -")


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        ("no/folder/out.mp4", 2, "no folder"),
        (".", 2, ""),
        ("folder.mp4", 2, "is a folder"),
        ("clip.mp4", 2, "one of the inputs"),
        ("./../inputs/clip.mp4", 2, "one of the inputs"),
        ("link.mp4", 2, "one of the inputs"),
        ("dub.ogg", 2, "one of the inputs"),
        ("clip.mp4/out.mp4", 2, "no folder"),
        ("extension", 2, "extension"),
        ("there.mp4", 2, "exists"),
        ("out.nonsense", 1, "nonsense"),
        ("out.txt", 1, "out"),
        ("/proc/out.mp4", 1, ""),
        ("/dev/null/out.mp4", 2, "no folder"),
        ("x" * 300 + ".mp4", 1, ""),
    ],
)
def test_bad_outputs(output: str, code: int, said: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inputs"
    (folder / "folder.mp4").mkdir(parents=True)
    for name in ("clip.mp4", "dub.ogg"):
        shutil.copy(good / name, folder)
    (folder / "link.mp4").hardlink_to(folder / "clip.mp4")
    (folder / "there.mp4").write_text("there")
    before = {path: path.stat().st_size for path in tmp_path.rglob("*")}
    overwrite = ["--overwrite"] if said == "one of the inputs" else []
    place = os.path.join(folder, output)  # noqa: PTH118 - a Path would mend "./.."
    done = jail.run("dub", folder / "clip.mp4", "-a", folder / "dub.ogg", "-o", place, "--end", "2", *overwrite)
    our_error(done, said)
    assert done.returncode == code, done.stderr
    assert {path: path.stat().st_size for path in tmp_path.rglob("*")} == before


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_characters="\0"), min_size=1))
def test_a_script_holds_a_path_as_it_is(name: str) -> None:
    path = Path("/folder", name)
    written = quoted(path)
    assert ast.literal_eval(written) == str(path)
    assert len(written.splitlines()) == 1
    written.encode()
