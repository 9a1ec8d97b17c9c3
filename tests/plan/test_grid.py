import pytest

from vs_lipsync.plan.grid import Grid

SIZES = [100, 4 << 20, (4 << 20) + 1, 12 << 20, 25 << 20, 100 << 20]


@pytest.mark.parametrize("size", SIZES)
def test_blocks_and_past_are_whole_runs(size: int) -> None:
    grid = Grid.for_frames_of(size)
    assert grid.block % grid.ahead == 0 == grid.past % grid.ahead
    assert grid.block * size <= max(512 << 20, 8 * size)


@pytest.mark.parametrize("length", [1, 47, 48, 49, 500])
def test_every_frame_is_in_the_span_of_its_block(length: int) -> None:
    grid = Grid(48, 96, 16)
    for block in range(grid.blocks(length)):
        first, stop = grid.span(block, length)
        for frame in range(block * 48, min(block * 48 + 48, length)):
            assert first <= frame < stop
        assert stop - first <= grid.window
    assert grid.blocks(length) * 48 >= length
