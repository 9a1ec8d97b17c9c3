"""The project file in the studio's hands: changed value by value, undone, and always whole on the disk."""

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import tomlkit
from tomlkit.exceptions import ParseError

from vs_lipsync.errors import ProjectError
from vs_lipsync.files import read_small_text, write_text
from vs_lipsync.studio.call import Call
from vs_lipsync.studio.cuts import Cuts, PlanCuts
from vs_lipsync.studio.project_text import Change, changed_text

__all__ = ["ProjectFile"]

_MOST_BYTES: Final = 16 << 20

_MOST_UNDONE: Final = 200
"""Texts that are kept to go back to."""

type _Moment = tuple[str, Cuts | None]
"""A project's text, and the cuts of its plan."""


class ProjectFile:
    """A project file. Whatever is changed is on the disk when the call returns, and is a project that can be read."""

    def __init__(self, path: Path, read: Callable[[Path], Call], cuts: PlanCuts | None = None) -> None:
        """Open a file that is there.

        Args:
            path: of the file.
            read: reads a project as the command line does.
            cuts: those of its plan, which are changed and taken back with it; None where they never change.

        Raises:
            LipsyncError: it is no project.
        """
        self.path = path
        self._read = read
        self._lock = threading.RLock()
        self.cuts = cuts
        self._undo: list[_Moment] = []
        self._redo: list[_Moment] = []
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
            cuts = self._cuts()
            theirs = [] if known == before else [(known, cuts)]
            self._undo = [*self._undo, *theirs, (before, cuts)][-_MOST_UNDONE:]
            self._redo = []
            return call

    def cut(self, frame: int, *, is_cut: bool) -> None:
        """Let a shot begin at a frame of the clip, or none.

        Raises:
            LipsyncError: it is so already, or there is no plan; nothing has changed.
        """
        with self._lock:
            if self.cuts is None:
                raise ProjectError("the film is not analysed yet")
            before = self.cuts.now()
            self.cuts.put(self.cuts.with_cut(frame, is_cut=is_cut))
            self._undo = [*self._undo, (self._on_disk(), before)][-_MOST_UNDONE:]
            self._redo = []

    def put(self, changes: Sequence[Change]) -> Call:
        """Change values without a way back: what the studio finds out itself is no step of the user's."""
        with self._lock:
            call = self._write(changed_text(self._on_disk(), changes), lambda call: None)
            self._undo = [(changed_text(text, changes), cuts) for text, cuts in self._undo]
            self._redo = [(changed_text(text, changes), cuts) for text, cuts in self._redo]
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

    def _step(self, source: "list[_Moment]", other: "list[_Moment]") -> Call:
        with self._lock:
            if not source:
                return self.call
            before, cuts = self._on_disk(), self._cuts()
            text, wanted = source[-1]
            call = self._write(text, lambda call: None)
            if self.cuts is not None and wanted is not None and cuts is not None and wanted != cuts:
                self.cuts.put(wanted)
            source.pop()
            other.append((before, cuts))
            return call

    def _cuts(self) -> Cuts | None:
        return None if self.cuts is None else self.cuts.now()

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
