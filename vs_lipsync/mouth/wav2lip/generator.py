"""Wav2Lip as a mouth generator of the filter."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vs_lipsync.faces.landmarks import MOUTH, Pose, mouth_opening
from vs_lipsync.mouth.base import Chunk, MouthFrame, Patch
from vs_lipsync.mouth.wav2lip.crop import FaceBox, boxes_of, read_face
from vs_lipsync.mouth.wav2lip.engine import Engine, TorchEngine
from vs_lipsync.mouth.wav2lip.mel import AUDIO_LEAD, mel_windows
from vs_lipsync.mouth.wav2lip.network import FACE_SIZE, FIRST_ROW, Wav2Lip
from vs_lipsync.mouth.wav2lip.paste import paste
from vs_lipsync.planes.image import Crop
from vs_lipsync.planes.rgb import cut, to_rgb
from vs_lipsync.speech.dub import Dub

__all__ = ["Wav2LipGenerator"]

_POSE_COST: Final = 0.02
"""Opening of the mouth, in distances between the eyes, that is as bad in an exemplar as a head turned by one degree."""


class Wav2LipGenerator:
    """Makes mouths with a Wav2Lip checkpoint. A chunk is a batch."""

    def __init__(
        self,
        network: Wav2Lip | Engine,
        dub: Dub,
        *,
        device: str = "auto",
        reference: Literal["current", "exemplar"] = "current",
        level: bool = True,
        audio_lead: float = AUDIO_LEAD,
        batch: int | None = None,
        half: bool | None = None,
    ) -> None:
        """Take a network and a dub.

        Args:
            network: a network, which belongs to the generator from now on, or an engine, which generators may share.
            dub: the new voice.
            device: where a network runs: "auto", "cpu", "cuda" or "cuda:1"; an engine has its own.
            reference: the second face that the network is given, beside the one whose lower half is black: "current",
                the same face, as in the published inference script; or "exemplar", the face of the chunk's window in
                the same shot whose mouth is nearest to closed and whose pose is near, which does not show the network
                what the old mouth said.
            level: turn faces until the eyes are level, as the faces of the training mostly are.
            audio_lead: seconds by which the window of sound starts before its frame; see `mel.AUDIO_LEAD`.
            batch: most faces at once for a network; None for 8 on a CPU and 128 on a GPU.
            half: whether a network computes in half precision; None for whether the device is a GPU.

        Raises:
            ValueError: there is no such device or reference, or the batch is not positive.
        """
        if reference not in ("current", "exemplar"):
            raise ValueError(f"reference must be current or exemplar, not {reference!r}")
        self._engine = TorchEngine(network, device, batch=batch, half=half) if isinstance(network, Wav2Lip) else network
        self._dub = dub
        self._reference = reference
        self._level = level
        self._audio_lead = audio_lead

    def generate(self, chunk: Chunk) -> list[Patch | None]:
        """Return a patch for every frame of the chunk; None for those without a face, or outside of the dub.

        Raises:
            DubError: the dub cannot be decoded.
        """
        boxes = boxes_of(chunk.window, level=self._level)
        spoken = self._dub.contains(chunk.times)
        active = [i for i in range(chunk.start, chunk.stop) if boxes[i] is not None and spoken[i]]
        patches: list[Patch | None] = [None] * (chunk.stop - chunk.start)
        if not active:
            return patches
        shown = _exemplars(chunk, boxes, active) if self._reference == "exemplar" else {i: i for i in active}
        faces = {i: _face(chunk.window[i], boxes[i]) for i in {*active, *shown.values()}}
        sound = mel_windows(self._dub, chunk.times[active], self._audio_lead)
        made = self._engine.run(sound, np.stack([_network_input(faces[i], faces[shown[i]]) for i in active]))
        for i, new in zip(active, made, strict=True):
            frame, box = chunk.window[i], boxes[i]
            assert frame.crop is not None and frame.landmarks is not None and box is not None
            patches[i - chunk.start] = paste(frame.crop, frame.landmarks, box, faces[i], _whole(faces[i], new))
        return patches


def _face(frame: MouthFrame, box: FaceBox | None) -> NDArray[np.float32]:
    """Return the face [96, 96, 3] in a box, RGB, 0..1."""
    assert frame.crop is not None and box is not None
    seen = _visible(frame.crop, box)
    return np.clip(read_face(to_rgb(seen), seen.region, box), 0.0, 1.0)


def _visible(crop: Crop, box: FaceBox) -> Crop:
    """Return the part of a crop that is read for a box, since only that needs to be converted to RGB."""
    wanted, had = box.region, crop.region
    left, top = max(wanted.x - 2, had.x), max(wanted.y - 2, had.y)  # two more, for the interpolation
    right, bottom = min(wanted.right + 2, had.right), min(wanted.bottom + 2, had.bottom)
    if right <= left or bottom <= top:
        return crop
    region = type(wanted)(left, top, right - left, bottom - top)
    return cut(crop, region.aligned(crop.format, had.right, had.bottom))


def _network_input(face: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return [6, 96, 96]: a face [96, 96, 3] with its lower half black, and a reference, both in B, G, R."""
    hidden = face[..., ::-1].copy()
    hidden[FACE_SIZE // 2 :] = 0.0
    return np.ascontiguousarray(np.concatenate([hidden, reference[..., ::-1]], -1).transpose(2, 0, 1))


def _whole(face: NDArray[np.float32], lower: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a face [96, 96, 3], RGB, with its lower rows replaced by the network's [3, 57, 96], in B, G, R."""
    return np.concatenate([face[:FIRST_ROW], lower[::-1].transpose(1, 2, 0)])


def _exemplars(chunk: Chunk, boxes: list[FaceBox | None], active: list[int]) -> dict[int, int]:
    """Return for each active frame the index of its reference in the window.

    All frames of a shot have the same one, since a change of reference would show as a change of the skin.
    """
    shown: dict[int, int] = {}
    for shot in {chunk.window[i].shot for i in active}:
        mine = [i for i in active if chunk.window[i].shot == shot]
        choice = [i for i, box in enumerate(boxes) if box is not None and chunk.window[i].shot == shot]
        faces = [_landmarks(chunk.window[i]) for i in choice]
        poses = [Pose.of(face) for face in faces]
        angles = np.array([pose.angles for pose in poses])
        shapes = np.array([pose.remove(face[list(MOUTH)]) for pose, face in zip(poses, faces, strict=True)])
        usual = np.median(angles[[choice.index(i) for i in mine]], axis=0)
        cost = np.maximum(mouth_opening(shapes), 0.0) + _POSE_COST * np.abs(angles - usual).sum(-1)
        shown.update(dict.fromkeys(mine, choice[int(cost.argmin())]))
    return shown


def _landmarks(frame: MouthFrame) -> NDArray[np.float32]:
    assert frame.landmarks is not None  # no box without them
    return frame.landmarks
