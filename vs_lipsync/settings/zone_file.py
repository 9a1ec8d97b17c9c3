"""Zones out of a TOML or JSON file."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vs_lipsync.errors import ZoneError, ZoneFileError
from vs_lipsync.files import read_small_text
from vs_lipsync.settings.toml_text import TomlError, document_of, lines_of_tables
from vs_lipsync.settings.zone_table import zone_from
from vs_lipsync.settings.zones import Zone

__all__ = ["ZoneFile", "read_zones"]

_KEY: Final = "zones"
_MOST_BYTES: Final = 64 << 20
_NAME = re.compile(r'"([^"\\]*)"\s*:')
_COMMA = re.compile(r"\s*,?\s*")


@dataclass(frozen=True, slots=True)
class ZoneFile:
    """Zones, and where they are written.

    Attributes:
        path: of the file.
        zones: in the file's order.
        lines: for each, the line with which it begins, and those of its settings; empty where they are not known.
    """

    path: Path
    zones: Sequence[Zone]
    lines: Sequence[Mapping[str, int]]

    def located(self, error: ZoneError) -> ZoneFileError:
        """Return what is wrong with a zone with the line in front."""
        known = self.lines[error.number - 1] if 0 < error.number <= len(self.lines) else {}
        line = known.get(error.setting, known.get(""))
        return ZoneFileError(f"{self.path}{f', line {line}' if line else ''}: {error}")


def read_zones(path: Path) -> ZoneFile:
    """Read a list of zones, whose settings are named as those of `Zone`.

    In TOML each zone is a table `[[zones]]`; in JSON the file is an object whose "zones" is a list of objects. Files
    are relative to the folder of the file.

    Args:
        path: a file with the extension .toml or .json, in UTF-8.

    Raises:
        ZoneFileError: it cannot be read, or there is something in it that is no setting of a zone.
    """
    kind = path.suffix.lower()
    if kind not in (".toml", ".json"):
        raise ZoneFileError(f"{path} must have the extension .toml or .json")
    try:
        text = read_small_text(path, _MOST_BYTES)
    except OSError as error:
        raise ZoneFileError(f"cannot read {path}: {error.strerror}") from error
    document = _from_toml(path, text) if kind == ".toml" else _from_json(path, text)
    if not isinstance(document, dict) or not isinstance(document.get(_KEY), list) or len(document) > 1:
        others = sorted(map(repr, document.keys() - {_KEY})) if isinstance(document, dict) else []
        besides = f"; it has {', '.join(others):.200}" if others else ""
        raise ZoneFileError(f"{path} must have a list of {_KEY} and nothing else{besides}")
    tables = document[_KEY]
    if not tables:
        raise ZoneFileError(f"{path} has no zone")
    count = len(tables)
    lines = lines_of_tables(text, _KEY, count) if kind == ".toml" else _lines_of_json(text, count)
    zones: list[Zone] = []
    file = ZoneFile(path, zones, lines)
    for number, table in enumerate(tables, 1):
        try:
            zones.append(zone_from(table, number, path.parent))
        except ZoneError as error:
            raise file.located(error) from error
    return file


def _from_toml(path: Path, text: str) -> object:
    try:
        return document_of(text)
    except TomlError as error:
        raise ZoneFileError(error.located(path)) from error


def _from_json(path: Path, text: str) -> object:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ZoneFileError(f"{path}: {twice!r:.60} is given twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise ZoneFileError(f"{path}, line {error.lineno}: {error.msg}") from error
    except ZoneFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise ZoneFileError(f"{path}: {error}") from error


def _lines_of_json(text: str, count: int) -> list[dict[str, int]]:
    """Find the lines of the zones' objects and of the names in them; the text is known to be sound."""
    begin = re.match(rf'\s*\{{\s*"{_KEY}"\s*:\s*\[\s*', text)
    if begin is None:
        return []
    decoder, at = json.JSONDecoder(), begin.end()
    zones = []
    for _ in range(count):
        _, end = decoder.raw_decode(text, at)
        names = {found[1]: _line(text, found.start()) for found in _NAME.finditer(text, at, end)}
        zones.append({"": _line(text, at), **names})
        following = _COMMA.match(text, end)
        at = following.end() if following else end
    return zones


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
