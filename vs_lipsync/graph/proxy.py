"""The proxy: the clip as small RGB pictures of standard dynamic range, in which faces and cuts are detected."""

from typing import Final

import vapoursynth as vs

from vs_lipsync.graph.caches import uncached
from vs_lipsync.planes.frames import likely_matrix, number_of

__all__ = ["HDR", "WHITE", "colours_possible", "proxy_of"]

_COLOUR_PROPS: Final = ["_Matrix", "_Transfer", "_Primaries", "_Range", "_ChromaLocation", "_FieldBased"]

WHITE: Final = 203
"""Luminance in cd/m² that becomes the white of the proxy: HDR reference white (ITU-R BT.2408)."""

HDR: Final = (vs.TRANSFER_ST2084, vs.TRANSFER_ARIB_B67)

# Numbers of H.273 that VapourSynth's resizer accepts; all others are errors there.
_UNSPECIFIED: Final = 2
_MATRICES: Final = frozenset((1, 2, 4, 5, 6, 7, 8, 9))
_TRANSFERS: Final = frozenset((1, 2, *range(4, 19)))
_CAMERA: Final = (1, 6, 14, 15)
"""Transfers of BT.709's curve, under several numbers."""
_PRIMARIES: Final = frozenset((1, 2, *range(4, 13), 22))


def proxy_of(clip: vs.VideoNode, side: int) -> vs.VideoNode:
    """Return the proxy of a clip: RGB24, no larger than the clip.

    HDR pictures (PQ and HLG) are converted to the range and the colours of BT.709. Colour properties that do not exist
    in H.273, or contradict one another or the format, such as a YUV picture whose matrix is that of RGB, are ignored.

    Args:
        clip: constant format and size.
        side: greatest length of the longer side, in pixels.
    """
    plain = _converted(clip, side)
    from_hdr = _converted(clip, side, from_hdr=True)
    guessed = _converted(clip.std.RemoveFrameProps(_COLOUR_PROPS), side)
    in_colour = clip.format.color_family == vs.YUV

    def choose(n: int, f: vs.VideoFrame) -> vs.VideoNode:
        if not colours_possible(f, in_colour=in_colour):
            return guessed
        return from_hdr if number_of(f, "_Transfer", _UNSPECIFIED) in HDR else plain

    return plain.std.FrameEval(choose, prop_src=[clip], clip_src=[plain, from_hdr, guessed])


def _converted(clip: vs.VideoNode, side: int, *, from_hdr: bool = False) -> vs.VideoNode:
    """Shrink a clip and convert it to RGB24; with `from_hdr`, also to the range and the colours of BT.709."""
    scale = min(1.0, side / max(clip.width, clip.height))
    if clip.format.color_family != vs.YUV:
        # A plane taken out of an RGB clip keeps the matrix of RGB, which the resizer refuses for GRAY.
        clip = clip.std.RemoveFrameProps("_Matrix")
    # In its own family first: converting what is left to RGB costs a quarter of converting everything.
    step_x, step_y = 1 << clip.format.subsampling_w, 1 << clip.format.subsampling_h
    width = max(1, round(clip.width * scale / step_x)) * step_x
    height = max(1, round(clip.height * scale / step_y)) * step_y
    resized = clip.resize.Bilinear(width, height) if (width, height) != (clip.width, clip.height) else clip
    # `matrix_in` and `primaries_in` apply to frames without these properties alone.
    matrix = None
    if clip.format.color_family == vs.YUV:
        matrix = vs.MATRIX_BT2020_NCL if from_hdr else likely_matrix(clip.format, clip.height)
    if not from_hdr:
        return uncached(resized.resize.Bilinear(format=vs.RGB24, matrix_in=matrix))
    return uncached(
        resized.resize.Bilinear(
            format=vs.RGB24,
            matrix_in=matrix,
            transfer=vs.TRANSFER_BT709,
            primaries_in=vs.PRIMARIES_BT2020,
            primaries=vs.PRIMARIES_BT709,
            nominal_luminance=WHITE,
        )
    )


def colours_possible(frame: vs.VideoFrame, *, in_colour: bool) -> bool:
    """Tell whether the resizer accepts the colour properties of a frame."""
    transfer, primaries = (number_of(frame, name, _UNSPECIFIED) for name in ("_Transfer", "_Primaries"))
    if transfer not in _TRANSFERS or primaries not in _PRIMARIES:
        return False
    numbers = {"_Range": 2, "_ChromaLocation": 6, "_FieldBased": 3}
    if any(number_of(frame, name, 0) not in range(count) for name, count in numbers.items()):
        return False
    return not in_colour or _matrix_possible(number_of(frame, "_Matrix", _UNSPECIFIED), transfer, primaries)


def _matrix_possible(matrix: int, transfer: int, primaries: int) -> bool:
    """Tell whether the resizer accepts a matrix with these transfer characteristics and primaries."""
    if matrix == vs.MATRIX_ICTCP:
        return transfer in HDR and primaries in (_UNSPECIFIED, vs.PRIMARIES_BT2020)
    if matrix == vs.MATRIX_BT2020_CL:
        return transfer in _CAMERA and primaries == vs.PRIMARIES_BT2020
    if matrix in (vs.MATRIX_CHROMATICITY_DERIVED_NCL, vs.MATRIX_CHROMATICITY_DERIVED_CL):
        return transfer != _UNSPECIFIED and primaries != _UNSPECIFIED
    return matrix in _MATRICES
