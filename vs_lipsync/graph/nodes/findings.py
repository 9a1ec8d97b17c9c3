"""Callbacks of the nodes that keep what an analysis finds, or give what was found before."""

import vapoursynth as vs

from vs_lipsync.graph.arrays.packing import pack, unpack
from vs_lipsync.graph.findings import Findings

__all__ = ["FoundCuts", "FoundFaces", "KeptCuts", "KeptFaces"]


class KeptFaces:
    """Frame n: the input, of which the faces are kept.

    Input: frame n of `nodes.faces.Faces`.
    """

    def __init__(self, findings: Findings) -> None:
        """Take what is found into `findings`."""
        self._findings = findings

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Keep the faces; OSError if the disk is full."""
        self._findings.keep_faces(n, unpack(f))
        return f


class FoundFaces:
    """Frame n: the faces that were found in frame n.

    Input: any frame; it is not read.
    Output: the arrays of `arrays.faces.faces_to`.
    """

    def __init__(self, findings: Findings) -> None:
        """Read from `findings`."""
        self._findings = findings

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Return the faces."""
        return pack(self._findings.faces(n))


class KeptCuts:
    """Frame m: the input, of which the cuts are kept.

    Input: frame m of `nodes.cuts.Cuts`.
    """

    def __init__(self, findings: Findings) -> None:
        """Take what is found into `findings`."""
        self._findings = findings

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Keep the cuts of the run."""
        self._findings.keep_cuts(n, unpack(f)["cuts"])
        return f


class FoundCuts:
    """Frame m: the cuts that were found in the m-th run.

    Input: any frame; it is not read.
    """

    def __init__(self, findings: Findings) -> None:
        """Read from `findings`."""
        self._findings = findings

    def __call__(self, n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        """Return the cuts of the run."""
        return pack({"cuts": self._findings.cuts(n)})
