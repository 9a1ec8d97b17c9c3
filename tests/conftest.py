"""What tests share: the demo footage, real clips where they are, and a folder of its own for the cache."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import vapoursynth as vs

ROOT = Path(__file__).parent.parent
DEMO_CLIP = ROOT / "demo" / "footage.mp4"
DEMO_DUB = ROOT / "demo" / "dub.ogg"


@pytest.fixture(scope="session")
def demo_dub() -> Path:
    """A dub of speech with pauses."""
    return DEMO_DUB


@pytest.fixture(scope="session")
def demo_clip() -> vs.VideoNode:
    """Footage with a face, a cut to none, a cut to another face, and back."""
    return vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real clips; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("VS_LIPSYNC_CLIPS", ROOT.parent / "shared" / "clips"))
    if not folder.is_dir():
        pytest.skip(f"no real clips in {folder} (VS_LIPSYNC_CLIPS)")
    return folder


@pytest.fixture(scope="session")
def footage() -> Path:
    """The demo footage: frames 0-124 a face, 125-174 none, 175-262 another face, 263-324 the first one again."""
    return DEMO_CLIP


@pytest.fixture(scope="session")
def voice() -> Path:
    """The demo's dub."""
    return DEMO_DUB


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for the session."""
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("VS_LIPSYNC_HOME")
    os.environ["VS_LIPSYNC_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["VS_LIPSYNC_HOME"]
    else:
        os.environ["VS_LIPSYNC_HOME"] = before
