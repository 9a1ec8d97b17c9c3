"""Exemplars from other frames of a clip, as the graph takes them from other footage."""

from itertools import batched

from scripts.measuring.footage import Measured
from vs_lipsync.mouth.bank import Bank
from vs_lipsync.mouth.passages import chosen, trimmed

__all__ = ["bank_of"]

_PASSAGE = 16


def bank_of(clip: Measured, first: int) -> Bank | None:
    """Return the exemplars of the frames of a clip from one on; None if they show no mouth."""
    seen = [trimmed(one) for one in clip.frames[first:] if one.crop is not None]
    return Bank.of(chosen([list(passage) for passage in batched(seen, _PASSAGE)]), clip.rate)
