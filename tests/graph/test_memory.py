"""Memory that goes back to the system."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import ROOT
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.memory import MemoryTrimmer, trim

GLIBC = sys.platform == "linux" and "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")


@pytest.mark.skipif(not GLIBC, reason="not glibc")
def test_freed_memory_is_given_back() -> None:
    size = 64 << 10  # below what malloc maps apart
    held = [np.ones(size, np.uint8) for _ in range(4000)]
    whole = _resident()
    held = held[::16]  # pieces that stay keep malloc from shrinking its heap
    trim()
    assert len(held) == 250
    assert _resident() < whole - 3000 * size


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux says what a process holds")
def test_buffers_that_vapoursynth_keeps_are_given_back_as_a_clip_is_played() -> None:
    # In a process of its own: what other tests have left would be counted, and used again.
    subprocess.run([sys.executable, "-c", "import tests.graph.test_memory as t; t.play()"], check=True, cwd=ROOT)


def test_frames_that_are_kept_do_not_grow_with_seeking() -> None:
    length = 100_000
    clip = vs.core.std.BlankClip(width=320, height=180, format=vs.YUV420P8, length=length, keep=True)
    cuts = Analysis.of(clip).cuts
    draw = random.Random(0)
    before = vs.core.used_cache_size
    for _ in range(80):  # caches that VapourSynth sizes by itself begin to grow after some fifty, and then quickly
        run = draw.randrange(cuts.num_frames - 10)
        for _ in cuts[run : run + 10].frames(close=True):
            pass
    assert vs.core.used_cache_size < before + (64 << 20)


def play() -> None:
    """Fill VapourSynth's spare buffers as if a clip was played, and look at how far it has got."""
    limit = vs.core.max_cache_size
    trimmer = MemoryTrimmer()
    empty = _resident()
    _fill_spare_buffers(2000)
    kept = _resident()
    assert kept > empty + (500 << 20)
    trimmer.at(47)
    assert _resident() == pytest.approx(kept, rel=0.02)
    trimmer.at(48)
    assert _resident() < empty + (128 << 20)
    _fill_spare_buffers(4000)
    kept = _resident()
    trimmer.at(90)
    assert _resident() == pytest.approx(kept, rel=0.02)
    trimmer.at(0)  # back to the start
    assert _resident() < kept - (100 << 20)
    assert vs.core.max_cache_size == limit


def _fill_spare_buffers(least: int) -> None:
    """Free 64 frames of `least` rows and more, each too large for a buffer freed before."""
    for height in range(least, least + 1600, 25):
        with vs.core.create_video_frame(vs.GRAY8, 4096, height) as frame:
            np.asarray(frame[0])[:] = 1


def _resident() -> int:
    """Return the bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
