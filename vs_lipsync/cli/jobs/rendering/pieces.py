"""Where a long job is cut into pieces: where a shot begins, so that the encoder's new start is not seen."""

from collections.abc import Callable, Sequence
from typing import Protocol

__all__ = ["Cutter", "PieceCutter", "RunCutter"]


class Cutter(Protocol):
    """Says where the pieces of a job begin, by its frames alone."""

    @property
    def count(self) -> int:
        """How many pieces there are."""
        ...

    def begin(self, number: int) -> int:
        """Return the first frame of a piece, the first piece being number 0."""
        ...

    def begins(self, number: int, n: int) -> bool:
        """Say whether piece `number`, from 1 on, begins with frame n, if it begins with none of the frames before n."""
        ...


class PieceCutter:
    """Says where pieces begin, by the clip alone.

    The borders lie around the multiples of one and a half times the shortest length: each at the first shot that begins
    in the half of that length before the multiple, or else at the multiple itself. So a piece is no shorter than the
    shortest length and no longer than twice that, and each border is found without those before it, by whoever writes
    a piece beside it. The last piece takes in what would be less than half of the shortest length. Whether and where a
    job was interrupted plays no part.
    """

    def __init__(self, length: int, shortest: int, starts_shot: Callable[[int], bool]) -> None:
        """Cut a clip.

        Args:
            length: of the clip, in frames.
            shortest: frames of a piece, at least.
            starts_shot: whether a shot begins with frame n.
        """
        shortest = max(1, shortest)
        self._length = length
        self._room = shortest // 2
        self._step = shortest + self._room
        self._starts_shot = starts_shot

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return 1 + max(0, (self._length - max(1, self._room)) // self._step)

    def begin(self, number: int) -> int:
        """Return the first frame of a piece, the first piece being number 0; asks for the shots before its multiple."""
        last = number * self._step
        return next((n for n in range(last - self._room, last) if number and self._starts_shot(n)), last)

    def begins(self, number: int, n: int) -> bool:
        """Say whether piece `number`, from 1 on, begins with frame n, if it begins with none of the frames before n."""
        last = number * self._step
        return number < self.count and n >= last - self._room and (n >= last or self._starts_shot(n))


class RunCutter:
    """Cuts pictures that are several runs of frames of a clip, one behind the other: no piece has some of two runs."""

    def __init__(self, spans: Sequence[tuple[int, int]], shortest: int, starts_shot: Callable[[int], bool]) -> None:
        """Cut runs.

        Args:
            spans: first frame of each run in the clip, and the first one behind it, in rising order.
            shortest: frames of a piece, at least, where a run has that many; 0 for one piece of each run.
            starts_shot: whether a shot begins with frame n of the clip.
        """
        self._pieces: list[tuple[int, int, PieceCutter]] = []  # frames before the run, number in the run, its cutter
        at = 0
        for first, stop in spans:

            def starts(n: int, first: int = first) -> bool:
                return starts_shot(first + n)

            cutter = PieceCutter(stop - first, shortest or 2 * (stop - first), starts)
            self._pieces += [(at, number, cutter) for number in range(cutter.count)]
            at += stop - first

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self._pieces)

    def begin(self, number: int) -> int:
        """Return the first frame of a piece, the first piece being number 0."""
        at, piece, cutter = self._pieces[number]
        return at + cutter.begin(piece)

    def begins(self, number: int, n: int) -> bool:
        """Say whether piece `number`, from 1 on, begins with frame n, if it begins with none of the frames before n."""
        if number >= self.count:
            return False
        at, piece, cutter = self._pieces[number]
        return n >= at and (piece == 0 or cutter.begins(piece, n - at))
