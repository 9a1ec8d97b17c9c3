"""Where the samples of a dub come from: arrays, files and audio nodes."""

import math
import os
import stat
import tempfile
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.errors import DubError

__all__ = ["SAMPLE_RATE", "ArraySound", "FileSound", "NodeSound", "Sound"]

SAMPLE_RATE = 16000
"""Samples per second of every dub."""

_IN_MEMORY = 64 << 20  # bytes of decoded sound (17 minutes) kept in memory before they go to a temporary file
_NODE_FRAME = 3072  # samples per frame of an audio node (VS_AUDIO_FRAME_SAMPLES of VapourSynth's API)
_LEAST_SILENCE = 1e-3  # seconds; a stream that starts this little after the file starts with it
_PACKETS_ERR = 1  # seconds by which a decoder may give more than the packets say


class Sound(Protocol):
    """Where samples come from."""

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        ...

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        ...

    def length(self) -> int:
        """Return the number of samples; may have to decode everything."""
        ...

    def covers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which sample numbers [n] somebody recorded: not those before, behind, or in a gap between recordings."""
        ...

    def spans(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which sample numbers [n] lie between the first recording's start and the last one's end."""
        ...


class _ContinuousSound(ABC):
    """One recording, without gaps."""

    @abstractmethod
    def has(self, number: int) -> bool: ...

    @abstractmethod
    def length(self) -> int: ...

    def covers(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        inside = numbers >= 0
        if not inside.any() or self.has(int(numbers.max())):
            return inside
        return np.asarray(inside & (numbers < self.length()))

    def spans(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self.covers(numbers)


class ArraySound(_ContinuousSound):
    """Samples that are there already."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        return self._samples[start:stop]

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        return number < len(self._samples)

    def length(self) -> int:
        """Return the number of samples."""
        return len(self._samples)


class FileSound(_ContinuousSound):
    """The first sound track of a file, decoded forward as far as needed."""

    def __init__(self, source: str | os.PathLike[str]) -> None:
        path = _file_at(source)
        self._path = path
        try:
            with _opened(path) as container:
                if not container.streams.audio:
                    raise DubError(f"{path} has no sound")
        except (av.FFmpegError, OSError) as error:
            raise DubError(f"cannot open {path}: {getattr(error, 'strerror', None) or error}") from error
        # Only decoding happens under this lock, and decoding asks nothing of VapourSynth.
        self._lock = threading.Lock()
        self._decoded: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._packets: Iterator[av.Packet[Any]] = iter(())
        self._resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
        self._kind: tuple[str, str, int] | None = None
        self._length = 0
        self._ended = False
        self._failure: DubError | None = None

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        with self._lock:
            self._decode(stop)
            start, stop = min(start, self._length), min(stop, self._length)
            if self._decoded is None or start >= stop:
                return np.empty(0, np.float32)
            self._decoded.seek(4 * start)
            return np.frombuffer(self._decoded.read(4 * (stop - start)), np.float32)

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        with self._lock:
            self._decode(number + 1)
            return number < self._length

    def length(self) -> int:
        """Return the number of samples; decodes the whole file."""
        with self._lock:
            self._decode(None)
            return self._length

    def bound(self) -> int | None:
        """Return a number of samples that there are not more of, from the packets alone; None if they do not tell."""
        try:
            with _opened(self._path) as container:
                stream = container.streams.audio[0]
                packets = [packet.duration for packet in container.demux(stream) if packet.size]
                if not stream.time_base or not all(packets):
                    return None
                seconds = sum(duration for duration in packets if duration) * stream.time_base + _PACKETS_ERR
                return self._leading_silence(container) + math.ceil(seconds * SAMPLE_RATE)
        except (av.FFmpegError, OSError):
            return None

    def _decode(self, stop: int | None) -> None:
        """Decode on until sample `stop` is there, or to the end."""
        if self._failure is not None:  # going on would take the end of what could be read for the end of the dub
            raise self._failure
        if self._ended or (stop is not None and self._length >= stop):
            return
        try:
            if self._decoded is None:
                container = _opened(self._path)
                self._packets = container.demux(container.streams.audio[0])
                self._decoded = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives with the dub
                weakref.finalize(self, self._decoded.close)
                self._write(np.zeros(self._leading_silence(container), np.float32))
            self._decoded.seek(0, os.SEEK_END)
            while not self._ended and (stop is None or self._length < stop):
                self._decode_packet()
        except (av.FFmpegError, OSError, ValueError) as error:
            self._failure = DubError(f"cannot decode {self._path}: {getattr(error, 'strerror', None) or error}")
            raise self._failure from error
        if self._length == 0:
            self._failure = DubError(f"cannot decode {self._path}: there is nothing in its sound track")
            raise self._failure

    def _decode_packet(self) -> None:
        """Take one packet from the file, or find its end."""
        packet = next(self._packets, None)
        # The last packet of a stream is empty and flushes the decoder; after it, no packet flushes the resampler.
        frames: list[Any] = [None]
        if packet is not None:
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                return  # a damaged packet: what follows it may be sound again
        for frame in frames:
            self._take(frame)
        self._ended = packet is None

    def _take(self, frame: av.AudioFrame | None) -> None:
        """Resample a frame; None ends the sound."""
        kind = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind and self._kind is not None:  # broadcasts change their layout between programmes
            self._write_all(self._resampler.resample(None))
            self._resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
        self._kind = kind
        if frame is not None:
            self._write_all(self._resampler.resample(frame))

    def _write_all(self, parts: list[av.AudioFrame]) -> None:
        for part in parts:
            self._write(part.to_ndarray()[0])

    def _write(self, samples: NDArray[np.float32]) -> None:
        assert self._decoded is not None
        self._decoded.write(np.ascontiguousarray(samples, np.float32).tobytes())
        self._length += len(samples)

    @staticmethod
    def _leading_silence(container: "av.container.InputContainer") -> int:
        """Return the samples by which the sound starts later than the file, as the track of a video may."""
        stream = container.streams.audio[0]
        if stream.start_time is None or not stream.time_base or container.start_time is None:
            return 0
        late = float(stream.start_time * stream.time_base) - container.start_time / av.time_base
        return round(late * SAMPLE_RATE) if late > _LEAST_SILENCE else 0


class NodeSound(_ContinuousSound):
    """An audio node, resampled by VapourSynth and asked for what each read needs.

    There is no lock and no state here, so that a read from a callback can never wait for another thread.
    """

    def __init__(self, node: "vs.AudioNode") -> None:
        self._node = node.std.AudioResample(samplerate=SAMPLE_RATE, sampletype=vs.FLOAT, channels=[vs.FRONT_CENTER])

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples start..stop, 0 <= start; fewer where the sound ends before."""
        stop = min(stop, self.length())
        if start >= stop:
            return np.empty(0, np.float32)
        size = _NODE_FRAME
        parts = []
        for number in range(start // size, (stop - 1) // size + 1):
            with self._node.get_frame(number) as frame:
                parts.append(np.array(frame[0], np.float32))
        offset = start // size * size
        return np.concatenate(parts)[start - offset : stop - offset]

    def has(self, number: int) -> bool:
        """Tell whether there is a sample of this number."""
        return number < self.length()

    def length(self) -> int:
        """Return the number of samples."""
        return int(self._node.num_samples)


def _file_at(name: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a file, which FFmpeg cannot take for the address of something else."""
    try:
        path = Path(name).absolute()
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise DubError(f"cannot open {os.fspath(name)!r}: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(mode):  # nobody may ever write to a pipe
        raise DubError(f"{path} is not a file")
    return path


def _opened(path: Path) -> "av.container.InputContainer":
    """Open a media file, and nothing that it may point to elsewhere, as playlists do."""
    return av.open(str(path), options={"protocol_whitelist": "file"})
