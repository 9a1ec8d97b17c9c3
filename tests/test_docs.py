"""The pages: what they say of the code is so, what they point at is there, and none has grown out of bounds."""

import ast
import inspect
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

import vs_lipsync
from tests.conftest import ROOT
from vs_lipsync.cli.main import program
from vs_lipsync.filter import lipsync
from vs_lipsync.plan.frame_plan import Reason
from vs_lipsync.plan.grid import SIZES, SMALLEST
from vs_lipsync.settings.zones import Zone

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/*.md"), *ROOT.glob("examples/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(page: str | Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(text_of(page)) if kind == language]


def anchors(page: Path) -> set[str]:
    """Return what can be pointed at in a page: its headings, as GitHub and the site name them."""
    titles = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_readme_is_short() -> None:
    assert len(text_of("README.md").splitlines()) <= 200


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_pages_name_are_there(page: Path) -> None:
    """Names of files of the project in code spans, such as `mouth/warp.py`, relative to the root or the package."""
    if page.name == "CHANGELOG.md":
        return
    for name in re.findall(r"`([\w./]+\.(?:py|sh|vpy|toml|md))", text_of(page)):
        places = (ROOT / name, ROOT / "vs_lipsync" / name, page.parent / name)
        if "/" in name:
            assert any(place.exists() for place in places), name


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tests_that_pages_name_are_there(page: Path) -> None:
    """Each stands in the file that was named last before it."""
    file = ROOT
    for path, name in re.findall(r"`(tests/[\w/]+\.py)`|`(test_\w+)`", text_of(page)):
        if path:
            file = ROOT / path
        else:
            assert f"def {name}(" in file.read_text(encoding="utf-8"), f"{name} in {file}"


def commands() -> list[tuple[str, str]]:
    return [
        (name_of(page), line)
        for page in PAGES
        for body in blocks(page, "sh")
        for line in body.replace("\\\n", " ").splitlines()
        if line.startswith("vs-lipsync ")
    ]


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_are_understood(page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option and argument exists; nothing is run. Files that are read are there, a project as the page has it."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)
    projects = [body for body in blocks(ROOT / page, "toml") if "clip = " in body]
    for word in re.split(r"[=\s\"]", " ".join([*words[1:], *projects])):
        if re.search(r"\.(mp4|mkv|wav|jpg|json|toml|pem|srt|pth)$", word):
            Path(word).touch()
    for body in projects:
        Path("film.toml").write_text(body, encoding="utf-8")
    command: click.Command = program
    rest = words[1:]
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_is_python(page: Path) -> None:
    """It parses, and what it imports from the package is there."""
    for body in blocks(page, "python"):
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("vs_lipsync"):
                module = __import__(node.module, fromlist=["*"])
                assert all(hasattr(module, alias.name) for alias in node.names)


def test_the_signature_is_that_of_the_filter() -> None:
    title = next(line for line in text_of("docs/scripts.md").splitlines() if line.startswith("## `lipsync("))
    written = ast.parse(title.removeprefix("## ").strip("`")[7:].join(("def f", ": ..."))).body[0]
    assert isinstance(written, ast.FunctionDef)
    parameters = inspect.signature(lipsync).parameters.values()
    assert [one.arg for one in (*written.args.args, *written.args.kwonlyargs)] == [one.name for one in parameters]
    defaults = [ast.literal_eval(one) for one in (*written.args.defaults, *written.args.kw_defaults) if one is not None]
    assert defaults == [one.default for one in parameters if one.default is not one.empty]


def test_the_reference_has_every_public_name() -> None:
    shown = {line.rpartition(".")[2] for line in text_of("docs/api.md").splitlines() if line.startswith("::: ")}
    assert {name for name in vs_lipsync.__all__ if not name.startswith("__")} <= shown


def test_every_option_of_dub_is_explained() -> None:
    page = text_of("docs/dubbing.md")
    for parameter in program.commands["dub"].params:
        if isinstance(parameter, click.Option) and parameter.name not in ("output", "voice_dub", "help"):
            assert f"`{parameter.opts[0]}" in page, parameter.opts


def test_every_setting_of_a_zone_is_listed() -> None:
    page = text_of("docs/targets-and-zones.md")
    listed = next(line for line in page.splitlines() if line.startswith("The settings are `start`"))
    assert set(re.findall(r"`(\w+)`", listed)) == {field.name for field in fields(Zone)}


def test_every_reason_is_explained() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (dubbed|passed) \|", text_of("docs/reasons.md"), re.MULTILINE)
    assert dict(rows) == {
        str(reason): f"{reason.action.rstrip('s')}bed" if reason.action == "dub" else "passed" for reason in Reason
    }
    built = text_of("docs/architecture.md")
    steps = built[built.index("### How a frame gets its reason") : built.index("### A dissolve")]
    assert set(re.findall(r"`([a-z ]+)`", steps)) >= {str(reason) for reason in Reason}


def test_the_table_of_blocks_is_that_of_the_grid() -> None:
    rows = re.findall(
        r"^\| (?:up to (\d+) MB.*?|more) \| (\d+) \| (\d+) \| (\d+) \|$", text_of("docs/architecture.md"), re.MULTILINE
    )
    written = [tuple(int(number) for number in row if number) for row in rows]
    assert written == [*((size >> 20, *rest) for size, *rest in SIZES), SMALLEST]


def test_the_table_of_rooms_is_what_is_checked() -> None:
    settings = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]
    layers = [{room.strip() for room in layer.split("|")} for layer in settings["contracts"][0]["layers"]]
    floors: dict[int, set[str]] = {}
    for floor, rooms in re.findall(r"^\| (\d+) \| (`[^|]*) \|", text_of("docs/architecture.md"), re.MULTILINE):
        floors.setdefault(int(floor), set()).update(re.findall(r"`(\w+)/?`", rooms))
    assert [floors[number] for number in sorted(floors, reverse=True)] == layers


class Loaded(HTMLParser):
    """What a page loads by itself: scripts, style sheets, pictures, fonts."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        wanted = {"link": "href", "script": "src", "img": "src", "iframe": "src"}.get(tag)
        if wanted and given.get(wanted) and given.get("rel") not in ("canonical", "next", "prev"):
            self.places.append(given[wanted] or "")


def test_the_site_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        check=True,
    )
    built = list(tmp_path.rglob("*.html"))
    assert {"CONTRIBUTING", "motion", "examples", "architecture", "api"} <= {page.parent.name for page in built}
    for page in built:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.places
        assert not [place for place in loaded.places if re.match(r"(\w+:)?//", place)], page
