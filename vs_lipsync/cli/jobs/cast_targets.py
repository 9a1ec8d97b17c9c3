"""Whether the people of a cast are in the clip, and what becomes of each in every frame."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.faces import faces_from
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.dubbing import plan_props
from vs_lipsync.graph.prepare import Part, Prepared
from vs_lipsync.graph.properties import outcome_of
from vs_lipsync.identity.embedding import distance, quality
from vs_lipsync.identity.selection import ENTER
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.plan.outcomes import Outcome
from vs_lipsync.settings.target import is_file_name

__all__ = ["check_cast", "outcomes_of_each"]

_STEP: Final = 24
"""Frames between those in which somebody is looked for: one second of film."""

_MOST: Final = 256
"""Frames that are looked at, at most."""


def check_cast(prepared: Prepared) -> None:
    """Look for everybody of a cast, before anything is made; does nothing without one.

    Whoever is told by a picture or a saved speaker is looked for in frames that are spread over the clip, one after the
    other until each is found. In a clip that is too long for one frame a second, not to be in them is no fault.

    Raises:
        JobError: somebody is not there, two are one person, or a frame cannot be analysed.
    """
    try:
        centres = [_centre(part) for part in prepared.parts]
        missing = {
            part.title: centre
            for part, centre in zip(prepared.parts, centres, strict=True)
            if centre is not None and _is_elsewhere(part)
        }
        length = prepared.analysis.length
        numbers = list(islice(_spread(length), _MOST))
        for number in numbers:
            if not missing:
                break
            seen = _embeddings(prepared.analysis, number)
            missing = {
                title: centre
                for title, centre in missing.items()
                if all(distance(one, centre) >= ENTER for one in seen)
            }
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    looked = f"in none of {len(numbers)} frames spread over it"
    if missing and length <= _MOST * _STEP:
        raise JobError(f"{', '.join(missing)} is not to be seen in the clip, {looked}; give another picture")
    for title in missing:
        notify(f"{title} is not seen in the clip, {looked}: somebody who is seldom in it, or a wrong picture")


def outcomes_of_each(prepared: Prepared, span: tuple[int, int]) -> list[list[Outcome]]:
    """Return for each person of a cast what happens to each frame of a span, by its plan.

    Raises:
        JobError: a frame cannot be analysed.
    """
    found: list[list[Outcome]] = [[] for _ in prepared.parts]
    first, stop = span
    try:
        nodes = [plan_props(replace(prepared, parts=(part,)))[first:stop] for part in prepared.parts]
        with progress("planning", stop - first) as advance:
            # Side by side, so that what is found in a frame is still there for the next person.
            for frames in zip(*(node.frames(close=True) for node in nodes), strict=True):
                for outcomes, frame in zip(found, frames, strict=True):
                    outcomes.append(outcome_of(frame))
                advance()
    except vs.Error as error:
        raise JobError(one_line(error)) from error
    return found


def _centre(part: Part) -> NDArray[np.float32] | None:
    """Return the mean embedding of a person; None where there is no person, or nobody is found."""
    if part.speaker is None:
        return None
    with part.speaker.get_frame(0) as frame:
        known = unpack(frame).get("speaker")
        return None if known is None or not len(known) else np.asarray(known.mean(0), np.float32)


def _is_elsewhere(part: Part) -> bool:
    """Tell whether a person is known from another place than the clip itself."""
    target = part.voice.target
    return isinstance(target, Speaker) or (not isinstance(target, tuple) and is_file_name(str(target)))


def _embeddings(analysis: Analysis, number: int) -> list[NDArray[np.float32]]:
    """Return the embeddings of the faces of a frame that can be told."""
    with analysis.face_crops.get_frame(number) as frame:
        faces = faces_from(unpack(frame))
        good = [(0, index) for index, face in enumerate(faces) if quality(face) > 0]
        return list(analysis.embeddings.among([frame], number)(good))


def _spread(length: int) -> Iterator[int]:
    """Yield multiples of _STEP below a length, each once: first few that are far apart, then those between them."""
    count = -(-length // _STEP)
    bits = max(1, (count - 1).bit_length())
    for n in range(1 << bits):
        place = int(f"{n:0{bits}b}"[::-1], 2)  # the bits of n in reverse: van der Corput's sequence
        if place < count:
            yield place * _STEP
