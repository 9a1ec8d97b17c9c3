"""Ranges of a clip as the command line has them, and those that are left alone."""

from typing import TYPE_CHECKING, Final

import click

from vs_lipsync.errors import one_line
from vs_lipsync.timing.position import Position, parse_position

if TYPE_CHECKING:
    from vs_lipsync.settings.zones import Place

__all__ = ["EXCLUDE", "RangeType", "places_of"]


class RangeType(click.ParamType[tuple[Position, Position]]):
    """Two places with a dash between them."""

    name = "A-B"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Position, Position]:
        """Read a range of frames, of which both belong to it, or of times."""
        if isinstance(value, tuple):
            return value
        first, dash, last = str(value).partition("-")
        if not dash:
            self.fail(f"{value!r} is not a range such as 120-239 or 0:05-0:10", param, ctx)
        try:
            ends = parse_position(first), parse_position(last)
        except ValueError as error:
            self.fail(one_line(error), param, ctx)
        if (ends[0].frame is None) != (ends[1].frame is None):
            self.fail("both ends must be frames, or both times", param, ctx)
        return ends


EXCLUDE: Final = click.option(
    "--exclude",
    metavar="A-B",
    type=RangeType(),
    multiple=True,
    help="Frames A to B, both included, or from time A to time B: left alone, whoever speaks there. Several can be "
    "given.",
)


def places_of(spans: tuple[tuple[Position, Position], ...]) -> "tuple[tuple[Place, Place], ...]":
    """Return ranges as `lipsync` takes them: with the first frame behind each."""
    return tuple((_place(start, 0), _place(stop, 1)) for start, stop in spans)


def _place(position: Position, more: int) -> "Place":
    if position.frame is not None:
        return position.frame + more
    assert position.seconds is not None
    return position.seconds
