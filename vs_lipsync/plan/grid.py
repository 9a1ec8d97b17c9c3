"""The fixed grid of blocks in which frames are analysed and rendered."""

from dataclasses import dataclass
from typing import Final

__all__ = ["Grid"]

SIZES: Final = (
    # frame up to (bytes), block, past, ahead
    (4 << 20, 48, 96, 16),
    (8 << 20, 32, 96, 16),
    (16 << 20, 16, 80, 8),
    (32 << 20, 8, 64, 8),
)
SMALLEST: Final = (8, 32, 4)


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes of the blocks of frames that are rendered at once, and of the window of frames that each is made from.

    Every size is a multiple of `ahead`. Up to block + ahead whole frames are held between the decoding of a frame and
    its output, which takes most of the memory; of the frames before a block only crops are held.

    Attributes:
        block: frames per block.
        past: frames of the window before a block.
        ahead: frames of the window behind a block.
    """

    block: int
    past: int
    ahead: int

    @classmethod
    def for_frames_of(cls, size: int) -> "Grid":
        """Return the grid for frames of `size` bytes: by the format alone, so that results never depend on memory."""
        for limit, *grid in SIZES:
            if size <= limit:
                return cls(*grid)
        return cls(*SMALLEST)

    @property
    def window(self) -> int:
        """Frames in a window, away from the ends of the clip."""
        return self.past + self.block + self.ahead

    def blocks(self, length: int) -> int:
        """Return the number of blocks of a clip."""
        return -(-length // self.block)

    def span(self, block: int, length: int) -> tuple[int, int]:
        """Return the first frame of a block's window and the one behind its last."""
        start = block * self.block
        return max(0, start - self.past), min(length, start + self.block + self.ahead)
