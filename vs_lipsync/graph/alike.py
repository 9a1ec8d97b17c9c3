"""One clip in the format and the colours of another."""

from typing import Any, Final

import vapoursynth as vs

from vs_lipsync.errors import ExemplarError
from vs_lipsync.graph.caches import cached, uncached
from vs_lipsync.graph.proxy import HDR, WHITE, colours_possible
from vs_lipsync.planes.frames import likely_matrix, number_of

__all__ = ["alike"]

_UNSPECIFIED: Final = 2
_COLOURS: Final = {"_Matrix": "matrix", "_Transfer": "transfer", "_Primaries": "primaries"}
"""Frame properties, and what VapourSynth's resizer calls them."""


def alike(other: vs.VideoNode, clip: vs.VideoNode) -> vs.VideoNode:
    """Return a clip whose samples mean the same as those of another clip's first frame.

    Its size and length stay. Samples that do already are not touched. What neither of the two says of its colours is
    taken to be alike.

    Args:
        other: the clip to convert; constant format and size.
        clip: the one whose format and colours it gets.

    Raises:
        ExemplarError: it has no colours, and the other has.
    """
    if other.format.color_family == vs.GRAY and clip.format.color_family != vs.GRAY:
        raise ExemplarError("the exemplars are in black and white, and the clip is in colour: give other footage")
    first = cached(clip[0].std.SelectEvery(2, [0, 1], modify_duration=False), 1).std.Loop(other.num_frames)
    made: dict[tuple[object, ...], vs.VideoNode] = {}

    def choose(n: int, f: list[vs.VideoFrame]) -> vs.VideoNode:
        there, here = f
        wanted = _colours_of(here, clip)
        known = _colours_of(there, other)
        if other.format.id == clip.format.id and wanted == known:
            return other
        key = (*wanted, *known)
        if key not in made:
            made[key] = _converted(other, clip, there, wanted, known)
        return made[key]

    base = other.std.BlankClip(format=clip.format.id, keep=True)
    return uncached(base.std.FrameEval(choose, prop_src=[other, first], clip_src=[other]))


def _colours_of(frame: vs.VideoFrame, clip: vs.VideoNode) -> tuple[int, int, int, int]:
    """Return matrix, transfer, primaries and range of a frame, H.273 numbers; the likely ones where it has none."""
    family = clip.format.color_family
    usual = vs.RANGE_FULL if family == vs.RGB else vs.RANGE_LIMITED
    if not colours_possible(frame, in_colour=family == vs.YUV):
        return likely_matrix(clip.format, clip.height), _UNSPECIFIED, _UNSPECIFIED, usual
    matrix, transfer, primaries = (number_of(frame, name, _UNSPECIFIED) for name in _COLOURS)
    if matrix == _UNSPECIFIED or family != vs.YUV:
        matrix = likely_matrix(clip.format, clip.height)
    return matrix, transfer, primaries, number_of(frame, "_Range", usual)


def _converted(
    other: vs.VideoNode,
    clip: vs.VideoNode,
    frame: vs.VideoFrame,
    wanted: tuple[int, int, int, int],
    known: tuple[int, int, int, int],
) -> vs.VideoNode:
    """Convert a clip whose frames have the colours `known` to a format and the colours `wanted`."""
    options: dict[str, Any] = {"format": clip.format.id}
    matrix, transfer, primaries, span = wanted
    options |= {"matrix_in": known[0], "range_in": known[3], "range": span}
    if clip.format.color_family != vs.RGB:
        options["matrix"] = matrix
    for name, here, there in (("transfer", transfer, known[1]), ("primaries", primaries, known[2])):
        if _UNSPECIFIED not in (here, there) and here != there:
            options |= {name: here, f"{name}_in": there}
    if {wanted[1], known[1]} & set(HDR) and "transfer" in options:
        options["nominal_luminance"] = WHITE
    plain = other.std.RemoveFrameProps([*_COLOURS, "_Range"])
    return uncached(plain.resize.Bicubic(**options))
