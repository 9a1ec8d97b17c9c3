import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.graph.arrays.packing import carrier, pack, unpack


@pytest.mark.parametrize("count", [0, 1, 5])
def test_arrays_come_back_as_they_were_sent(count: int) -> None:
    rng = np.random.default_rng(count)
    kinds = (np.uint8, np.uint16, np.float16, np.float32, np.int64)
    arrays: dict[str, NDArray[np.generic]] = {
        f"a{i}": (rng.random((3 + i, 1000 * i + 1)) * 200).astype(kinds[i]) for i in range(count)
    }
    arrays["note"] = np.array("no exemplar")
    arrays["none"] = np.empty((0, 468, 3), np.float32)
    back = unpack(pack(arrays))
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_slices_of_larger_arrays_are_packed_whole() -> None:
    plane = np.arange(10_000, dtype=np.uint16).reshape(100, 100)
    np.testing.assert_array_equal(unpack(pack({"crop": plane[10:60, 3:40]}))["crop"], plane[10:60, 3:40])


def test_carrier_frames_hold_nothing_and_packed_ones_pass_through_the_graph() -> None:
    assert unpack(carrier(3).get_frame(2)) == {}
    node = carrier(8).std.ModifyFrame(carrier(8), lambda n, f: pack({"n": np.full((n + 1, 5000), n)}))
    shuffled = (carrier(2) + node).std.SelectEvery(2, 1)
    assert unpack(shuffled.get_frame(0)) == {}
    array = unpack(shuffled.get_frame(3))["n"]
    assert array.shape == (6, 5000)
    assert (array == 5).all()


def test_unpacked_arrays_cannot_be_written() -> None:
    node = carrier(1).std.ModifyFrame(carrier(1), lambda n, f: pack({"n": np.zeros(4)}))
    frame: vs.VideoFrame = node.get_frame(0)
    with pytest.raises(ValueError, match="read-only"):
        unpack(frame)["n"][0] = 1
