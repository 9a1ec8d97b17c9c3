"""An encoder's options: which ones leave pictures that fit between copied ones, and what is added to them."""

from collections.abc import Sequence
from typing import Final

from vs_lipsync.errors import SmartRenderError
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.lossless import option_value

__all__ = ["checked", "joined_parameters"]

_FITTING_NAMES: Final = """
    c codec vcodec crf qp q qscale b maxrate minrate bufsize preset tune profile level g keyint_min bf refs threads
    x264-params x265-params svtav1-params pix_fmt cpu-used deadline row-mt tile-columns tile-rows aq-mode qmin qmax
    lag-in-frames auto-alt-ref rc-lookahead vendor quant_mat mbs_per_slice bits_per_mb sc_threshold trellis me_method
    subq cmp subcmp mbd
"""
_FITTING: Final = frozenset(_FITTING_NAMES.split())
"""Options that change how well pictures are encoded, and not what they are."""

_UNFIT: Final = (
    "annexb", "open-gop", "sps-id", "repeat-headers", "stitchable", "interlaced", "tff", "bff", "fake-interlaced",
    "bluray-compat", "pulldown", "frame-packing", "intra-refresh", "field", "uhd-bd", "temporal-layers", "scalable",
)  # fmt: skip
"""Parameters of x264 and x265 that change what goes around pictures."""


def checked(options: EncoderOptions, encoders: Sequence[str], pixel_format: str) -> None:
    """Make sure that options leave pictures that fit.

    Args:
        options: the user's.
        encoders: FFmpeg's encoders for the source's codec.
        pixel_format: FFmpeg's name of the source's samples, without the j of full range.

    Raises:
        SmartRenderError: they do not.
    """
    if options.video_codec not in encoders:
        raise SmartRenderError(
            f"--encoder-args ask for {options.video_codec or 'no encoder by its name'}, and the source's pictures are "
            f"of the kind that {' or '.join(encoders)} writes"
        )
    if options.whole is not None:
        raise SmartRenderError(f"{options.whole} among --encoder-args is for all pictures at once")
    if "-f" in options.file:
        raise SmartRenderError("-f among --encoder-args asks for another kind of file")
    wanted = option_value(options.video, "-pix_fmt")
    if wanted is not None and wanted.lstrip("+").replace("yuvj", "yuv") != pixel_format:
        raise SmartRenderError(f"--encoder-args ask for samples of {wanted}, and the source's are {pixel_format}")
    for word, value in zip(options.video[::2], options.video[1::2], strict=False):
        if word[1:].partition(":")[0] not in _FITTING:
            raise SmartRenderError(f"{word} among --encoder-args may change what copied pictures would keep")
        if word.endswith("-params"):
            names = [part.partition("=")[0].removeprefix("no-") for part in value.split(":")]
            if unfit := next((name for name in names if name in _UNFIT), None):
                raise SmartRenderError(f"{unfit} in {word} may change what copied pictures would keep")


def joined_parameters(options: Sequence[str], name: str, parameters: str) -> list[str]:
    """Add to the parameters of an encoder, of which FFmpeg takes the last it is given."""
    made = list(options)
    at = max((i for i, word in enumerate(made[:-1]) if word == name), default=None)
    if at is None:
        return [*made, name, parameters]
    made[at + 1] = f"{made[at + 1]}:{parameters}"
    return made
