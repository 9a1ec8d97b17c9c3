"""Memory that goes back to the system."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from vs_lipsync.memory import give_back

GLIBC = sys.platform == "linux" and "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")


@pytest.mark.skipif(not GLIBC, reason="not glibc")
def test_freed_memory_is_given_back() -> None:
    size = 64 << 10  # below what malloc maps apart
    held = [np.ones(size, np.uint8) for _ in range(4000)]
    whole = _resident()
    held = held[::16]  # pieces that stay keep malloc from shrinking its heap
    give_back()
    assert len(held) == 250
    assert _resident() < whole - 3000 * size


def _resident() -> int:
    """Return the bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
