"""What the tests of the command line share: small synthetic clips and sounds, and a folder of its own for the cache."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vs_lipsync import weights
from vs_lipsync.weights import MANIFEST

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="session")
def footage() -> Path:
    """The demo footage: frames 0-124 a face, 125-174 none, 175-262 another face, 263-324 the first one again."""
    return DEMO / "footage.mp4"


@pytest.fixture(scope="session")
def voice() -> Path:
    """The demo's dub."""
    return DEMO / "dub.ogg"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for the session, with the model files of the user's own store in it."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "weights").mkdir()
    for weight in MANIFEST:
        (folder / "weights" / weight.file).symlink_to(weights.path(weight.name))
    before = os.environ.get("VS_LIPSYNC_HOME")
    os.environ["VS_LIPSYNC_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["VS_LIPSYNC_HOME"]
    else:
        os.environ["VS_LIPSYNC_HOME"] = before
