"""Encoders that keep every sample: which options make them do so."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

__all__ = ["LOSSLESS", "LOSSLESS_FLOAT", "is_lossless", "option_value"]

LOSSLESS: Final = "-c:v ffv1 -level 3 -g 1 -slicecrc 1"
"""FFmpeg's options for every sample of integers: frames by themselves, each with checksums."""

LOSSLESS_FLOAT: Final = "-c:v exr -compression zip16"
"""The same for floating-point numbers; FFV1 of those is an experiment, which other versions need not read."""

_ALWAYS: Final = frozenset(
    ("apng", "ffv1", "ffvhuff", "huffyuv", "jpegls", "magicyuv", "png", "rawvideo", "tiff", "utvideo")
)
"""FFmpeg's names of encoders that have no other way."""

_BY_PARAMETER: Final = {"libx265": "x265-params", "libaom-av1": "aom-params", "libsvtav1": "svtav1-params"}
"""Encoders whose parameter `lossless` asks for it, and the option that carries parameters."""

_TRUE: Final = ("", "1", "true")


def is_lossless(encoder: str | None, options: Sequence[str], bits: int) -> bool:
    """Say whether an encoder is known to keep every sample of a format that it holds.

    Args:
        encoder: FFmpeg's name; None if it is FFmpeg that chooses it.
        options: FFmpeg's, for the pictures.
        bits: of a sample.
    """
    if encoder in _ALWAYS:
        return True
    if encoder == "exr":
        return option_value(options, "-format") in (None, "float", "2")
    if encoder in ("libx264", "libx264rgb"):
        quantiser = _parameter(options, "x264-params", "qp") or option_value(options, "-qp")
        if quantiser is not None:
            return quantiser == "0"
        # What is called 0 for 8 bits begins at -6 · (bits - 8).
        rate_factor = _parameter(options, "x264-params", "crf") or option_value(options, "-crf")
        return bits == 8 and rate_factor is not None and re.fullmatch(r"0+(\.0*)?", rate_factor) is not None
    if encoder == "libvpx-vp9":
        return option_value(options, "-lossless") in _TRUE[1:]
    if encoder in _BY_PARAMETER:
        return _parameter(options, _BY_PARAMETER[encoder], "lossless") in _TRUE
    return False


def option_value(options: Sequence[str], name: str) -> str | None:
    """Return the last value of an option of the pictures; None if it is not there."""
    found = [value for word, value in pairwise(options) if word in (name, f"{name}:v", f"{name}:v:0")]
    return found[-1] if found else None


def _parameter(options: Sequence[str], option: str, name: str) -> str | None:
    """Return a parameter of an encoder: empty if it stands alone, None if it is not there."""
    given = (word.partition("=") for word in (option_value(options, f"-{option}") or "").split(":"))
    found = [value for key, _, value in given if key == name]
    return found[-1] if found else None
