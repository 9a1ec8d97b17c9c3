"""Where a long job is cut into pieces: where a shot begins, so that the encoder's new start is not seen."""

from collections.abc import Callable

__all__ = ["PieceCutter"]


class PieceCutter:
    """Says where pieces begin, by the clip alone.

    A piece ends where the first shot begins after its shortest length, or at twice that; the last one takes in what
    would be left over. Whether and where a job was interrupted plays no part.
    """

    def __init__(self, length: int, shortest: int, starts_shot: Callable[[int], bool]) -> None:
        """Cut a clip.

        Args:
            length: of the clip, in frames.
            shortest: frames of a piece, at least.
            starts_shot: whether a shot begins with frame n.
        """
        self._length = length
        self._shortest = max(1, shortest)
        self._starts_shot = starts_shot

    def begins_piece(self, n: int, begun: int) -> bool:
        """Say whether frame n begins a piece, when the one before begins with frame `begun`."""
        frames = n - begun
        if frames < self._shortest or self._length - n < self._shortest // 2:
            return False
        return frames >= 2 * self._shortest or self._starts_shot(n)
