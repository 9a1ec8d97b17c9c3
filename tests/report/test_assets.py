"""The style sheets and scripts of the page: that they belong together, and that a browser knows all that they say."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
import tinycss2
from tinycss2.ast import AtRule, Declaration, Node, QualifiedRule

from tests.report.browser import Browser
from vs_lipsync.report.assets import SCRIPTS, STYLES, joined_scripts, joined_styles

TEMPLATE = Path(str(files("vs_lipsync.report"))) / "template"
HTML = (TEMPLATE / "page.html").read_text("utf-8")


def rules(nodes: list[Node]) -> list[tuple[str, list[Declaration]]]:
    """The selector and the declarations of every rule, those inside of @media, too."""
    found = []
    for node in nodes:
        assert node.type != "error", node.message
        if isinstance(node, AtRule):
            assert node.at_keyword == "media"
            found += rules(tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True))
        elif isinstance(node, QualifiedRule):
            inside = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            assert all(isinstance(one, Declaration) for one in inside), inside
            found.append((tinycss2.serialize(node.prelude), inside))
    return found


def all_rules() -> list[tuple[str, list[Declaration]]]:
    return rules(tinycss2.parse_stylesheet(joined_styles(), skip_comments=True, skip_whitespace=True))


@pytest.mark.parametrize(("folder", "names"), [("style", STYLES), ("script", SCRIPTS)])
def test_every_file_is_in_the_page_once(folder: str, names: tuple[str, ...]) -> None:
    paths = [path.relative_to(TEMPLATE / folder) for path in (TEMPLATE / folder).rglob("*.*")]
    assert sorted(names) == sorted(path.with_suffix("").as_posix() for path in paths)
    assert len({path.stem for path in paths}) == len(paths)


def test_scripts_import_only_what_comes_before_them() -> None:
    for index, name in enumerate(SCRIPTS):
        path = TEMPLATE / "script" / f"{name}.js"
        imported = {(path.parent / file).resolve() for file in re.findall(r' from "(.+)";', path.read_text("utf-8"))}
        assert imported <= {(TEMPLATE / "script" / f"{before}.js").resolve() for before in SCRIPTS[:index]}, name
    assert not re.search(r"^\s*(import|export)\b", joined_scripts(), re.MULTILINE)


def test_no_property_is_set_twice_in_a_rule() -> None:
    for selector, declarations in all_rules():
        names = [declaration.name for declaration in declarations]
        assert len(names) == len(set(names)), selector


def test_classes_and_ids_of_the_styles_are_those_of_the_page() -> None:
    styled = {name for selector, _ in all_rules() for name in re.findall(r"[.#]([a-z][\w-]*)", selector)}
    in_html = {name for names in re.findall(r'(?:class|id)="([^"]*)"', HTML) for name in re.findall(r"[\w-]+", names)}
    in_scripts = set(re.findall(r"[\w-]+", " ".join(re.findall(r'["`]([^"`\n]*)["`]', joined_scripts()))))
    numbered = {f"c{number}" for number in range(13)}  # of the reasons
    assert styled - in_html - in_scripts == numbered


def test_every_custom_property_is_defined_and_used() -> None:
    declarations = [one for _, several in all_rules() for one in several]
    defined = {one.name for one in declarations if one.name.startswith("--")}
    used = set(re.findall(r"var\((--[\w-]+)\)", joined_styles()))
    painted = (TEMPLATE / "script" / "canvas" / "colours.js").read_text("utf-8")
    read = {f"--{name}" for name in re.findall(r'"(\w+)"', painted)}
    assert used | read == defined
    by_scheme = [{one.name for one in several} for selector, several in all_rules() if selector.strip() == ":root"]
    assert by_scheme == [defined, defined]


def test_a_browser_knows_every_declaration(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "empty.html"
    page.write_text("<!doctype html>")
    with Browser.opened(chromium, page, tmp_path / "profile") as browser:
        for selector, declarations in all_rules():
            for one in declarations:
                value = tinycss2.serialize(one.value).strip()
                assert browser.value(f"CSS.supports({one.name!r}, {value!r})"), f"{selector}: {one.name}: {value}"
