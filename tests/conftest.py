"""What tests share: the demo footage, and real clips where they are."""

import os
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
