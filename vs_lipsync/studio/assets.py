"""The page's files: the studio's own, and those that it has in common with the plan page."""

from importlib.resources import files
from typing import Final

from vs_lipsync.report.assets import STYLES

__all__ = ["SCRIPTS", "SHARED_SCRIPTS", "SHARED_STYLES", "read_asset"]

SHARED_STYLES: Final = tuple(f"style/{name}.css" for name in STYLES if name not in ("header", "inspector", "totals"))

SHARED_SCRIPTS: Final = (
    "script/chip.js", "script/lookup.js", "script/moves.js", "script/text.js", "script/view.js",
    "script/canvas/canvas.js", "script/canvas/colours.js", "script/canvas/cursor.js", "script/canvas/lane_row.js",
    "script/canvas/mouth_row.js", "script/canvas/overview.js", "script/canvas/pictures.js",
    "script/canvas/plan_band.js", "script/canvas/row_keys.js", "script/canvas/ruler.js", "script/canvas/shots_row.js",
    "script/canvas/sound_row.js",
)  # fmt: skip
"""Scripts of the plan page that this page loads, too. They import `data.js`, of which the studio has its own."""

SCRIPTS: Final = (
    "api", "state", "say", "data", "project", "stretches", "changes", "edit", "elements", "newest", "result", "wipe",
    "images", "viewer", "judging", "rows", "timeline", "tips", "drag", "stems", "typing", "cards", "identity",
    "people", "match", "spans", "list", "output", "player", "shots", "keys", "head", "slider", "main",
)  # fmt: skip
"""Files of `page/script`."""

_STYLES: Final = ("studio", "viewer", "people", "tracks", "output", "dialogs")

_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}

_OWN: Final = frozenset(
    ["index.html", *(f"style/{name}.css" for name in _STYLES), *(f"script/{name}.js" for name in SCRIPTS)]
)


def read_asset(name: str) -> tuple[bytes, str] | None:
    """Return a file of the page and its media type; None if there is none. Names are looked up, never followed."""
    kind = _TYPES.get(name[name.rfind(".") :], "")
    if name in _OWN:
        return files("vs_lipsync.studio").joinpath("page", *name.split("/")).read_bytes(), kind
    if name in SHARED_STYLES or name in SHARED_SCRIPTS:
        return files("vs_lipsync.report").joinpath("template", *name.split("/")).read_bytes(), kind
    return None
