"""Changes of a project's text, value by value; comments and the order of what is not changed stay."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from vs_lipsync.errors import ProjectError

__all__ = ["Change", "changed_text", "new_text"]

_OF_A_PERSON: Final = ("who", "name", "dub", "gain", "offset", "strength", "silence", "outside")
_OF_A_KNOWN_PERSON: Final = ("who", "name")
_OF_A_ZONE: Final = ("start", "stop", "action", "offset", "strength", "silence", "outside")
_OF_THE_SETTINGS: Final = (
    "audio", "target", "offset", "strength", "silence", "outside", "gaps", "bed", "bed_gain", "stem_gain", "plan",
)  # fmt: skip
_NAMES: Final = {"cast": _OF_A_PERSON, "people": _OF_A_KNOWN_PERSON}
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
        case ["cast" | "people" | "exclude" | "zones" | "stems"]:
            allowed = "append" in change or bool(change.get("remove"))
        case ["cast", int(), str(name)]:
            allowed = name in _OF_A_PERSON or name == "zones"
        case ["people", int(), str(name)]:
            allowed = name in _OF_A_KNOWN_PERSON or name == "zones"
        case ["zones", int(), str(name)] | ["cast" | "people", int(), "zones", int(), str(name)]:
            allowed = name in _OF_A_ZONE
        case ["cast" | "people" | "exclude" | "zones" | "stems", int()] | ["cast" | "people", int(), "zones", int()]:
            allowed = True
        case ["settings", str(name)]:
            allowed = name in _OF_THE_SETTINGS
        case ["output", str(name)]:
            allowed = name in _OF_THE_OUTPUT
    names = _OF_A_ZONE if "zones" in path else _NAMES.get(str(path[0]), _OF_A_ZONE)
    if isinstance(value, dict):
        allowed = allowed and all(_may_be(name, one, names) for name, one in value.items())
    if not allowed:
        raise ProjectError(f"the studio does not change {'.'.join(map(str, path))}")


def _may_be(name: str, value: object, names: Sequence[str]) -> bool:
    """Tell whether a table may hold a value under a name."""
    if name == "zones" and isinstance(value, list) and names is not _OF_A_ZONE:
        return all(isinstance(zone, dict) and all(_may_be(*one, _OF_A_ZONE) for one in zone.items()) for zone in value)
    return name == "who" or (name in names and not isinstance(value, dict | list))


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
        if name == "zones":
            made[name] = tomlkit.aot()
            for zone in value:
                made[name].append(_table(zone))
        else:
            made[name] = value
    return made
