"""Places in a clip as users write them."""

from fractions import Fraction

import pytest

from vs_lipsync.timing.position import Position, format_time, parse_position
from vs_lipsync.timing.timeline import ConstantRate

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0", Position(frame=0)),
        ("250", Position(frame=250)),
        ("10.0", Position(seconds=Fraction(10))),
        ("10s", Position(seconds=Fraction(10))),
        ("0.25s", Position(seconds=Fraction(1, 4))),
        ("1:05", Position(seconds=Fraction(65))),
        ("1:2:03.5", Position(seconds=Fraction(7447, 2))),
        ("0:00:00.040", Position(seconds=Fraction(1, 25))),
        ("100:00:00", Position(seconds=Fraction(360_000))),
    ],
)
def test_parse(text: str, place: Position) -> None:
    assert parse_position(text) == place


@pytest.mark.parametrize(
    "text", ["", "-1", "x", "1:60", "61:00:00:00", "1:75:00", "1.2.3", "²", "1,5", "s", "10 s", "1:"]
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="neither a frame number nor a time"):
        parse_position(text)


def test_times_go_to_the_nearest_frame() -> None:
    """A time that was printed for a frame leads back to it, though it was rounded to the millisecond."""
    for fps in (Fraction(25), NTSC, Fraction(24000, 1001), Fraction(120)):
        for frame in (0, 1, 2, 31, 999, 107_892):
            assert parse_position(format_time(frame / fps)).at(ConstantRate(fps)) == frame


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(0), "0:00:00.000"),
        (Fraction(1, 3), "0:00:00.333"),
        (Fraction(59_9996, 10_000), "0:01:00.000"),
        (Fraction(3600), "1:00:00.000"),
        (Fraction(86_399), "23:59:59.000"),
    ],
)
def test_format_time(seconds: Fraction, text: str) -> None:
    assert format_time(seconds) == text
