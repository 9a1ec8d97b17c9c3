"""The user's folder, and the checkpoints in it."""

from pathlib import Path

import pytest

from vs_lipsync.weights.store import cache_dir, checkpoint_path, checkpoints


def test_default_place_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VS_LIPSYNC_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert tmp_path in cache_dir().parents
    assert cache_dir().name == "vs-lipsync"


def test_the_user_may_choose_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(tmp_path / "a home"))
    assert cache_dir() == tmp_path / "a home"
    assert checkpoint_path("a.safetensors") == tmp_path / "a home" / "wav2lip" / "a.safetensors"
    assert not list(tmp_path.iterdir())  # looking does not write


def test_checkpoints_are_listed_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(tmp_path))
    assert checkpoints() == []
    (tmp_path / "wav2lip").mkdir()
    for name in ("b.safetensors", "a.safetensors", "b.safetensors.partial", "notes.txt"):
        (tmp_path / "wav2lip" / name).write_bytes(b"")
    assert [path.name for path in checkpoints()] == ["a.safetensors", "b.safetensors"]


@pytest.mark.parametrize("place", ["/dev/null", "/proc/nowhere"])
def test_a_folder_that_cannot_be_read_holds_none(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VS_LIPSYNC_HOME", place)
    assert checkpoints() == []
