"""Files that are there whole or not at all, whatever happens to the process or the machine."""

import os
from pathlib import Path
from uuid import uuid4

__all__ = ["publish", "write_text"]


def publish(part: Path, path: Path) -> None:
    """Give a finished file its name, once its contents are on the disk: a power cut must not leave an empty one."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    if os.name == "posix":  # the name is in the folder, which is written by itself
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_text(path: Path, text: str) -> None:
    """Write a small file, or replace it."""
    part = path.with_name(f"{path.name}-{uuid4().hex[:8]}.part")
    try:
        part.write_text(text, encoding="utf-8")
        publish(part, path)
    finally:
        part.unlink(missing_ok=True)
