"""What a file was made of, kept beside it: whether the project has changed since is known later, too."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from vs_lipsync.files import read_small_text, write_text
from vs_lipsync.studio.call import Call

__all__ = ["forget_made", "is_outdated", "made_of", "note_made"]

_KIND: Final = "vs-lipsync-made-of"
_MOST_BYTES: Final = 16 << 20

_UNREAD: Final = ("clip", "people", "version")
"""What of a project makes no difference to the file that is written, beside names and places of files."""


def made_of(document: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Return what the file of a project is made of: its settings, and the states of the files that it names.

    Args:
        document: the project.
        call: what it comes to.
    """
    kept = {name: value for name, value in document.items() if name not in _UNREAD}
    kept["output"] = {name: value for name, value in kept.get("output", {}).items() if name != "file"}
    kept["settings"] = {name: value for name, value in kept.get("settings", {}).items() if name != "plan"}
    kept["cast"] = [
        {name: value for name, value in person.items() if name != "name"} for person in kept.get("cast", [])
    ]
    ours = call.files[0] if call.files else None  # the project itself
    files = {path.name: _state(path) for path in call.files if path != ours and path != call.output}
    return {"project": json.loads(json.dumps(kept, default=str, sort_keys=True)), "files": files}


def note_made(output: Path, of: Mapping[str, Any]) -> None:
    """Note what a file was made of; OSError if that cannot be written."""
    told = {"kind": _KIND, "file": _state(output), "of": of}
    write_text(_beside(output), f"{json.dumps(told, ensure_ascii=False, indent=1)}\n")


def forget_made(output: Path) -> None:
    """Take the note of a file away."""
    _beside(output).unlink(missing_ok=True)


def is_outdated(output: Path, of: Mapping[str, Any]) -> bool:
    """Tell whether a file is known to be made of something else; one of which nothing is known is not."""
    try:
        told = json.loads(read_small_text(_beside(output), _MOST_BYTES))
        is_that_file = told["kind"] == _KIND and told["file"] == _state(output)
        return bool(is_that_file and told["of"] != of)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _beside(output: Path) -> Path:
    return output.with_name(f".{output.name}.made")


def _state(path: Path) -> str:
    """Return size and time of a file, in words."""
    try:
        status = path.stat()
    except OSError:
        return "not there"
    return f"{status.st_size} bytes, {status.st_mtime_ns}"
