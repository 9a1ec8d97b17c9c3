"""Opens mouth generators by the names that the setting `model` takes."""

from vs_lipsync.errors import ModelError
from vs_lipsync.mouth.base import Generator
from vs_lipsync.mouth.device import resolve_device
from vs_lipsync.mouth.warp import WarpGenerator
from vs_lipsync.plan.grid import Grid
from vs_lipsync.speech.dub import Dub
from vs_lipsync.speech.motion import Motion

__all__ = ["open_model"]


def open_model(name: str, dub: Dub, grid: Grid, *, strength: float, device: str) -> Generator:
    """Return the mouth generator of a name, for a dub.

    Args:
        name: "warp", or "wav2lip:" and the path of a checkpoint or its name in the model store.
        dub: the new voice.
        grid: sizes of the chunks and windows that it will be called with.
        strength: factor on the movement of the lips; Wav2Lip knows only 1.
        device: where a network runs: "auto", "cpu", "cuda" or "cuda:1".

    Raises:
        ModelError: there is no such model or device, or the model has no such strength.
        WeightsError: a checkpoint that cannot be used.
    """
    kind, _, path = name.partition(":")
    if name == "warp":
        # It needs none, but a wrong name is a mistake with any model. PyTorch is slow to load: not for the usual ones.
        if device not in ("auto", "cpu"):
            try:
                resolve_device(device)
            except ValueError as error:
                raise ModelError(str(error)) from error
        return WarpGenerator(Motion(dub), strength, past=grid.past, ahead=grid.ahead)
    if kind != "wav2lip" or not path:
        raise ModelError(f"there is no model {name!r}; there are 'warp' and 'wav2lip:PATH'")
    if strength != 1.0:
        raise ModelError("strength is for the model 'warp'; Wav2Lip moves the lips as it was trained to")
    from vs_lipsync.mouth.wav2lip import open_generator  # only who asks for Wav2Lip waits for it to load

    try:
        return open_generator(path, dub, device)
    except ValueError as error:
        raise ModelError(str(error)) from error
