"""A cluster that is not there is said in one line; `scripts/ray_test.py` tries one that is."""

import importlib.util
from pathlib import Path

import pytest

from tests.running import last_line, run

pytestmark = pytest.mark.usefixtures("home")


def test_a_cluster_that_is_not_there(
    footage: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that was not begun leaves nothing behind."""
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    done = run("dub", footage, "-a", voice, "-o", tmp_path / "out.mkv", "--workers", "ray", "--end", "20")
    assert done.returncode == 1
    missing = importlib.util.find_spec("ray") is None
    said = "needs Ray: pip install 'vs-lipsync[ray]'" if missing else "there is no Ray cluster at ray to be reached"
    assert said in last_line(done.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["0", "1025", "x", "ray:", "ray://", "ray://host", "-1", "1.5"])
def test_what_is_no_number_of_workers(value: str, footage: Path, voice: Path, tmp_path: Path) -> None:
    done = run("dub", footage, "-a", voice, "-o", tmp_path / "out.mkv", f"--workers={value}")
    assert done.returncode == 2
    assert "is neither a number from 1 to 1024, nor ray, nor ray://HOST:PORT" in last_line(done.stderr)
