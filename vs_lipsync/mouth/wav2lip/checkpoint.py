"""Reading Wav2Lip checkpoints, without ever running what is in them, and writing them as safetensors."""

import hashlib
import logging
import pickle
import warnings
from collections.abc import Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vs_lipsync.errors import CheckpointError
from vs_lipsync.mouth.wav2lip.network import PARAMETERS, Wav2Lip, fold
from vs_lipsync.weights.store import checkpoint_path

__all__ = ["add", "convert", "load", "locate"]

_LOG = logging.getLogger("vs_lipsync")

LICENCE: Final = "weights for personal, research and other non-commercial use only, since they were trained on LRS2"
"""What the authors of Wav2Lip say of their weights."""

KNOWN: Final[Mapping[str, tuple[str, int]]] = {
    "b78b681b68ad9fe6c6fb1debc6ff43ad05834a8af8a62ffc4167b7b34ef63c37": ("wav2lip", 435_807_851),
    "ca9ab7b7b812c0e80a6e70a5977c545a1e8a365a6c49d5e533023c034d7ac3d8": ("wav2lip_gan", 435_801_865),
}
"""The published files: sha256 to name and length in bytes."""

_ORIGIN, _LICENCE_KEY = "origin", "licence"  # in the metadata of a converted file
_ZIP, _WEB_PAGE = b"PK\x03\x04", b"<"
_SHOWN = 6  # names that a message lists before it stops


def load(path: str | PathLike[str], *, folded: bool = True) -> Wav2Lip:
    """Read a checkpoint and return its generator, ready to be called.

    Takes what `torch.save` wrote, whole checkpoints as published and bare state dicts, with or without `module.` before
    the names, and safetensors. Pickled files are read with `weights_only=True`, which makes tensors and plain
    containers and runs nothing else.

    Args:
        path: a file, or the name of one in the model store (see `add`).
        folded: prepare it for use by `fold`; otherwise the layers are as published.

    Returns:
        The network on the CPU, in evaluation mode.

    Raises:
        CheckpointError: there is no such file, or it is not one that is understood; the message names what is amiss.
    """
    file = locate(path)
    tensors, metadata = _read(file)
    # On the meta device nothing is allocated or initialised only to be replaced.
    with torch.device("meta"):
        network = Wav2Lip()
    _check(file, tensors, network.state_dict())
    network.load_state_dict(tensors, strict=True, assign=True)
    network.eval().requires_grad_(False)
    _announce(*_origin(file, metadata))
    return fold(network) if folded else network


def locate(path: str | PathLike[str]) -> Path:
    """Return the file that a path or the name of a checkpoint in the model store stands for.

    Raises:
        CheckpointError: there is none.
    """
    file = Path(path).expanduser()
    if file.is_file():
        return file
    stored = checkpoint_path(file.name if file.suffix == ".safetensors" else f"{file.name}.safetensors")
    if str(file) == file.name and stored.is_file():
        return stored
    kind = "is a folder" if file.is_dir() else "does not exist"
    raise CheckpointError(f"{file} {kind}, and no checkpoint of that name was added; see: vs-lipsync weights add")


def convert(source: str | PathLike[str], target: str | PathLike[str]) -> Path:
    """Write the generator of a checkpoint as safetensors: 145 MB, where the published files have 436.

    Raises:
        CheckpointError: the source is not understood.
    """
    file, out = locate(source), Path(target).expanduser()
    tensors, metadata = _read(file)
    with torch.device("meta"):
        expected = Wav2Lip().state_dict()
    _check(file, tensors, expected)
    origin, licence = _origin(file, metadata)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")  # nobody ever sees half a file
    described = {"format": "pt", _ORIGIN: origin, _LICENCE_KEY: licence}
    try:
        save_file({name: tensors[name].contiguous() for name in expected}, partial, metadata=described)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    _announce(origin, licence)
    return out


def add(source: str | PathLike[str], name: str | None = None) -> Path:
    """Put a checkpoint into the model store, as safetensors; `load` then knows it by its name.

    Args:
        source: a checkpoint.
        name: what to call it; None for the name of the published file that it is, or else the name of the file.

    Raises:
        CheckpointError: the source is not understood, or the name is not a plain file name.
    """
    file = locate(source)
    chosen = name or KNOWN.get(_known(file) or "", (file.stem, 0))[0]
    if not chosen or Path(chosen).name != chosen or chosen.startswith("."):
        raise CheckpointError(f"{chosen!r} cannot be the name of a checkpoint: it must be a plain file name")
    return convert(file, checkpoint_path(f"{chosen}.safetensors"))


def _read(file: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    """Return the tensors of a file under the published names, in float32, and the metadata of a safetensors file."""
    with file.open("rb") as opened:
        start = opened.read(16)
    if not start:
        raise CheckpointError(f"{file} is empty")
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_WEB_PAGE):
        raise CheckpointError(f"{file} is a web page, not a checkpoint: what was downloaded is the page about the file")
    if start[8:9] == b"{" or file.suffix == ".safetensors":
        named, metadata = _read_safetensors(file)
    else:
        named, metadata = _read_pickle(file, zipped=start.startswith(_ZIP)), {}
    return {name.removeprefix("module."): _as_float(tensor) for name, tensor in named.items()}, metadata


def _as_float(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _read_safetensors(file: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    try:
        with safe_open(file, framework="pt") as opened:
            # Copies: a view of the file would be in use for as long as the network, and change with the file.
            named = {name: opened.get_tensor(name).clone() for name in opened.keys()}  # noqa: SIM118
            return named, opened.metadata() or {}
    except SafetensorError as error:
        raise CheckpointError(f"{file} is damaged, or not a safetensors file: {error}") from error


def _read_pickle(file: Path, *, zipped: bool) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats
            # Mapped, the optimiser's two thirds of a published file are never read; the older format cannot be.
            content = torch.load(file, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{file} is not a checkpoint that can be read safely: it is damaged, or holds more than tensors, "
            f"which could run code, and is not read. ({_first_line(error)})"
        ) from error
    except Exception as error:  # what the damage leads the reader to: failed assertions, too
        reason = _first_line(error)
        if "TorchScript" in str(error):
            reason = "it is a TorchScript archive, which holds code; save the state dict of the module instead"
        raise CheckpointError(f"{file} is damaged, or not a PyTorch checkpoint: {reason}") from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{file} holds {type(content).__name__}, not the tensors of a network by name")
    stray = [str(name) for name, value in content.items() if not isinstance(value, Tensor) or not isinstance(name, str)]
    if stray:
        raise CheckpointError(f"{file} is not a state dict: {_names(stray)} no tensor")
    return {name: tensor.clone() for name, tensor in content.items()}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _check(file: Path, tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not exactly those of the generator."""
    missing = [name for name in expected if name not in tensors]
    surplus = [name for name in tensors if name not in expected]
    misshapen = [
        f"{name} {list(tensors[name].shape)} instead of {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in tensors and (tensors[name].shape != tensor.shape or tensors[name].dtype != tensor.dtype)
    ]
    faults = []
    if missing:
        faults.append(f"{_names(missing)} missing")
    if surplus:
        faults.append(f"{_names(surplus)} not known")
    if misshapen:
        faults.append(f"wrong shape or type: {_listed(misshapen)}")
    if faults:
        raise CheckpointError(
            f"{file} is not a Wav2Lip generator for faces of 96 x 96 ({PARAMETERS} parameters){_other(tensors)}: "
            + "; ".join(faults)
        )
    bad = [name for name, tensor in tensors.items() if not tensor.sum(dtype=torch.float64).isfinite()]
    if bad:
        raise CheckpointError(f"{file} is damaged: {_names(bad)} not finite")


def _other(tensors: Mapping[str, Tensor]) -> str:
    """Say which network it is, for those that people take for the generator."""
    if any(name.startswith("face_encoder.") for name in tensors):
        return " but its lip-sync expert (SyncNet)"
    if any(name.startswith("binary_pred.") for name in tensors):
        return " but its visual quality discriminator"
    return ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _names(names: list[str]) -> str:
    return f"{_listed(names)} {'is' if len(names) == 1 else 'are'}"


def _known(file: Path) -> str | None:
    """Return the sha256 of a file if it is a published one; files of other lengths need not be read."""
    if file.stat().st_size not in {size for _, size in KNOWN.values()}:
        return None
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    return found if found in KNOWN else None


def _origin(file: Path, metadata: Mapping[str, str]) -> tuple[str, str]:
    """Return what the weights are and their licence; empty for what is not known."""
    known = _known(file)
    if known is not None:
        return KNOWN[known][0], LICENCE
    return metadata.get(_ORIGIN, ""), metadata.get(_LICENCE_KEY, "")


@cache  # once for each
def _announce(origin: str, licence: str) -> None:
    if licence:
        _LOG.warning("%s: %s", origin, licence)
