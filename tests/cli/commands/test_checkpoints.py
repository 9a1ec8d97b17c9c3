"""`vs-lipsync weights add` and `convert`."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from tests.mouth.wav2lip.reference import shapes
from vs_lipsync.cli.commands.weights import weights
from vs_lipsync.errors import CheckpointError
from vs_lipsync.mouth.wav2lip import load


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """The published layout in a small file: each tensor shows one number everywhere."""
    tensors = {name: torch.ones(1).expand(shape) if shape else torch.tensor(0) for name, shape in shapes()}
    torch.save({"state_dict": tensors}, tmp_path / "mine.pth")
    return tmp_path / "mine.pth"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(weights, [str(argument) for argument in arguments])


def test_add(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VS_LIPSYNC_HOME", str(tmp_path / "home"))
    done = run("add", checkpoint, "--name", "hers")
    assert done.exit_code == 0
    assert done.output == f"wav2lip:hers is {tmp_path / 'home' / 'wav2lip' / 'hers.safetensors'}\n"
    load("hers", folded=False)


def test_convert(checkpoint: Path, tmp_path: Path) -> None:
    done = run("convert", checkpoint, tmp_path / "small.safetensors")
    assert done.exit_code == 0
    assert done.output == f"{tmp_path / 'small.safetensors'}\n"
    load(tmp_path / "small.safetensors", folded=False)


@pytest.mark.parametrize("command", ["add", "convert"])
def test_failures(command: str, tmp_path: Path) -> None:
    (tmp_path / "page.pth").write_text("<html></html>")
    more = [tmp_path / "out.safetensors"] if command == "convert" else []
    done = run(command, tmp_path / "page.pth", *more)
    assert isinstance(done.exception, CheckpointError)
    assert "web page" in str(done.exception)
    assert run(command, tmp_path / "none.pth", *more).exit_code == 2
