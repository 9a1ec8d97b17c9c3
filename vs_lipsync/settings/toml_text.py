"""TOML files whose faults are told with their lines: lists of tables, `[[name]]`."""

import re
import tomllib
from pathlib import Path
from typing import Final

__all__ = ["TomlError", "document_of", "lines_of_table", "lines_of_tables"]

_WHERE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_NAME: Final = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")


class TomlError(ValueError):
    """A text that is no TOML.

    Attributes:
        line: where; None if that is not known.
    """

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line

    def located(self, path: Path) -> str:
        """Say where in a file it is, and what."""
        return f"{path}{f', line {self.line}' if self.line else ''}: {self}"


def document_of(text: str) -> dict[str, object]:
    """Read a text.

    Raises:
        TomlError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _WHERE.search(str(error))
        line = int(found[1] or len(text.splitlines())) if found else None
        raise TomlError(_WHERE.sub("", str(error)) or "it is nested too deeply", line) from error


def lines_of_table(text: str, key: str | None) -> dict[str, int]:
    """Find the line of a table that is no list, and those of the names in it, if it has a header of its own.

    Args:
        text: of the file, which is known to be sound.
        key: name of the table; None for what stands before all headers.

    Returns:
        The line of the header, under the name "", and those of the names; nothing where there is no such header.
    """
    header = None if key is None else re.compile(rf"""\s*\[\s*(["']?){re.escape(key)}\1\s*\]""")
    found: dict[str, int] = {}
    inside = header is None
    for number, line in enumerate(text.split("\n"), 1):
        if header is not None and header.match(line):
            found.setdefault("", number)
            inside = True
        elif line.lstrip().startswith("[") and (header is None or inside):
            inside = False
        elif inside and (name := _NAME.match(line)):
            found.setdefault(name[1], number)
    return found


def lines_of_tables(text: str, key: str, count: int) -> list[dict[str, int]]:
    """Find the lines of the tables of a list, and of the names in them, if each table has a header of its own.

    Args:
        text: of the file, which is known to be sound.
        key: name of the list.
        count: how many tables it has.

    Returns:
        For each table the line of its header, under the name "", and those of its names; nothing where the tables are
        written in other ways.
    """
    header = re.compile(rf"""\s*\[\[\s*(["']?){re.escape(key)}\1\s*\]\]""")
    tables: list[dict[str, int]] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if header.match(line):
            tables.append({"": number})
            inside = True
        elif line.lstrip().startswith("["):
            inside = False
        elif inside and (found := _NAME.match(line)):
            tables[-1].setdefault(found[1], number)
    return tables if len(tables) == count else []  # or headers inside a text
