"""Small good files, and what can be wrong with files: made anew for each run, from the demo footage and its dub."""

import io
import json
import os
import random
import socket
import struct
import subprocess
import wave
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tests.conftest import DEMO_CLIP, DEMO_DUB
from vs_lipsync.media.ffmpeg import ffmpeg_program

__all__ = ["BROKEN", "DAMAGED", "NO_FILES", "SOUNDS", "damaged", "good_files"]

_FORMATS: Mapping[str, list[str]] = {
    "clip.mp4": ["-c", "copy"],
    "fast.mp4": ["-c", "copy", "-movflags", "+faststart"],
    "clip.mkv": ["-c", "copy"],
    "clip.avi": ["-c:v", "mjpeg", "-q:v", "8", "-s", "160x90"],
    "clip.webm": ["-c:v", "libvpx", "-b:v", "100k", "-s", "160x90", "-c:a", "libopus"],
    "clip.ts": ["-c:v", "mpeg2video", "-s", "160x90", "-c:a", "mp2"],
    "clip.y4m": ["-s", "32x18", "-an"],
    "dub.wav": ["-vn", "-ar", "8000"],
    "dub.ogg": ["-vn", "-c:a", "libopus"],
    "dub.mp3": ["-vn", "-c:a", "libmp3lame"],
    "dub.m4a": ["-vn", "-c:a", "aac"],
    "dub.flac": ["-vn", "-ar", "8000"],
    "picture.png": ["-frames:v", "1", "-s", "160x90", "-an"],
    "picture.jpg": ["-frames:v", "1", "-s", "160x90", "-an"],
    "picture.gif": ["-frames:v", "1", "-s", "160x90", "-an"],
    "silent.mp4": ["-c:v", "copy", "-an"],
}


def good_files(folder: Path) -> None:
    """Write a second of the demo in many formats to a folder."""
    inputs = ["-ss", "1", "-t", "1", "-i", str(DEMO_CLIP), "-t", "1", "-i", str(DEMO_DUB), "-shortest"]
    outputs = [word for name, options in _FORMATS.items() for word in (*options, str(folder / name))]
    subprocess.run([ffmpeg_program(), "-v", "error", *inputs, *outputs], check=True, stdin=subprocess.DEVNULL)


def _kept(name: str, share: float) -> Callable[[Path], bytes]:
    """Return a maker of a file that ends early."""

    def make(good: Path) -> bytes:
        whole = (good / name).read_bytes()
        return whole[: int(len(whole) * share)]

    return make


def damaged(content: bytes, seed: int, least: int = 0) -> bytes:
    """Flip bits, drop, double and overwrite pieces of a file, behind its first `least` bytes."""
    rng = random.Random(seed)
    data = bytearray(content)
    for _ in range(rng.choice((1, 4, 16, 64))):
        start = rng.randrange(least, max(len(data), least + 1))
        stop = start + rng.choice((1, 2, 8, 100))
        match rng.randrange(5):
            case 0 | 1:
                if start < len(data):
                    data[start] ^= 1 << rng.randrange(8)
            case 2:
                del data[start:stop]
            case 3:
                data[start:start] = data[start:stop]
            case 4:
                data[start:stop] = rng.choice((b"\0", b"\xff", b"\x7f")) * (stop - start)
    return bytes(data)


def _flipped(name: str, seed: int) -> Callable[[Path], bytes]:
    return lambda good: damaged((good / name).read_bytes(), seed)


def _wave_header(**values: int) -> bytes:
    """Return a WAV file whose header may lie."""
    fields = {"riff": 36 + 3200, "kind": 1, "channels": 1, "rate": 16000, "bytes": 32000, "align": 2, "bits": 16}
    fields |= {"data": 3200, **values}
    riff = b"RIFF" + struct.pack("<I", fields["riff"]) + b"WAVE"
    form = struct.pack("<HHIIHH", *(fields[name] for name in ("kind", "channels", "rate", "bytes", "align", "bits")))
    return riff + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", fields["data"]) + bytes(3200)


def float_wave(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]", rate: int = 16000) -> bytes:
    """Return a WAV file of floats."""
    data = samples.astype("<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 1, rate, 4 * rate, 4, 32)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("../../outside.txt", "out")
    return content.getvalue()


def _integers(samples: int) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(2 * samples))
    return content.getvalue()


def _constant(content: bytes | str) -> Callable[[Path], bytes]:
    return lambda good: content if isinstance(content, bytes) else content.encode()


BROKEN: Mapping[str, Callable[[Path], bytes]] = {
    "empty.mp4": _constant(b""),
    "empty.wav": _constant(b""),
    "one byte.mp4": _constant(b"\0"),
    "zeros.mp4": _constant(bytes(1 << 16)),
    "ones.mkv": _constant(b"\xff" * 4096),
    "noise.mp4": lambda good: random.Random(0).randbytes(1 << 16),
    "noise.avi": lambda good: random.Random(1).randbytes(1 << 10),
    "noise.ts": lambda good: random.Random(2).randbytes(1 << 14),
    "noise.ogg": lambda good: random.Random(3).randbytes(1 << 14),
    "text.mp4": _constant("This is no video.\n" * 50),
    "text.txt": _constant("This is no video.\n" * 50),
    "page.mp4": _constant("<!DOCTYPE html><html><head><title>Sign in</title></head><body>404</body></html>\n"),
    "page.wav": _constant("<html><body>Not found</body></html>"),
    "data.json": _constant(json.dumps({"error": {"code": 404}})),
    "table.csv": _constant("frame,action\n0,dub\n"),
    "plan.json": _constant(json.dumps({"frames": [{"face": "__import__('os').system('touch OUTSIDE')"}]})),
    "script.py": _constant("open('OUTSIDE', 'w')\n"),
    "script.vpy": _constant("import vapoursynth as vs\nopen('OUTSIDE', 'w')\nvs.core.std.BlankClip().set_output()\n"),
    "script.avs": _constant("BlankClip()\n"),
    "program.mp4": _constant(b"\x7fELF\x02\x01\x01" + bytes(500)),
    "archive.mp4": lambda good: _archive(),
    "paper.mp4": _constant("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
    "pickle.mp4": _constant(b"\x80\x04\x95\x1a\x00\x00\x00cposix\nsystem\n\x8c\rtouch OUTSIDE\x85R."),
    "list.m3u8": _constant("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nmissing.ts\n#EXT-X-ENDLIST\n"),
    "list.mp4": _constant(
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:PORT/a.ts\n#EXT-X-ENDLIST\n"
    ),
    "master.mp4": _constant("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://127.0.0.1:PORT/b.m3u8\n"),
    "concat.mp4": _constant("ffconcat version 1.0\nfile 'http://127.0.0.1:PORT/a.mp4'\n"),
    "concat absolute.mp4": _constant("ffconcat version 1.0\nfile '/etc/passwd'\n"),
    "session.sdp": _constant(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    ),
    "manifest.mpd": _constant('<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:PORT/</BaseURL></MPD>'),
    "subtitles.srt": _constant("1\n00:00:00,000 --> 00:00:01,000\nHello\n"),
    "subtitles.ass": _constant("[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00\n"),
    "subtitles.vtt": _constant("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"),
    "y4m header.y4m": _constant("YUV4MPEG2 W64 H64 F25:1 Ip A1:1 C420jpeg\n"),
    "y4m no size.y4m": _constant("YUV4MPEG2 F25:1\nFRAME\n"),
    "y4m vast.y4m": _constant("YUV4MPEG2 W2000000000 H2000000000 F25:1 C420jpeg\nFRAME\n"),
    "y4m negative.y4m": _constant("YUV4MPEG2 W-64 H64 F25:1 C420jpeg\nFRAME\n" + "x" * 6144),
    "y4m short.y4m": _constant("YUV4MPEG2 W64 H64 F25:1 C420jpeg\nFRAME\n" + "x" * 100),
    "box.mp4": _constant(b"\xff\xff\xff\xffftypisom" + bytes(64)),
    "box loop.mp4": _constant(b"\0\0\0\x08moov" * 200),
    "box deep.mp4": _constant(b"".join(struct.pack(">I", 8 * k) + b"moov" for k in range(300, 0, -1))),
    "box huge.mp4": _constant(b"\0\0\0\x01moov" + b"\x7f" + b"\xff" * 7 + bytes(64)),
    "ebml.mkv": _constant(b"\x1a\x45\xdf\xa3" + b"\xff" * 60),
    "riff.avi": _constant(b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrl"),
    "gif header.gif": _constant(b"GIF89a\xff\xff\xff\xff\x00\x00\x00"),
    "png header.png": _constant(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x02"),
    "png cut.png": _kept("picture.png", 0.02),
    "jpeg cut.jpg": _kept("picture.jpg", 0.05),
    "cut 5.mp4": _kept("clip.mp4", 0.05),
    "cut 50.mp4": _kept("clip.mp4", 0.5),
    "cut 95.mp4": _kept("clip.mp4", 0.95),
    "cut fast 1.mp4": _kept("fast.mp4", 0.01),
    "cut 1.mkv": _kept("clip.mkv", 0.005),
    "cut 1.webm": _kept("clip.webm", 0.01),
    "cut 1.avi": _kept("clip.avi", 0.005),
    "cut 1.ts": _kept("clip.ts", 0.001),
}
"""Files that nothing can be read of, as a clip or as a dub."""

_SHARES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)

DAMAGED: Mapping[str, Callable[[Path], bytes]] = {
    **{
        f"cut {share}.{kind}": _kept(f"clip.{kind}", share)
        for kind in ("mkv", "avi", "webm", "ts")
        for share in _SHARES
    },
    **{f"cut {share} fast.mp4": _kept("fast.mp4", share) for share in _SHARES},
    **{
        f"bits {seed}.{name}": _flipped(name, seed)
        for name in ("clip.mp4", "fast.mp4", "clip.mkv", "clip.avi", "clip.webm", "clip.ts", "clip.y4m", "picture.png")
        for seed in range(6)
    },
    "picture.png": _kept("picture.png", 1),
    "picture.jpg": _kept("picture.jpg", 1),
    "picture.gif": _kept("picture.gif", 1),
    "picture cut.jpg": _kept("picture.jpg", 0.5),
    "twice.mp4": lambda good: 2 * (good / "clip.mp4").read_bytes(),
    "twice.mkv": lambda good: 2 * (good / "clip.mkv").read_bytes(),
    "two kinds.ts": lambda good: (good / "clip.ts").read_bytes() + (good / "clip.mp4").read_bytes(),
}
"""Files of which FFmpeg may make something."""

_RAMP = np.linspace(-1, 1, 16000, dtype=np.float32)

SOUNDS: Mapping[str, Callable[[Path], bytes]] = {
    "nan.wav": _constant(float_wave(np.full(16000, np.nan, np.float32))),
    "infinite.wav": _constant(float_wave(np.full(16000, np.inf, np.float32))),
    "some nan.wav": _constant(float_wave(np.where(np.arange(16000) % 100, _RAMP, np.float32(np.nan)))),
    "vast.wav": _constant(float_wave(_RAMP * np.float32(3e38))),
    "denormal.wav": _constant(float_wave(_RAMP * np.float32(1e-40))),
    "no samples.wav": _constant(_integers(0)),
    "one sample.wav": _constant(_integers(1)),
    "no data.wav": _constant(_integers(0)[:36]),
    "rate 0.wav": _constant(_wave_header(rate=0)),
    "rate 1.wav": _constant(_wave_header(rate=1)),
    "rate vast.wav": _constant(_wave_header(rate=0xFFFFFFFF)),
    "channels 0.wav": _constant(_wave_header(channels=0, align=0)),
    "channels 255.wav": _constant(_wave_header(channels=255, align=510)),
    "channels vast.wav": _constant(_wave_header(channels=65535)),
    "align 0.wav": _constant(_wave_header(align=0)),
    "bits 0.wav": _constant(_wave_header(bits=0)),
    "bits 255.wav": _constant(_wave_header(bits=255)),
    "kind.wav": _constant(_wave_header(kind=0xBEEF)),
    "longer than it is.wav": _constant(_wave_header(data=0xFFFFFFF0)),
    "cut.wav": _kept("dub.wav", 0.5),
    "cut.ogg": _kept("dub.ogg", 0.5),
    "cut.mp3": _kept("dub.mp3", 0.5),
    "cut.flac": _kept("dub.flac", 0.5),
    **{
        f"bits {seed}.{name}": _flipped(name, seed)
        for name in ("dub.wav", "dub.ogg", "dub.mp3", "dub.m4a", "dub.flac")
        for seed in range(5)
    },
}
"""Sounds of which FFmpeg may make something."""


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


NO_FILES: Mapping[str, Callable[[Path], None]] = {
    "folder.mp4": Path.mkdir,
    "fifo.mp4": os.mkfifo,
    "socket.mp4": _socket,
    "null.mp4": lambda path: path.symlink_to("/dev/null"),
    "zero.mp4": lambda path: path.symlink_to("/dev/zero"),
    "random.mp4": lambda path: path.symlink_to("/dev/urandom"),
    "full.mp4": lambda path: path.symlink_to("/dev/full"),
    "dangling.mp4": lambda path: path.symlink_to("nowhere"),
    "circle.mp4": lambda path: path.symlink_to(path.name),
}
"""Names that stand for anything but a file."""
