"""The project file in the studio's hands: changed value by value, undone, and always whole on the disk."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError
from tomlkit.items import AoT, Table

from vs_lipsync.errors import ProjectError
from vs_lipsync.files import read_small_text, write_text
from vs_lipsync.studio.call import Call

__all__ = ["Change", "ProjectFile", "changed_text", "new_text"]

_MOST_BYTES: Final = 16 << 20

_MOST_UNDONE: Final = 200
"""Texts that are kept to go back to."""

_OF_A_PERSON: Final = ("who", "name", "dub", "gain", "offset", "strength", "silence", "outside")
_OF_A_ZONE: Final = ("start", "stop", "action", "offset", "strength", "silence", "outside")
_OF_THE_SETTINGS: Final = (
    "audio", "target", "offset", "strength", "silence", "outside", "gaps", "bed", "bed_gain", "stem_gain", "plan",
)  # fmt: skip
_OF_THE_OUTPUT: Final = ("file", "language")

type Step = str | int
type Change = Mapping[str, Any]
"""A change of a project: `path`, names and numbers that lead to a value, and one of `value`, to set it; `append`, to
add to the list there; `remove`, true to take it away."""


def new_text(clip: str) -> str:
    """Return a project that has a clip and nothing else."""
    document = tomlkit.document()
    document["version"] = 1
    document["clip"] = clip
    return tomlkit.dumps(document)


def changed_text(text: str, changes: Sequence[Change]) -> str:
    """Return a project's text with some changes; comments and the order of what is not changed stay.

    Raises:
        ProjectError: there is no such place in a project, or it is none that the studio changes.
    """
    document = tomlkit.parse(text)
    for change in changes:
        path = change.get("path")
        if not isinstance(path, list) or not path or not all(isinstance(step, str | int) for step in path):
            raise ProjectError("a change needs a path")
        _check(path, change)
        try:
            _apply(document, path, change)
        except (TOMLKitError, LookupError, TypeError, ValueError) as error:
            raise ProjectError(f"the project has no {'.'.join(map(str, path))}") from error
    return _with_room(tomlkit.dumps(document))


def _check(path: Sequence[Step], change: Change) -> None:
    """Refuse places and values that are not the studio's to change."""
    value = change.get("value", change.get("append"))
    allowed = False
    match path:
        case ["cast" | "exclude" | "zones" | "stems"]:
            allowed = "append" in change or bool(change.get("remove"))
        case ["cast", int(), str(name)]:
            allowed = name in _OF_A_PERSON or name == "zones"
        case ["zones", int(), str(name)] | ["cast", int(), "zones", int(), str(name)]:
            allowed = name in _OF_A_ZONE
        case ["cast" | "exclude" | "zones" | "stems", int()] | ["cast", int(), "zones", int()]:
            allowed = True
        case ["settings", str(name)]:
            allowed = name in _OF_THE_SETTINGS
        case ["output", str(name)]:
            allowed = name in _OF_THE_OUTPUT
    names = _OF_A_PERSON if path[0] == "cast" and "zones" not in path else _OF_A_ZONE
    if isinstance(value, dict):
        allowed = allowed and all((name in names and not isinstance(one, dict | list)) or name == "who"
                                  for name, one in value.items())  # fmt: skip
    if not allowed:
        raise ProjectError(f"the studio does not change {'.'.join(map(str, path))}")


def _apply(document: tomlkit.TOMLDocument, path: Sequence[Step], change: Change) -> None:
    *parents, last = path
    place: Any = document
    for index, step in enumerate(parents):
        if isinstance(step, str) and step not in place:
            place[step] = tomlkit.aot() if isinstance(path[index + 1], int) else tomlkit.table()
        place = place[step]
    if change.get("remove"):
        del place[last]
        if isinstance(place, AoT | list) and not len(place):
            _forget(document, parents)
    elif "append" in change:
        value = change["append"]
        if last not in place:
            place[last] = tomlkit.aot() if isinstance(value, dict) else tomlkit.array()
        place[last].append(_table(value) if isinstance(value, dict) else value)
    elif isinstance(change["value"], dict):
        place[last].update(change["value"])
    else:
        place[last] = change["value"]


def _forget(document: tomlkit.TOMLDocument, path: Sequence[Step]) -> None:
    """Remove a list that has become empty."""
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]


def _with_room(text: str) -> str:
    """Return a text with one empty line before each table, and no more; one in which that is not so simple as it is."""
    spaced = re.sub(r"\n+(?=\[)", "\n\n", text)
    return spaced if tomlkit.parse(spaced).unwrap() == tomlkit.parse(text).unwrap() else text


def _table(values: Mapping[str, Any]) -> Table:
    made = tomlkit.table()
    for name, value in values.items():
        made[name] = value
    return made


class ProjectFile:
    """A project file. Whatever is changed is on the disk when the call returns, and is a project that can be read."""

    def __init__(self, path: Path, read: Callable[[Path], Call]) -> None:
        """Open a file that is there.

        Args:
            path: of the file.
            read: reads a project as the command line does.

        Raises:
            LipsyncError: it is no project.
        """
        self.path = path
        self._read = read
        self._lock = threading.RLock()
        self._undo: list[str] = []
        self._redo: list[str] = []
        self._clear()
        self.call = read(path)
        self._text = self._on_disk()

    @property
    def document(self) -> dict[str, Any]:
        """What is in the file."""
        with self._lock:
            return tomlkit.parse(self._text).unwrap()

    @property
    def text(self) -> str:
        """The text of the file, as the studio has written or read it last."""
        return self._text

    @property
    def can_undo(self) -> bool:
        """Whether there is something to go back to."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone."""
        return bool(self._redo)

    def change(self, changes: Sequence[Change], check: Callable[[Call], None] = lambda call: None) -> Call:
        """Change values.

        Args:
            changes: what to change, one after the other.
            check: is given what the project comes to then, and refuses it by an error.

        Raises:
            LipsyncError: the project cannot be changed so; the file is as it was.
        """
        with self._lock:
            known, before = self._text, self._on_disk()  # somebody may have an editor open beside the page
            call = self._write(changed_text(before, changes), check)
            theirs = [] if known == before else [known]
            self._undo = [*self._undo, *theirs, before][-_MOST_UNDONE:]
            self._redo = []
            return call

    def put(self, changes: Sequence[Change]) -> Call:
        """Change values without a way back: what the studio finds out itself is no step of the user's."""
        with self._lock:
            call = self._write(changed_text(self._on_disk(), changes), lambda call: None)
            self._undo = [changed_text(text, changes) for text in self._undo]
            self._redo = [changed_text(text, changes) for text in self._redo]
            return call

    def undo(self) -> Call:
        """Go back by one change.

        Raises:
            ProjectError: another program has broken the file; it is as it was.
        """
        return self._step(self._undo, self._redo)

    def redo(self) -> Call:
        """Do again what was undone last; errors are those of `undo`."""
        return self._step(self._redo, self._undo)

    def _step(self, source: list[str], other: list[str]) -> Call:
        with self._lock:
            if not source:
                return self.call
            before = self._on_disk()
            call = self._write(source[-1], lambda call: None)
            source.pop()
            other.append(before)
            return call

    def _write(self, text: str, check: Callable[[Call], None]) -> Call:
        """Write a text that can be read as a project; the error names the file itself."""
        trial = self.path.with_name(f".{self.path.stem}-{uuid4().hex[:8]}.toml")
        try:
            trial.write_text(text, encoding="utf-8", newline="\n")
            call = self._read(trial)
        except ProjectError as error:
            raise ProjectError(str(error).replace(str(trial), self.path.name)) from error
        finally:
            trial.unlink(missing_ok=True)
        check(call)
        write_text(self.path, text)
        self._text, self.call = text, call
        return call

    def _clear(self) -> None:
        """Remove what a studio that was killed has left half written."""
        ours = re.compile(
            rf"\.{re.escape(self.path.stem)}-[0-9a-f]{{8}}\.toml|{re.escape(self.path.name)}-[0-9a-f]{{8}}\.part"
        )
        for item in self.path.parent.iterdir():
            if ours.fullmatch(item.name):
                item.unlink(missing_ok=True)

    def _on_disk(self) -> str:
        """Return the text of the file, which is TOML.

        Raises:
            ProjectError: it is none.
            OSError: it cannot be read.
        """
        text = read_small_text(self.path, _MOST_BYTES)
        try:
            tomlkit.parse(text)
        except ParseError as error:
            raise ProjectError(f"{self.path.name} was changed by another program: {error}; mend it there") from error
        return text
