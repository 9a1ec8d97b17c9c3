"""Writing the sound of a track, sample by sample, before it is encoded; and reading the sounds that it is made of."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.speech.sound_timeline import Block, SoundKind, blocks

__all__ = ["decoded", "written"]

_CODECS: Final = {
    "u8": "pcm_u8", "s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le",
}  # fmt: skip


@contextmanager
def written(output: Path, kind: SoundKind) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Open a .w64 file of the kind's own PCM, and give what writes samples [channels, n] to it.

    Raises:
        JobError: the file cannot be written.
    """
    try:
        with av.open(str(output), "w", format="w64") as container:
            stream = container.add_stream(_codec(kind), rate=kind.rate, layout=kind.layout)
            assert isinstance(stream, av.AudioStream)
            at = 0

            def write(samples: NDArray[Any]) -> None:
                nonlocal at
                packed = np.ascontiguousarray(samples.T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(packed, kind.form, kind.layout)
                frame.sample_rate, frame.pts = kind.rate, at
                at += samples.shape[1]
                container.mux(stream.encode(frame))

            yield write
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise JobError(f"cannot write the sound: {one_line(error)}") from error


def decoded(
    path: Path,
    kind: SoundKind,
    track: int,
    layout: Callable[[str], str],
    origin: Fraction | None,
    shifts: Sequence[Fraction],
    wanted: int = 0,
) -> Iterator[Block]:
    """Decode a sound track; arguments and results as for `speech.sound_timeline.blocks`, errors as JobError."""
    try:
        yield from blocks(
            path, kind.rate, track=track, form=kind.form, layout=layout, origin=origin, shifts=shifts, wanted=wanted
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise JobError(f"cannot decode {path}: {one_line(error)}") from error


def _codec(kind: SoundKind) -> str:
    """Return the PCM codec that keeps samples as they are."""
    return "pcm_s24le" if kind.form == "s32" and 0 < kind.bits <= 24 else _CODECS[kind.form]
