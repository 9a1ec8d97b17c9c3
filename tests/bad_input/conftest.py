"""Good files to spoil, a process to try bad ones in, and a watch over everything that it might write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input.jail import Jail
from tests.bad_input.material import good_files


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small good files."""
    folder = tmp_path_factory.mktemp("good")
    good_files(folder)
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the jail works in, with its user's home and its temporary files."""
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="session")
def jail(world: Path, home: Path) -> Iterator[Jail]:
    """A process to try things in."""
    jail = Jail(world, home)
    yield jail
    jail.close()


@pytest.fixture
def nothing_written(world: Path, good: Path, tmp_path: Path) -> Iterator[None]:
    """Make sure that a test leaves the jail's world, its inputs and their folders as they are."""
    before = _listing(world, good)
    yield
    assert _listing(world, good) == before
    assert not list(Path.cwd().glob("OUTSIDE")) and not list(tmp_path.rglob("OUTSIDE"))


def _listing(*folders: Path) -> dict[Path, tuple[int, int]]:
    found = (path for folder in folders for path in folder.rglob("*") if not path.is_dir())
    return {path: (path.lstat().st_size, path.lstat().st_mtime_ns) for path in found}
