"""The people of a clip, from the faces of its shots: each face goes to the person that it is most like."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.identity.embedding import distance
from vs_lipsync.identity.selection import ENTER

__all__ = ["Appearance", "group_appearances"]


@dataclass(frozen=True, slots=True)
class Appearance:
    """A face through a shot.

    Attributes:
        first: its first frame.
        stop: the frame behind its last.
        area: area of its boxes in squared luma samples, summed over its frames.
        embedding: [128] of the face.
    """

    first: int
    stop: int
    area: float
    embedding: NDArray[np.float32]

    def overlaps(self, other: "Appearance") -> bool:
        """Tell whether both are in the picture at once, so that they are two people."""
        return self.first < other.stop and other.first < self.stop


@dataclass(slots=True)
class _Person:
    """Appearances of one person, none of which overlap, by their indices."""

    members: dict[int, Appearance] = field(default_factory=dict)

    def distance(self, appearance: Appearance) -> float:
        """Return the distance of a face from this person's mean; infinity if both are in the picture at once."""
        if any(appearance.overlaps(member) for member in self.members.values()):
            return np.inf
        return distance(appearance.embedding, np.mean([member.embedding for member in self.members.values()], axis=0))

    @property
    def frames(self) -> int:
        """Number of frames that show this person."""
        return sum(member.stop - member.first for member in self.members.values())


def group_appearances(appearances: Sequence[Appearance]) -> list[list[int]]:
    """Group appearances by person.

    The largest are taken first. Each goes to the nearest person within `selection.ENTER` who is not in the picture at
    the same time, or else to a new one; `clustering.group` would join two faces of one frame that are alike.

    Args:
        appearances: faces through shots, in any order.

    Returns:
        For each person, the indices of the appearances; whoever is in most frames comes first.
    """
    people: list[_Person] = []
    for index in sorted(range(len(appearances)), key=lambda index: -appearances[index].area):
        appearance = appearances[index]
        person = min(people, key=lambda person: person.distance(appearance), default=None)
        if person is None or person.distance(appearance) > ENTER:
            person = _Person()
            people.append(person)
        person.members[index] = appearance
    people.sort(key=lambda person: -person.frames)
    return [list(person.members) for person in people]
