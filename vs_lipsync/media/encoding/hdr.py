"""HDR10's description of the mastering display and of the light in the pictures, for encoders that write it."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["has_dolby_vision", "with_static_metadata"]

_DISPLAY = ("MasteringDisplayPrimariesX", "MasteringDisplayPrimariesY")
_WHITE = ("MasteringDisplayWhitePointX", "MasteringDisplayWhitePointY")
_LIGHT = ("MasteringDisplayMaxLuminance", "MasteringDisplayMinLuminance")
_LEVEL = ("ContentLightLevelMax", "ContentLightLevelAverage")

# Which option carries parameters, what they are called, and whether they count in steps as SMPTE ST 2086 writes them
# (chromaticity 0.00002, luminance 0.0001 cd/m²) or in plain numbers.
_ENCODERS = {
    "libx264": ("-x264-params", "mastering-display", "cll", True),
    "libx265": ("-x265-params", "master-display", "max-cll", True),
    "libsvtav1": ("-svtav1-params", "mastering-display", "content-light", False),
}


def has_dolby_vision(props: Mapping[str, Any]) -> bool:
    """Say whether a frame has Dolby Vision's dynamic metadata, as BestSource gives it."""
    return "DolbyVisionRPU" in props


def with_static_metadata(options: Sequence[str], codec: str | None, props: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Add what a frame says of its mastering display and light levels to an encoder's options.

    Args:
        options: FFmpeg's, for the pictures.
        codec: the encoder.
        props: of a frame, as BestSource sets them.

    Returns:
        The options, and whether everything that the frame says is in them.
    """
    has_display = all(name in props for name in (*_DISPLAY, *_WHITE, *_LIGHT))
    has_level = all(name in props for name in _LEVEL)
    if not has_display and not has_level:
        return list(options), True
    if codec not in _ENCODERS:
        return list(options), False
    option, display, level, steps = _ENCODERS[codec]
    made = list(options)
    position = max((i for i, word in enumerate(made[:-1]) if word == option), default=None)
    given = made[position + 1] if position is not None else ""
    parameters = [given] if given else []
    if has_display and f"{display}=" not in given:
        parameters.append(f"{display}={_display(props, steps)}")
    if has_level and f"{level}=" not in given:
        parameters.append(f"{level}={','.join(str(int(props[name])) for name in _LEVEL)}")
    if position is None:
        return [*made, option, ":".join(parameters)], True
    made[position + 1] = ":".join(parameters)
    return made, True


def _display(props: Mapping[str, Any], steps: bool) -> str:
    def chromaticity(value: float) -> str:
        return str(round(value * 50_000)) if steps else f"{value:.5f}"

    def luminance(value: float) -> str:
        return str(round(value * 10_000)) if steps else f"{value:.4f}"

    red, green, blue = zip(*(list(props[name]) for name in _DISPLAY), strict=True)
    points = {"G": green, "B": blue, "R": red, "WP": [props[name] for name in _WHITE]}
    parts = [f"{letter}({chromaticity(x)},{chromaticity(y)})" for letter, (x, y) in points.items()]
    return "".join(parts) + f"L({','.join(luminance(props[name]) for name in _LIGHT)})"
