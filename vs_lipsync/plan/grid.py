"""The fixed grid on which frames are analysed and made."""

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
    """Blocks of frames, and the frames around each that are looked at for it.

    Every size is a multiple of `ahead`. Between the decoding of a frame and its output lie up to block + ahead whole
    frames, which is what the memory goes to; frames of the past cost only cut-outs.

    Attributes:
        block: frames per block.
        past: frames looked at before a block.
        ahead: frames looked at behind a block.
    """

    block: int
    past: int
    ahead: int

    @classmethod
    def for_frames_of(cls, size: int) -> "Grid":
        """Return the grid for frames of so many bytes: by the format alone, so that results never depend on memory."""
        for limit, *grid in SIZES:
            if size <= limit:
                return cls(*grid)
        return cls(*SMALLEST)

    @property
    def window(self) -> int:
        """Frames looked at for a block, where the clip has them."""
        return self.past + self.block + self.ahead

    def blocks(self, length: int) -> int:
        """Return the number of blocks of a clip."""
        return -(-length // self.block)

    def span(self, block: int, length: int) -> tuple[int, int]:
        """Return the first frame of a block's window and the one behind its last."""
        start = block * self.block
        return max(0, start - self.past), min(length, start + self.block + self.ahead)
