"""The cuts of consecutive frames, of which nodes have a frame for each run of them."""

from collections.abc import Sequence

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.packing import unpack

__all__ = ["cuts_from", "runs_of"]


def runs_of(begin: int, stop: int, run: int) -> range:
    """Return the numbers of the runs, of `run` frames each, in which frames `begin` to `stop` - 1 lie."""
    return range(begin // run, (stop - 1) // run + 1)


def cuts_from(runs: Sequence[vs.VideoFrame], begin: int, stop: int, run: int) -> NDArray[np.bool_]:
    """Return for each of the frames `begin` to `stop` - 1 whether a shot begins there, from the frames of their runs.

    Args:
        runs: frames with the array "cuts", those of `runs_of`.
        begin: first frame.
        stop: first frame behind them.
        run: frames in a run.
    """
    return np.concatenate([unpack(frame)["cuts"] for frame in runs])[begin % run :][: stop - begin]
