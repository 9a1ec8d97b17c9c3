"""Hashes of some frames, by which a plan file tells whether it is used with the clip that it was made for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.errors import PlanError

__all__ = ["FINGERPRINT_BYTES", "FINGERPRINT_EVERY", "Fingerprints", "fingerprint", "fingerprint_count"]

FINGERPRINT_EVERY: Final = 32
"""Frames from one fingerprint to the next: at least one lies in the window of every block, whatever the grid."""

FINGERPRINT_BYTES: Final = 8
"""Length of a fingerprint."""

SIDE: Final = 48
"""Rows and columns of a plane that are hashed, evenly spread; all of them if there are fewer."""


def fingerprint_count(length: int) -> int:
    """Return how many frames of a clip of so many frames have a fingerprint."""
    return -(-length // FINGERPRINT_EVERY)


def fingerprint(planes: Sequence[NDArray[np.generic]]) -> bytes:
    """Return FINGERPRINT_BYTES bytes that tell a picture by samples evenly spread over its planes [height, width].

    The samples are the clip's own, neither scaled nor converted, so that they are the same on every machine.
    """
    digest = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    for plane in planes:
        rows, columns = (np.linspace(0, size - 1, min(size, SIDE)).astype(np.int64) for size in plane.shape)
        digest.update(np.ascontiguousarray(plane[np.ix_(rows, columns)]).tobytes())
    return digest.digest()


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The fingerprints of a clip.

    Attributes:
        digests: [fingerprint_count(length), FINGERPRINT_BYTES] uint8: of frames 0, FINGERPRINT_EVERY and so on
    """

    digests: NDArray[np.uint8]

    def check(self, number: int, planes: Sequence[NDArray[np.generic]]) -> None:
        """Compare a frame with its fingerprint, if it has one.

        Raises:
            PlanError: it is another picture.
        """
        if number % FINGERPRINT_EVERY == 0 and self.digests[number // FINGERPRINT_EVERY].tobytes() != fingerprint(
            planes
        ):
            raise PlanError(f"the plan was made for other footage: frame {number} is another picture; make a new plan")
