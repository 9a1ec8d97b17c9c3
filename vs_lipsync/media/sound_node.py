"""The sound of a file as an audio node, each sample where its timeline has it."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import vapoursynth as vs

from vs_lipsync.errors import DubError, JobError, one_line
from vs_lipsync.media.soundtrack import render_dub
from vs_lipsync.speech.sound_timeline import kind_of

__all__ = ["sound_node"]

_FORMS = {"u8": "s16", "dbl": "flt"}
"""What VapourSynth has in place of formats that it does not know."""


def sound_node(
    path: Path, folder: Path, *, track: int = 0, origin: Fraction | None = None, shifts: Sequence[Fraction] = ()
) -> vs.AudioNode:
    """Open a sound track: timestamps' gaps are silence, overlaps are resolved, as in all that is written.

    BestSource alone would put samples one after the other, whatever their times.

    Args:
        path: a file that has sound.
        folder: where the decoded samples go; the node reads them as long as it lives.
        track: number of the sound track, from 0 on.
        origin: second in the file's own time at which the node begins; None for the start of the file.
        shifts: as for `speech.placing.place`.

    Raises:
        JobError: the sound cannot be decoded, or not be written.
        vs.Error: the samples cannot be opened.
    """
    try:
        kind = kind_of(path, track)
    except DubError as error:
        raise JobError(one_line(error)) from error
    samples = folder / f"{uuid4().hex}.w64"
    kind = replace(kind, form=_FORMS.get(kind.form, kind.form))
    render_dub(path, Fraction(0), None, samples, track=track, origin=origin, shifts=shifts, kind=kind)
    return vs.core.bs.AudioSource(str(samples), cachemode=0)
