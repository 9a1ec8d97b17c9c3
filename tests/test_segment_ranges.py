import numpy as np
import pytest

from vs_lipsync.segment import steadied


@pytest.mark.parametrize(
    ("seen", "steady"),
    [
        ("1" * 20, "1" * 20),
        ("0" * 20, "0" * 20),
        ("1" * 9 + "0" * 11 + "1" * 9, "1" * 29),  # lost for a moment
        ("1" * 9 + "0" * 12 + "1" * 9, "1" * 9 + "0" * 12 + "1" * 9),
        ("0" * 5 + "1" * 15, "0" * 5 + "1" * 15),  # comes into the picture
        ("0" * 15 + "11" + "0" * 15, "0" * 32),  # a flicker
        ("0" * 15 + "111" + "0" * 15, "0" * 15 + "111" + "0" * 15),
        ("11" + "0" * 15, "0" * 17),
        ("11", "11"),  # a whole shot
        ("1", "1"),
    ],
)
def test_short_gaps_are_filled_and_flickers_dropped(seen: str, steady: str) -> None:
    result = steadied(np.array([c == "1" for c in seen]))
    assert "".join(str(int(value)) for value in result) == steady
