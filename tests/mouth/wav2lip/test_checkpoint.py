"""Reading checkpoints: every layout that is about, nothing that runs code, and errors that say what is amiss."""

import hashlib
import logging
import os
import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from tests.mouth.wav2lip.reference import block_outputs, shapes
from vs_lipsync.errors import CheckpointError
from vs_lipsync.mouth.wav2lip import checkpoint as room
from vs_lipsync.mouth.wav2lip import load
from vs_lipsync.mouth.wav2lip.checkpoint import add, convert, locate

Tensors = dict[str, Tensor]


def hollow() -> Tensors:
    """The published layout in a few kilobytes: each tensor shows one number everywhere."""
    return {
        name: torch.tensor(0) if name.endswith("tracked") else torch.ones(1).expand(shape) for name, shape in shapes()
    }


def saved(content: object, path: Path) -> Path:
    torch.save(content, path)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_published_layout_loads_and_runs(checkpoint: Path, tensors: Tensors) -> None:
    draw = torch.Generator().manual_seed(2)
    mel, faces = torch.randn((2, 1, 80, 16), generator=draw), torch.rand((2, 6, 96, 96), generator=draw)
    expected = block_outputs(tensors, mel, faces)["result"]
    fast, plain = load(checkpoint), load(checkpoint, folded=False)
    torch.testing.assert_close(fast(mel, faces), expected, rtol=0, atol=1e-4)
    torch.testing.assert_close(plain(mel, faces), expected, rtol=0, atol=1e-4)
    for network in (fast, plain):
        assert not network.training
        assert not any(parameter.requires_grad for parameter in network.parameters())
        assert sum(parameter.numel() for parameter in network.parameters()) == 36_298_035
    for name, tensor in plain.state_dict().items():
        assert torch.equal(tensor, tensors[name]), name


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tensors: tensors,
        lambda tensors: {"state_dict": tensors},
        lambda tensors: {"state_dict": {f"module.{name}": tensor for name, tensor in tensors.items()}},
        lambda tensors: {f"module.{name}": tensor for name, tensor in tensors.items()},
        lambda tensors: {
            name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()
        },
    ],
    ids=["bare", "state_dict", "parallel", "bare parallel", "half"],
)
def test_layouts(wrap: Callable[[Tensors], object], tmp_path: Path) -> None:
    network = load(saved(wrap(hollow()), tmp_path / "any.pth"), folded=False)
    assert all(parameter.dtype == torch.float32 and bool((parameter == 1).all()) for parameter in network.parameters())


def test_file_format_of_old_torch(tmp_path: Path) -> None:
    torch.save({"state_dict": hollow()}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    load(tmp_path / "old.pth")


def test_safetensors(tmp_path: Path) -> None:
    save_file({name: tensor.contiguous() for name, tensor in hollow().items()}, tmp_path / "any.safetensors")
    load(tmp_path / "any.safetensors")
    (tmp_path / "any.safetensors").rename(tmp_path / "misnamed.pth")
    load(tmp_path / "misnamed.pth")


class Malice:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f'echo ran > "{self.mark}"',)


@pytest.mark.parametrize("place", ["instead", "beside", "within"])
@pytest.mark.parametrize("written", ["torch", "old torch", "pickle", "renamed"])
def test_malicious_file_does_not_run(place: str, written: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    malice = Malice(mark)
    content: object = malice
    if place == "beside":
        content = {"state_dict": hollow(), "optimizer": malice}
    elif place == "within":
        content = {"state_dict": {**hollow(), "output_block.1.bias": malice}}
    path = tmp_path / ("bad.safetensors" if written == "renamed" else "bad.pth")
    if written == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=written != "old torch")
    with pytest.raises(CheckpointError, match="bad"):
        load(path)
    assert not mark.exists()
    # The file is what it is taken for: read carelessly, it does run.
    if written == "torch":
        torch.load(path, weights_only=False)
        assert mark.exists()


def test_web_page_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "wav2lip.pth").write_text("\n<!DOCTYPE html><html><body>Sign in to download</body></html>")
    with pytest.raises(CheckpointError, match="web page"):
        load(tmp_path / "wav2lip.pth")


@pytest.mark.parametrize("form", ["zip", "old", "safetensors"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.98])
def test_truncated(form: str, kept: float, tmp_path: Path) -> None:
    path = tmp_path / ("cut.safetensors" if form == "safetensors" else "cut.pth")
    if form == "safetensors":
        save_file({"output_block.1.weight": torch.ones(3, 32, 1, 1), "output_block.1.bias": torch.ones(3)}, path)
    else:
        torch.save({"state_dict": hollow()}, path, _use_new_zipfile_serialization=form == "zip")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(CheckpointError, match="cut"):
        load(path)


@pytest.mark.parametrize(
    "content", [b"\x00" * 4096, b"not a checkpoint at all", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"PK\x03\x04"]
)
def test_other_files(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "some.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"some\.pth"):
        load(tmp_path / "some.pth")


def test_other_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(CheckpointError, match=r"some\.zip"):
        load(tmp_path / "some.zip")


@pytest.mark.parametrize("content", [[1, 2, 3], 5, {"state_dict": {"a": 1}}, {"a": {"b": torch.ones(1)}}, {}])
def test_contents_that_are_no_state_dict(content: object, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"some\.pth"):
        load(saved(content, tmp_path / "some.pth"))


def test_script_archive_is_refused_with_a_reason(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated, but such files are about
        torch.jit.script(nn.Linear(2, 2)).save(str(tmp_path / "script.pt"))  # type: ignore[no-untyped-call]
    with pytest.raises(CheckpointError, match="TorchScript"):
        load(tmp_path / "script.pt")


@pytest.mark.parametrize("name", [name for name, _ in shapes()][::23])
def test_missing_tensor_is_named(name: str, tmp_path: Path) -> None:
    tensors = hollow()
    del tensors[name]
    with pytest.raises(CheckpointError, match=rf"{name} is missing") as error:
        load(saved({"state_dict": tensors}, tmp_path / "some.pth"))
    assert "not known" not in str(error.value)


@pytest.mark.parametrize("name", [name for name, shape in shapes() if shape][::23])
def test_misshapen_tensor_is_named(name: str, tmp_path: Path) -> None:
    tensors = hollow()
    shape = list(tensors[name].shape)
    tensors[name] = torch.ones(1).expand([shape[0] + 1, *shape[1:]])
    with pytest.raises(CheckpointError) as error:
        load(saved(tensors, tmp_path / "some.pth"))
    assert f"{name} {[shape[0] + 1, *shape[1:]]} instead of {shape}" in str(error.value)


def test_surplus_and_wrong_type_are_named(tmp_path: Path) -> None:
    tensors = hollow() | {"attention.weight": torch.ones(2), "output_block.1.bias": torch.ones(3, dtype=torch.int32)}
    with pytest.raises(CheckpointError, match=r"attention\.weight is not known.*output_block\.1\.bias"):
        load(saved(tensors, tmp_path / "some.pth"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_no_numbers_are_named(value: float, tmp_path: Path) -> None:
    tensors = hollow() | {"output_block.1.bias": torch.tensor([0, value, 0])}
    with pytest.raises(CheckpointError, match=r"output_block\.1\.bias is not finite"):
        load(saved(tensors, tmp_path / "some.pth"))


@pytest.mark.parametrize(
    ("name", "word"), [("face_encoder.0.conv_block.0.weight", "expert"), ("binary_pred.0.weight", "discriminator")]
)
def test_sister_networks_are_recognised(name: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=word):
        load(saved({"state_dict": {name: torch.ones(1)}}, tmp_path / "some.pth"))


def test_absent_file_and_folder(tmp_path: Path, home: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist"):
        load(tmp_path / "none.pth")
    with pytest.raises(CheckpointError, match="is a folder"):
        load(tmp_path)


def test_convert_keeps_the_generator_alone(checkpoint: Path, tensors: Tensors, tmp_path: Path) -> None:
    out = convert(checkpoint, tmp_path / "deep" / "small.safetensors")
    assert out.stat().st_size == pytest.approx(4 * 36_298_035, rel=0.01)
    assert [path.name for path in out.parent.iterdir()] == ["small.safetensors"]
    with safe_open(out, framework="pt") as opened:
        assert set(opened.keys()) == set(tensors)
        assert all(torch.equal(opened.get_tensor(name), tensor) for name, tensor in tensors.items())
    load(out)


def test_convert_refuses_what_load_refuses(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="missing"):
        convert(saved({"a": torch.ones(1)}, tmp_path / "some.pth"), tmp_path / "out.safetensors")
    assert not list(tmp_path.glob("out*"))


def test_add_puts_it_into_the_store_by_name(home: Path, tmp_path: Path) -> None:
    path = saved(hollow(), tmp_path / "mine.pth")
    assert add(path) == home / "wav2lip" / "mine.safetensors" == locate("mine") == locate("mine.safetensors")
    assert add(path, "hers") == locate("hers")
    load("hers")
    for name in ("../out", "a/b", ".hidden"):
        with pytest.raises(CheckpointError, match="plain file name"):
            add(path, name)


def test_known_file_shows_its_licence_once(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = saved({"state_dict": hollow()}, tmp_path / "download.pth")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(room, "KNOWN", {sha256: ("wav2lip_test", path.stat().st_size)})
    room._announce.cache_clear()  # noqa: SLF001 - as in a new process

    def notices() -> list[str]:
        return [record.getMessage() for record in caplog.records if "non-commercial" in record.getMessage()]

    with caplog.at_level(logging.WARNING, "vs_lipsync"):
        load(path)
        load(path)
        assert len(notices()) == 1
        assert "wav2lip_test" in notices()[0]
        # Converted, the checksum is another; the licence has to go along.
        stored = add(path)
        assert stored.stem == "wav2lip_test"
        room._announce.cache_clear()  # noqa: SLF001 - as in a new process
        load("wav2lip_test")
        assert len(notices()) == 2


def test_unknown_file_shows_no_licence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load(saved(hollow(), tmp_path / "mine.pth"))
    assert not caplog.records
