"""Files: nothing outside of the project's folder is read or written; what is sent is a sound, and not too large."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import DEMO_DUB
from vs_lipsync.studio import shelf as module
from vs_lipsync.studio.shelf import Shelf, UploadError


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "project").mkdir()
    (tmp_path / "outside.wav").write_bytes(b"secret")
    return Shelf(tmp_path / "project", [])


def take(shelf: Shelf, name: str, *parts: bytes, size: int | None = None) -> str:
    return asyncio.run(shelf.take(name, size, chunks(*parts)))


def inside(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.iterdir())


SOUND = DEMO_DUB.read_bytes()


def test_a_sound_is_taken_and_replaces_nothing(shelf: Shelf) -> None:
    assert take(shelf, "anna.ogg", SOUND[:1000], SOUND[1000:]) == "anna.ogg"
    assert take(shelf, "anna.ogg", SOUND) == "anna (2).ogg"
    assert [one["name"] for one in shelf.sounds()] == ["anna (2).ogg", "anna.ogg"]
    assert [one["name"] for one in shelf.sounds(shelf.folder / "anna.ogg")] == ["anna (2).ogg"]
    assert (shelf.folder / "anna.ogg").read_bytes() == SOUND


@pytest.mark.parametrize(
    "name",
    [
        "../../anna.ogg",
        "/etc/anna.ogg",
        "..\\..\\anna.ogg",
        "C:\\anna.ogg",
        "a/../../b/anna.ogg",
        ".anna.ogg",
        "\0anna.ogg",
    ],
)
def test_folders_in_a_name_lead_nowhere(shelf: Shelf, name: str) -> None:
    taken = take(shelf, name, SOUND)
    assert taken.endswith("anna.ogg") and inside(shelf) == [taken] and not taken.startswith(".")
    assert sorted(path.name for path in shelf.folder.parent.iterdir()) == ["outside.wav", "project"]


@pytest.mark.parametrize(
    "name", ["film.toml", "plan.json", "run.sh", "anna.srt", "list.m3u8", "x.vpy", "", "..", ".ogg", "anna"]
)
def test_what_is_no_sound_by_its_name_is_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(UploadError, match="a stem is a file such as"):
        take(shelf, name, SOUND)
    assert inside(shelf) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD/>",
    ],
)
@pytest.mark.parametrize("name", ["x.wav", "x.mp4", "x.mkv", "x.ogg", "x.flac", "x.mp3", "x.aac"])
def test_what_is_no_sound_inside_is_refused(shelf: Shelf, name: str, data: bytes) -> None:
    with pytest.raises(UploadError):
        take(shelf, name, data)
    assert inside(shelf) == []


def test_what_is_too_large_leaves_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UPLOADED", len(SOUND) - 1)
    for size in (None, len(SOUND), 10**15):
        with pytest.raises(UploadError, match="too large"):
            take(shelf, "anna.ogg", SOUND[:500], SOUND[500:], size=size)
    assert inside(shelf) == []


def test_a_link_counts_as_what_it_leads_to(shelf: Shelf) -> None:
    (shelf.folder / "link.wav").symlink_to(shelf.folder.parent / "outside.wav")
    (shelf.folder / "up").symlink_to(shelf.folder.parent)
    assert not shelf.holds(shelf.folder / "link.wav")
    assert not shelf.holds(shelf.folder / "up" / "outside.wav")
    assert not shelf.holds(shelf.folder / ".." / "outside.wav")
    assert shelf.holds(shelf.folder / "new.wav")
    assert shelf.sounds() == []
    assert Shelf(shelf.folder, [shelf.folder.parent / "outside.wav"]).holds(shelf.folder / "link.wav")


def test_a_list_of_files_before_a_sound_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    """Readers of MP3 skip what is before the first frame; those that look for lists do not."""
    with av.open(str(tmp_path / "a.mp3"), "w") as container:
        stream = container.add_stream("mp3", rate=44100, layout="mono")
        for _ in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16p", "mono")
            frame.sample_rate = 44100
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    sound = (tmp_path / "a.mp3").read_bytes()
    assert take(shelf, "a.mp3", sound) == "a.mp3"
    with pytest.raises(UploadError):
        take(shelf, "b.mp3", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n" + sound)
