"""How many processes that dub side by side a machine has room for."""

import os
from pathlib import Path
from typing import Final

import av

from vs_lipsync.workers import processors

__all__ = ["fitting_workers", "frame_bytes_of", "needed_memory"]

_PROCESS: Final = 1 << 30
"""Bytes that a process takes beside its frames: programs, models, and an encoder of small pictures."""

_FRAMES: Final = 300
"""Frames that a process and its encoder hold at most, by their samples' bytes, as measured with libx264 in 1080p."""

_PROCESSORS: Final = 2
"""Processors for a process. With libx264 in 1080p one keeps 1.9 of two busy, and two processes were no faster there."""

_SHARE: Final = 0.8
"""Of the memory that is free, how much is used."""


def fitting_workers(frame_bytes: int) -> int:
    """Return how many processes fit: one for two processors each, as far as four fifths of the free memory have room.

    Args:
        frame_bytes: of the samples of a frame.
    """
    memory = free_memory()
    if memory is None:
        return 1
    return max(1, min(processors() // _PROCESSORS, int(memory * _SHARE / needed_memory(frame_bytes))))


def needed_memory(frame_bytes: int) -> int:
    """Return the bytes of memory that a process needs to dub and encode frames of so many bytes, at most."""
    return _PROCESS + _FRAMES * frame_bytes


def frame_bytes_of(path: Path) -> int:
    """Return the bytes of the samples of the largest pictures that a file says it has; 0 if it cannot be read."""
    try:
        with av.open(str(path)) as container:
            codecs = [stream.codec_context for stream in container.streams.video]
            return max((_bytes(codec) for codec in codecs), default=0)
    except (av.FFmpegError, OSError, ValueError):
        return 0


def _bytes(codec: av.VideoCodecContext) -> int:
    components = codec.format.components if codec.format is not None else ()
    return sum(one.width * one.height * -(-one.bits // 8) for one in components)


def free_memory() -> int | None:
    """Return the bytes of memory that new processes may take, in this control group too; None if it is not known."""
    found = [size for size in (_available(), _left_in_group()) if size is not None]
    return min(found, default=None)


def _available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _left_in_group() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = int((folder / "memory.max").read_text(encoding="ascii"))  # "max" is none
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        cached = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    return max(0, limit - used + int(cached.get("inactive_file", 0)))
