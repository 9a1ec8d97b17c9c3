"""The user's cache folder: indexes of footage, and the Wav2Lip checkpoints that the user has added."""

import os
from pathlib import Path

import platformdirs

__all__ = ["cache_dir", "checkpoint_path", "checkpoints"]


def cache_dir() -> Path:
    """Return the folder for what is made once and kept: `VS_LIPSYNC_HOME`, or the user's cache directory."""
    chosen = os.environ.get("VS_LIPSYNC_HOME")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("vs-lipsync", False)


def checkpoint_path(name: str) -> Path:
    """Return where a checkpoint of that file name is kept, whether it is there or not."""
    return cache_dir() / "wav2lip" / name


def checkpoints() -> list[Path]:
    """Return the checkpoints that the user has added, by name; none where the folder cannot be read."""
    try:
        return sorted(checkpoint_path("").glob("*.safetensors"))
    except OSError:
        return []
