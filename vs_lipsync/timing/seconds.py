"""Times in seconds as users give them, kept exact."""

from fractions import Fraction
from typing import TypeGuard

__all__ = ["Seconds", "exact", "is_number"]

type Seconds = float | Fraction


def is_number(value: object) -> TypeGuard[Seconds]:
    """Tell whether something is a number and no flag."""
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool)


def exact(seconds: Seconds) -> Fraction:
    """Return seconds as they were written: 0.8 as 4/5, and not as the nearest binary fraction."""
    return Fraction(str(seconds)) if isinstance(seconds, float) else Fraction(seconds)
