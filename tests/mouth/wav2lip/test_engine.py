"""Running the network: batches, memory that runs out, devices, and one engine for all."""

import copy
import gc
import os
import shutil
import threading
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vs_lipsync.errors import CheckpointError
from vs_lipsync.mouth.device import resolve_device
from vs_lipsync.mouth.wav2lip import OnnxEngine, TorchEngine, Wav2Lip, load, open_generator, shared_engine
from vs_lipsync.mouth.wav2lip.network import FIRST_ROW
from vs_lipsync.speech.dub import Dub

Example = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


@pytest.fixture(scope="module")
def network(checkpoint: Path) -> Wav2Lip:
    return load(checkpoint, folded=False)


@pytest.fixture(scope="module")
def example(network: Wav2Lip) -> Example:
    """Sound, faces, and what the plain network makes of them."""
    draw = np.random.default_rng(3)
    mel = draw.uniform(-4, 4, (5, 1, 80, 16)).astype(np.float32)
    faces = draw.random((5, 6, 96, 96)).astype(np.float32)
    with torch.inference_mode():
        made = network(torch.from_numpy(mel), torch.from_numpy(faces)).numpy()
    return mel, faces, made


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_lower_part_equals_the_plain_forward_in_any_batch(batch: int, network: Wav2Lip, example: Example) -> None:
    mel, faces, made = example
    engine = TorchEngine(copy.deepcopy(network), "cpu", batch=batch)
    np.testing.assert_allclose(engine.run(mel, faces), made[:, :, FIRST_ROW:], rtol=0, atol=1e-4)


def test_half_precision(network: Wav2Lip, example: Example) -> None:
    mel, faces, made = example
    engine = TorchEngine(copy.deepcopy(network), "cpu", half=True)
    np.testing.assert_allclose(engine.run(mel[:1], faces[:1]), made[:1, :, FIRST_ROW:], rtol=0, atol=2e-2)


def test_nothing_to_do(network: Wav2Lip, example: Example) -> None:
    engine = TorchEngine(copy.deepcopy(network), "cpu")
    assert engine.run(example[0][:0], example[1][:0]).shape == (0, 3, 57, 96)


class SmallMemory:
    """Makes a network fail as a GPU does, for more than so many faces at once."""

    def __init__(self, network: Wav2Lip, room: int) -> None:
        self.tried: list[int] = []
        self.room = room
        network.register_forward_pre_hook(self)

    def __call__(self, _network: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self.tried.append(len(inputs[0]))
        if len(inputs[0]) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")


def test_batch_is_halved_when_memory_runs_out(network: Wav2Lip, example: Example) -> None:
    mel, faces, made = example
    small = copy.deepcopy(network)
    engine = TorchEngine(small, "cpu", batch=8)
    memory = SmallMemory(small, room=2)
    np.testing.assert_allclose(engine.run(mel, faces), made[:, :, FIRST_ROW:], rtol=0, atol=1e-4)
    assert memory.tried == [5, 2, 2, 1]
    memory.tried.clear()
    engine.run(mel, faces)
    assert memory.tried == [2, 2, 1]  # it does not run into the wall again


def test_no_room_for_one_face_is_an_error(network: Wav2Lip, example: Example) -> None:
    small = copy.deepcopy(network)
    engine = TorchEngine(small, "cpu", batch=4)
    memory = SmallMemory(small, room=0)
    with pytest.raises(torch.OutOfMemoryError):
        engine.run(example[0], example[1])
    assert memory.tried[0] in (4, 1) and memory.tried[-1] == 1
    memory.room = 4  # and it is not stuck
    assert np.isfinite(engine.run(example[0][:1], example[1][:1])).all()


def test_other_errors_are_not_taken_for_a_lack_of_memory(network: Wav2Lip, example: Example) -> None:
    engine = TorchEngine(copy.deepcopy(network), "cpu")
    with pytest.raises(RuntimeError):
        engine.run(example[0][:, :, :40], example[1])


def test_threads_get_what_one_gets(network: Wav2Lip, example: Example) -> None:
    mel, faces, _ = example
    engine = TorchEngine(copy.deepcopy(network), "cpu")
    expected = engine.run(mel, faces)
    results: list[NDArray[np.float32]] = []
    threads = [threading.Thread(target=lambda: results.append(engine.run(mel, faces))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    for result in results:
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("threads", [2, 3])
def test_bytes_do_not_depend_on_the_threads_of_pytorch(network: Wav2Lip, example: Example, threads: int) -> None:
    mel, faces, _ = example
    engine = TorchEngine(copy.deepcopy(network), "cpu")
    expected = engine.run(mel, faces)
    torch.set_num_threads(threads)
    try:
        made = engine.run(mel, faces)
    finally:
        torch.set_num_threads(1)
    np.testing.assert_array_equal(made, expected)


def test_devices() -> None:
    count = torch.cuda.device_count()
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device("auto") == (torch.device("cuda", 0) if count else torch.device("cpu"))
    for name in (f"cuda:{count}", "cuda:99"):
        with pytest.raises(ValueError, match="there is no device"):
            resolve_device(name)
    for name in ("mps", "meta", "banana", "", "gpu"):
        with pytest.raises(ValueError, match="choose auto"):
            resolve_device(name)
    if not count:
        with pytest.raises(ValueError, match="there is no device"):
            resolve_device("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
def test_gpu_equals_the_plain_forward(network: Wav2Lip, example: Example) -> None:
    mel, faces, made = example
    single = TorchEngine(copy.deepcopy(network), "cuda", half=False)
    np.testing.assert_allclose(single.run(mel, faces), made[:, :, FIRST_ROW:], rtol=0, atol=5e-3)
    half = TorchEngine(copy.deepcopy(network), "cuda")
    np.testing.assert_allclose(half.run(mel, faces), made[:, :, FIRST_ROW:], rtol=0, atol=3e-2)


def test_a_batch_must_be_positive(network: Wav2Lip) -> None:
    with pytest.raises(ValueError, match="batch"):
        TorchEngine(copy.deepcopy(network), "cpu", batch=0)


def test_one_engine_for_a_file_and_a_device(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.pth"
    shutil.copy(checkpoint, path)
    engine = shared_engine(str(path), "cpu")
    assert shared_engine(str(tmp_path / "." / "mine.pth"), "cpu") is engine
    dub = Dub.of(np.zeros(16000, np.float32))
    for _ in range(2):
        assert open_generator(str(path), dub, "cpu")._engine is engine  # noqa: SLF001 - nothing else tells
    os.utime(path, ns=(0, 0))  # another file under the same name
    other = shared_engine(str(path), "cpu")
    assert other is not engine
    gone = weakref.ref(engine)
    del engine
    gc.collect()
    assert gone() is None
    with pytest.raises(CheckpointError):
        shared_engine(str(tmp_path / "none.onnx"), "cpu")


@pytest.fixture(scope="module", params=["any", "two"])
def exported(request: pytest.FixtureRequest, network: Wav2Lip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX export, for any number of faces or for a fixed one."""
    pytest.importorskip("onnx", reason="onnx, which the export needs, is not installed")
    path: Path = tmp_path_factory.mktemp("onnx") / "wav2lip.onnx"
    count = 2 if request.param == "two" else 1
    axes = {name: {0: "n"} for name in ("a", "b", "c")} if request.param == "any" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this exporter is deprecated, but the other one needs yet another package
        torch.onnx.export(
            network,
            (torch.zeros(count, 1, 80, 16), torch.zeros(count, 6, 96, 96)),
            str(path),
            input_names=["a", "b"],
            output_names=["c"],
            dynamic_axes=axes,
            dynamo=False,
        )
    return path


def test_onnx_export_equals_the_plain_forward(exported: Path, example: Example) -> None:
    mel, faces, made = example
    engine = shared_engine(str(exported), "cpu")
    assert isinstance(engine, OnnxEngine)
    np.testing.assert_allclose(engine.run(mel[:3], faces[:3]), made[:3, :, FIRST_ROW:], rtol=0, atol=1e-4)


def test_other_onnx_files_are_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    shape = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 8, 8])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 3, 8, 8])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [shape], [out])
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=9), tmp_path / "relu.onnx")
    with pytest.raises(CheckpointError, match=r"not an export.*\[3, 8, 8\]"):
        OnnxEngine(tmp_path / "relu.onnx", "cpu")
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(CheckpointError, match="cannot be opened"):
        OnnxEngine(tmp_path / "text.onnx", "cpu")
