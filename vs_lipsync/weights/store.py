"""The user's store of model files: where they lie, fetching what is missing, checking what is there."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import platformdirs
from filelock import FileLock

from vs_lipsync.errors import WeightsError
from vs_lipsync.weights.manifest import MANIFEST, Source, Weight, lookup

__all__ = ["State", "Status", "cache_dir", "fetch", "path", "verify"]


class State(Enum):
    """What the store has of a model file."""

    PRESENT = "present"
    ABSENT = "absent"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Status:
    """A model file and what the store has of it."""

    weight: Weight
    path: Path
    state: State


def cache_dir() -> Path:
    """Return the folder for what is fetched once and kept: `VS_LIPSYNC_HOME`, or the user's cache directory."""
    chosen = os.environ.get("VS_LIPSYNC_HOME")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("vs-lipsync", False)


def path(name: str) -> Path:
    """Return where a model file lies, whole and checked; it is fetched first when it is missing or damaged.

    Safe to call from several threads and processes at a time: one fetches, the others wait for it.

    Args:
        name: a name from the manifest.

    Raises:
        UnknownWeightError: there is no model file of that name.
        WeightsError: it is not there and cannot be fetched.
    """
    weight = lookup(name)
    if _state(weight) is not State.PRESENT:
        fetch(other.name for other in MANIFEST if other.source == weight.source)  # they come in one piece
    return _location(weight)


def fetch(names: Iterable[str] | None = None, *, force: bool = False) -> list[Path]:
    """Fetch the model files that are missing or damaged, and return where all those asked for lie.

    A file is checked before it takes its place, and takes it at once: nobody ever sees half a file.

    Args:
        names: names from the manifest; None for all that are in it.
        force: fetch also what is there and whole.

    Raises:
        UnknownWeightError: there is no model file of one of these names.
        WeightsError: a file cannot be fetched or written, or what was fetched is not what the manifest says.
    """
    wanted = _chosen(names)
    folder = cache_dir() / "weights"
    if not force and all(_state(weight) is State.PRESENT for weight in wanted):
        return [_location(weight) for weight in wanted]  # without a lock, since the store may be read-only
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            # Inside the lock, since whoever held it before may just have fetched them.
            needed = [weight for weight in wanted if force or _state(weight) is not State.PRESENT]
            for source in dict.fromkeys(weight.source for weight in needed):
                _install(source, [weight for weight in needed if weight.source == source], folder)
    except OSError as error:
        raise WeightsError(f"cannot write model files to {folder}: {error}") from error
    return [_location(weight) for weight in wanted]


def verify(names: Iterable[str] | None = None) -> list[Status]:
    """Read the model files in the store and compare them with the manifest; nothing is fetched.

    Args:
        names: names from the manifest; None for all that are in it.

    Raises:
        UnknownWeightError: there is no model file of one of these names.
    """
    return [Status(weight, _location(weight), _state(weight)) for weight in _chosen(names)]


def _chosen(names: Iterable[str] | None) -> list[Weight]:
    return list(MANIFEST) if names is None else [lookup(name) for name in names]


def _location(weight: Weight) -> Path:
    return cache_dir() / "weights" / weight.file


def _state(weight: Weight) -> State:
    location = _location(weight)
    try:
        stat = location.stat()
        whole = stat.st_size == weight.size and _sha256(location, stat.st_size, stat.st_mtime_ns) == weight.sha256
    except FileNotFoundError:
        return State.ABSENT
    except OSError as error:
        raise WeightsError(f"cannot read {location}: {error}") from error
    return State.PRESENT if whole else State.DAMAGED


@lru_cache(maxsize=64)
def _sha256(location: Path, _size: int, _modified: int) -> str:
    """Return the checksum of a file; size and time of change are there so that a changed file is read anew."""
    with location.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _install(source: Source, weights: list[Weight], folder: Path) -> None:
    """Fetch files of one source to a scratch folder beside their place, check them, and move them there."""
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
        try:
            source.retrieve([weight.file for weight in weights], Path(scratch))
        except WeightsError as error:
            names = ", ".join(weight.name for weight in weights)
            raise WeightsError(
                f"cannot fetch the model files {names} ({source}): {error}. "
                f"Where there is a network, run: vs-lipsync weights fetch (it writes to {folder})"
            ) from error
        for weight in weights:
            fetched = Path(scratch) / weight.file
            with fetched.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != weight.sha256:
                raise WeightsError(
                    f"{weight.file} ({source}) is not the file it should be: sha256 {found} instead of {weight.sha256}"
                )
            fetched.replace(_location(weight))
