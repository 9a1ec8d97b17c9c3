"""The log in which a plan is built: records of consecutive frames, on disk, so that a killed run can be resumed.

The log is a line of JSON that says what it belongs to, and then one record for every CHUNK frames: its length and its
CRC-32, then safetensors. A record that was not written to its end is written anew.
"""

import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save, save_file

from vs_lipsync.faces.face import Face
from vs_lipsync.faces.landmarks import POINTS
from vs_lipsync.files import replace_durably
from vs_lipsync.plan.file.document import ClipFacts, FacesFile
from vs_lipsync.plan.file.faces import CHUNK, FACES_FORMAT, digest_of
from vs_lipsync.plan.file.fingerprint import FINGERPRINT_BYTES
from vs_lipsync.plan.file.landmark_codec import encode_landmarks

__all__ = ["FrameRecord", "PlanLog"]

_FORMAT: Final = "vs-lipsync-plan-log 3"
_HEAD: Final = struct.Struct("<QI")

type Record = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """What the log holds of one frame.

    Attributes:
        faces: its faces.
        cut: whether it begins a shot.
        digest: its `fingerprint.fingerprint`; None unless it is a multiple of FINGERPRINT_EVERY.
    """

    faces: Sequence[Face]
    cut: bool
    digest: bytes | None


class PlanLog:
    """The log of the frames of a clip that have been analysed so far."""

    def __init__(self, file: BinaryIO, done: int) -> None:
        """Use `PlanLog.open`."""
        self._file = file
        self.done = done
        """Frames in the log."""

    @classmethod
    @contextmanager
    def open(cls, path: Path, clip: ClipFacts, first_digest: bytes) -> Iterator[Self]:
        """Open a log for adding to it, whatever is there already of the same clip.

        Args:
            path: where it is, or is to be.
            clip: what it is for.
            first_digest: `fingerprint.fingerprint` of the clip's first frame.
        """
        title = json.dumps([_FORMAT, clip.model_dump(), first_digest.hex()]).encode() + b"\n"
        with path.open("a+b") as file:
            file.seek(0)
            if file.read(len(title)) != title:
                file.truncate(0)
                file.write(title)
            end, done = len(title), 0
            for record in _records(file, end):
                end = file.tell()
                done += len(record["counts"])
            file.truncate(end)
            yield cls(file, done)

    def add(self, frames: Sequence[FrameRecord]) -> None:
        """Add the next CHUNK frames, or the clip's last ones. They stay, even if the machine fails."""
        faces = [frame.faces for frame in frames]
        landmarks = [np.array([face.landmarks for face in one]).reshape(-1, POINTS, 3) for one in faces]
        record = save(
            {
                "counts": np.array([len(one) for one in faces], np.uint8),
                "cuts": np.array([frame.cut for frame in frames], np.uint8),
                "digests": np.frombuffer(
                    b"".join(frame.digest for frame in frames if frame.digest is not None), np.uint8
                ).reshape(-1, FINGERPRINT_BYTES),
                "presence": np.array([face.presence for one in faces for face in one], np.float32),
                "cover": np.array([face.cover for one in faces for face in one], np.float32),
                "landmarks": np.frombuffer(encode_landmarks(landmarks), np.uint8),
            }
        )
        self._file.write(_HEAD.pack(len(record), zlib.crc32(record)) + record)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.done += len(frames)

    def finish(self, path: Path) -> tuple[FacesFile, tuple[int, ...]]:
        """Write the faces of a plan to a file, and return what the plan says of it, and the clip's cuts."""
        self._file.seek(0)
        self._file.readline()
        records = list(_records(self._file, self._file.tell()))
        joined = {key: np.concatenate([record[key] for record in records]) for key in records[0]}
        cuts = np.flatnonzero(joined.pop("cuts"))
        sizes = [0, *(record["landmarks"].nbytes for record in records)]
        del records
        scratch = path.with_name(f".{path.name}.new")
        # One entry alone: the order of several is not fixed.
        save_file(joined | {"offsets": np.cumsum(sizes, dtype=np.int64)}, scratch, {"format": FACES_FORMAT})
        shutil.copymode(self._file.name, scratch)  # safetensors writes for its owner only
        facts = FacesFile(file=path.name, size=scratch.stat().st_size, sha256=digest_of(scratch))
        replace_durably(scratch, path)
        return facts, tuple(int(cut) for cut in cuts if cut)


def _records(file: BinaryIO, start: int) -> Iterator[Record]:
    """Yield the whole records from a place in a file; behind each, the file stands at its end."""
    file.seek(start)
    size = os.fstat(file.fileno()).st_size
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        length, checksum = _HEAD.unpack(head)
        if length > size - file.tell():
            return
        data = file.read(length)
        if zlib.crc32(data) != checksum:
            return
        try:
            record = load(data)
        except SafetensorError:
            return
        yield record
        if len(record["counts"]) < CHUNK:
            return
