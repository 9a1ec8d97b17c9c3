"""The people of a cast in the graph: who each is, and that no two are the same person in the same frames.

speaker of each ─► speaker of each, or an error ─► plan of each
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import vapoursynth as vs

from vs_lipsync.errors import CastError, DubError, LipsyncError, SpeakerError, WeightsError
from vs_lipsync.graph.analysis import Analysis
from vs_lipsync.graph.arrays.packing import unpack
from vs_lipsync.graph.caches import cached
from vs_lipsync.graph.named_errors import named_errors
from vs_lipsync.graph.targets import speaker_node
from vs_lipsync.identity.embedding import distance
from vs_lipsync.identity.selection import ENTER
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.settings.zones import PlacedZone
from vs_lipsync.speech.dub import DubSource
from vs_lipsync.timing.timeline import Timeline

__all__ = ["cast_speakers", "named"]


def cast_speakers(
    members: Sequence[CastMember],
    zones: Sequence[Sequence[PlacedZone]],
    analysis: Analysis,
    original: DubSource | None,
    timeline: Timeline,
) -> list[vs.VideoNode]:
    """Return a node of one frame for each person of a cast, as `targets.speaker_node` does.

    When a frame of one is made, all are looked for, and vs.Error says if two are one person. Two whose zones have no
    frame in common may look alike: each mouth is at most one of theirs.

    Args:
        members: the cast.
        zones: those of each; none for the whole clip.
        analysis: of the clip.
        original: the clip's own sound, for the target "speaking".
        timeline: when the clip's frames are shown, for the same.

    Raises:
        CastError: somebody's target says nobody, or cannot be read.
    """
    found: list[vs.VideoNode] = []
    for member in members:
        try:
            found.append(cached(speaker_node(member.target, analysis, original, timeline), 1))
        except (DubError, SpeakerError, WeightsError) as error:
            raise named(member, error) from error
    titles = [member.title for member in members]
    pairs = [pair for pair in combinations(range(len(members)), 2) if _meet(*(zones[at] for at in pair))]
    return [
        one.std.ModifyFrame([one, *found], lambda n, f, at=at: _different(at, f[1:], titles, pairs))
        for at, one in enumerate(found)
    ]


def named(member: CastMember, error: LipsyncError) -> CastError:
    """Return what is wrong with somebody of a cast, with the name in front."""
    return CastError(f"{member.title}: {error}")


def _meet(one: Sequence[PlacedZone], other: Sequence[PlacedZone]) -> bool:
    """Tell whether zones of two people have a frame in common; none are the whole clip."""
    return not one or not other or any(a.first < b.stop and b.first < a.stop for a in one for b in other)


def _different(
    at: int, frames: Sequence[vs.VideoFrame], titles: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> vs.VideoFrame:
    """Return one of the frames; vs.Error if two of them, which are compared in pairs, hold one person."""
    known = [unpack(frame).get("speaker") for frame in frames]
    centres = [None if one is None or not len(one) else np.asarray(one, np.float64).mean(0) for one in known]
    for one, other in pairs:
        a, b = centres[one], centres[other]
        if a is not None and b is not None and distance(a, b) < ENTER:
            with named_errors():
                raise CastError(
                    f"{titles[one]} and {titles[other]} are the same person; join their dubs, or point at each"
                )
    return frames[at]
