"""Where a long job is cut into pieces: where a shot begins, so that the encoder's new start is not seen."""

from collections.abc import Callable

__all__ = ["PieceCutter"]


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

    def latest(self, number: int) -> int:
        """Return the last frame with which piece `number` may begin; the clip's length for one that there is not."""
        return number * self._step if number < self.count else self._length
