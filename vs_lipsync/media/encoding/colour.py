"""What a frame says about its samples, as FFmpeg's input options."""

import vapoursynth as vs

from vs_lipsync.planes.frames import number_of

__all__ = ["colour_options", "sample_range"]

_UNSPECIFIED = 2


def colour_options(frame: vs.VideoFrame) -> list[str]:
    """Return options that tag raw video, to be put before its `-i`, with the frame's matrix, transfer and so on.

    As options of the *input* they describe the samples. As options of the output FFmpeg would take them for a wish and
    convert the samples.
    """
    options: list[str] = []
    for prop, option in (("_Primaries", "primaries"), ("_Transfer", "trc")):
        if (number := number_of(frame, prop, _UNSPECIFIED)) != _UNSPECIFIED:
            options += [f"-color_{option}", str(number)]
    if (number := number_of(frame, "_Matrix", _UNSPECIFIED)) != _UNSPECIFIED:
        options += ["-colorspace", str(number)]
    # Both number H.273's values, but FFmpeg's lists start with an entry for "not known".
    for prop, option in (("_Range", "-color_range"), ("_ChromaLocation", "-chroma_sample_location")):
        if (number := number_of(frame, prop, -1)) >= 0:
            options += [option, str(number + 1)]
    return options


def sample_range(frame: vs.VideoFrame) -> int:
    """Return FFmpeg's number of the range of a frame's samples: 1 for limited, 2 for full, 0 if it is not known."""
    number = number_of(frame, "_Range", -1)
    return number + 1 if number in (0, 1) else 0
