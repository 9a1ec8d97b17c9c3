"""The page's files: that they belong together, and load nothing from elsewhere."""

import re
from importlib.resources import files
from pathlib import Path

from vs_lipsync.studio.assets import SCRIPTS, SHARED_SCRIPTS, read_asset

PAGE = Path(str(files("vs_lipsync.studio"))) / "page"
HTML = (PAGE / "index.html").read_text("utf-8")
CODE = "\n".join(path.read_text("utf-8") for path in sorted((PAGE / "script").glob("*.js")))


def text_of(name: str) -> str:
    found = read_asset(name)
    assert found is not None, name
    return found[0].decode()


def test_every_file_is_served_and_no_other() -> None:
    own = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.*")}
    assert all(read_asset(name) for name in own)
    assert {f"script/{name}.js" for name in SCRIPTS} == {name for name in own if name.startswith("script/")}
    for name in (
        "../session.py",
        "script/../../session.py",
        "script",
        "",
        "/etc/passwd",
        "script/table.js",
        "page.html",
    ):
        assert read_asset(name) is None


def test_the_page_loads_what_is_served_and_nothing_else() -> None:
    loaded = re.findall(r'(?:href|src)="(?!#|data:)([^"]+)"', HTML)
    assert all(name == "/api/result" or read_asset(name.removeprefix("/page/")) for name in loaded)
    own = {f"/page/style/{path.name}" for path in (PAGE / "style").glob("*.css")}
    assert own <= set(loaded)
    assert "://" not in HTML and not re.search(r"""["'`]\w+://|url\(""", CODE)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! type=\"module\" src)", HTML)  # the policy forbids them


def test_scripts_import_files_that_are_served_and_names_that_these_export() -> None:
    for name in (*(f"script/{name}.js" for name in SCRIPTS), *SHARED_SCRIPTS):
        text = text_of(name)
        for names, source in re.findall(r'^import (?:\{([^}]+)\} from )?"(.+)";$', text, re.MULTILINE):
            parts = [*name.split("/")[:-1], *source.removeprefix("./").split("/")]
            while ".." in parts:
                at = parts.index("..")
                del parts[at - 1 : at + 1]
            found = text_of("/".join(parts))
            for one in filter(None, (one.strip() for one in names.split(","))):
                assert re.search(rf"^export (?:const|let) {re.escape(one)}\b", found, re.MULTILINE), (
                    name,
                    one,
                )


def test_elements_that_scripts_look_for_are_in_the_page() -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', HTML))
    wanted = set(re.findall(r'getElementById\("([^"]+)"\)|\bat\("([^"]+)"\)', CODE))
    assert {one or other for one, other in wanted} <= ids
    assert len(ids) == len(re.findall(r'\bid="', HTML))


def test_styles_use_classes_and_colours_that_there_are() -> None:
    own = "\n".join(path.read_text("utf-8") for path in sorted((PAGE / "style").glob("*.css")))
    shared = text_of("style/colours.css")
    defined = set(re.findall(r"^\s*(--[\w-]+):", shared, re.MULTILINE))
    assert set(re.findall(r"var\((--[\w-]+)\)", own)) <= defined
    selectors = " ".join(re.findall(r"^([^\s@{}][^{}]*)\{", own, re.MULTILINE))
    words = set(re.findall(r"[\w-]+", HTML + CODE))
    assert set(re.findall(r"[.#]([a-z][\w-]*)", selectors)) <= words
