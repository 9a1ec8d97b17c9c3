"""The style sheets and the scripts of the page, each kind joined to one text that goes into the page."""

import re
from importlib.resources import files
from typing import Final

__all__ = ["SCRIPTS", "STYLES", "joined_scripts", "joined_styles"]

STYLES: Final = (
    "colours",
    "base",
    "header",
    "totals",
    "chips",
    "controls",
    "timeline",
    "inspector",
    "table",
    "toast",
)
"""Files of `template/style`, in the order of their cascade."""

SCRIPTS: Final = (
    "data",
    "lookup",
    "text",
    "view",
    "moves",
    "clipboard",
    "canvas/colours",
    "canvas/pictures",
    "canvas/canvas",
    "canvas/cursor",
    "canvas/row_keys",
    "canvas/ruler",
    "canvas/plan_band",
    "canvas/shots_row",
    "canvas/lane_row",
    "canvas/sound_row",
    "canvas/mouth_row",
    "canvas/timeline",
    "canvas/overview",
    "chip",
    "inspector",
    "tooltip",
    "pointer",
    "keyboard",
    "buttons",
    "table",
    "main",
)
"""Files of `template/script` and of its folder `canvas`, each behind those that it imports."""

_IMPORT: Final = re.compile(r'^import (\{[^}]+\}) from "\.{1,2}/(?:\w+/)?(\w+)\.js";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export const (\w+)", re.MULTILINE)


def joined_styles() -> str:
    """Return all style sheets as the text of a <style> element."""
    return "\n".join(_read("style", f"{name}.css") for name in STYLES)


def joined_scripts() -> str:
    """Return all scripts as the text of a classic <script> element.

    The files are ECMAScript modules, so that each says what it uses and a linter can check that. A page from a file
    cannot import any, so that each becomes a function here that is called once and returns what the file exports. Of
    the forms of import and export, only `import {a, b} from "./file.js";` and `export const` are understood, and no two
    files have one name.
    """
    parts = ['"use strict";', "(() => {", "const modules = {};"]
    for name in SCRIPTS:
        source = _read("script", f"{name}.js")
        exports = ", ".join(match[1] for match in _EXPORT.finditer(source))
        body = _EXPORT.sub(r"const \1", _IMPORT.sub(r"const \1 = modules.\2;", source))
        parts.append(f"modules.{name.rpartition('/')[2]} = (() => {{\n{body}return {{{exports}}};\n}})();")
    return "\n".join([*parts, "})();"])


def _read(folder: str, name: str) -> str:
    return files("vs_lipsync.report").joinpath("template", folder, name).read_text("utf-8")
