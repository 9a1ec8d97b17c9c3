"""Files of different origin with the same pictures and sound: real footage whose frames carry their numbers."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from vs_lipsync.media.ffmpeg import ffmpeg_program, run_ffmpeg

__all__ = ["BITS", "HEIGHT", "ORIGINS", "RATE", "WIDTH", "Origin", "click_at", "make_pictures", "number_in"]

WIDTH, HEIGHT, RATE = 640, 360, 25
BITS = 16
"""A frame's number is in the top of its picture, as so many black and white fields."""

_FIELD = WIDTH // BITS
_STRIP = 24
_SOUND_RATE = 48_000

_HDR = "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1):max-cll=1000,400"
_X265 = "-c:v libx265 -preset ultrafast -crf 22 -pix_fmt {} -x265-params log-level=error:keyint=100:"


@dataclass(frozen=True)
class Origin:
    """A kind of file.

    Attributes:
        name: what it is.
        suffix: its extension.
        picture: FFmpeg's options for its pictures.
        sound: FFmpeg's options for its sound.
        output: extension of the file that is rendered.
        browser: media type under which Chromium plays that; empty if it has no decoder.
        cut: seconds at its beginning that an edit list hides.
        turned: degrees by which players turn it.
        varies: whether its frames last for different times.
        options: those of `vs-lipsync dub`.
    """

    name: str
    suffix: str
    picture: str
    sound: str = "-c:a aac"
    output: str = ".mp4"
    browser: str = ""
    cut: float = 0.0
    turned: int = 0
    varies: bool = False
    options: str = ""

    def make(self, pictures: Path, sound: Path, path: Path) -> None:
        """Write a file of this kind from uncompressed pictures and sound."""
        retime = ["-vf", "setpts='PTS+0.3*mod(N,2)/(FRAME_RATE*TB)'", "-fps_mode", "passthrough"] if self.varies else []
        later = bool(self.cut or self.turned)
        first = path.with_name(f"first{self.suffix}") if later else path
        run_ffmpeg(
            [
                "-i",
                str(pictures),
                "-i",
                str(sound),
                *retime,
                *self.picture.split(),
                *self.sound.split(),
                "-y",
                str(first),
            ]
        )
        if later:
            before = ["-ss", str(self.cut)] if self.cut else ["-display_rotation:v:0", str(self.turned)]
            run_ffmpeg([*before, "-i", str(first), "-c", "copy", "-y", str(path)])
            first.unlink()


ORIGINS = (
    Origin("x264 as it comes, MP4", ".mp4", "-c:v libx264", browser="video/mp4"),
    Origin(
        "x264, open groups and a B pyramid, Matroska",
        ".mkv",
        "-c:v libx264 -preset fast -x264-params open-gop=1:b-pyramid=normal:bframes=8:keyint=50",
        browser="video/mp4",
    ),
    Origin("x265 of 10 bits, MP4", ".mp4", _X265.format("yuv420p10le") + "open-gop=1 -tag:v hvc1"),
    Origin(
        "HDR10, x265, Matroska",
        ".mkv",
        _X265.format("yuv420p10le") + f"{_HDR} -color_primaries 9 -color_trc 16 -colorspace 9 -color_range tv",
        output=".mkv",
    ),
    Origin(
        "like a telephone's: HEVC, turned, of a variable rate, QuickTime",
        ".mov",
        _X265.format("yuv420p") + "open-gop=0:bframes=0 -tag:v hvc1",
        output=".mov",
        turned=90,
        varies=True,
    ),
    Origin(
        "H.264 from a transport stream",
        ".ts",
        "-c:v libx264 -preset fast -g 48 -output_ts_offset 3600",
        "-c:a mp2 -b:a 192k",
        browser="video/mp4",
    ),
    Origin(
        "ProRes 422, QuickTime", ".mov", "-c:v prores_ks -profile:v 2 -pix_fmt yuv422p10le", "-c:a pcm_s16le", ".mov"
    ),
    Origin(
        "VP9 and Opus, WebM",
        ".webm",
        "-c:v libvpx-vp9 -deadline good -cpu-used 5 -row-mt 1 -crf 32 -b:v 0 -g 100",
        "-c:a libopus",
        ".webm",
        "video/webm",
    ),
    Origin("AV1, MP4", ".mp4", "-c:v libsvtav1 -preset 10 -g 100 -crf 32", browser="video/mp4"),
    Origin(
        "an MP4 whose edit list hides its beginning",
        ".mp4",
        "-c:v libx264 -preset fast -g 100",
        browser="video/mp4",
        cut=0.7,
    ),
)


def _frames(footage: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of some footage again and again, [HEIGHT, WIDTH, 3]."""
    while True:
        with av.open(str(footage)) as container:
            for frame in container.decode(video=0):
                picture = frame.to_ndarray(format="rgb24")
                height, width = picture.shape[:2]
                scale = max(WIDTH / width, (HEIGHT - _STRIP) / height)
                shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
                top, left = (shown.shape[0] - HEIGHT + _STRIP) // 2, (shown.shape[1] - WIDTH) // 2
                yield np.asarray(shown[top : top + HEIGHT - _STRIP, left : left + WIDTH], np.uint8)


def make_pictures(footage: Path, voice: Path, seconds: float, folder: Path) -> tuple[Path, Path]:
    """Write pictures with their numbers, losslessly, and sound with a click a second before its end.

    Args:
        footage: what is to be seen.
        voice: what is to be heard.
        seconds: of both.
        folder: where they go.
    """
    count = round(seconds * RATE)
    pictures, sound = folder / "pictures.mkv", folder / "sound.wav"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-"]
    command = [ffmpeg_program(), "-v", "error", *raw, "-vf", "scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p"]
    command += ["-colorspace", "1", "-color_primaries", "1", "-color_trc", "1", "-c:v", "ffv1", "-y", str(pictures)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for number, below in zip(range(count), _frames(footage), strict=False):
            fields = [235 if number >> (BITS - 1 - bit) & 1 else 20 for bit in range(BITS)]
            strip = np.repeat(np.array(fields, np.uint8), _FIELD)[None, :, None]
            picture = np.concatenate([np.broadcast_to(strip, (_STRIP, WIDTH, 3)), below])
            process.stdin.write(np.ascontiguousarray(picture).tobytes())
    run_ffmpeg(
        ["-stream_loop", "-1", "-i", str(voice), "-t", str(seconds), "-ac", "1", "-ar", str(_SOUND_RATE), str(sound)]
    )
    samples, _ = soundfile.read(sound, dtype="float32")
    soundfile.write(sound, with_click(samples, seconds - 1), _SOUND_RATE)
    return pictures, sound


def with_click(samples: NDArray[np.float32], second: float) -> NDArray[np.float32]:
    """Return samples with a moment of noise between half a second of silence before, and after it."""
    at, half = round(second * _SOUND_RATE), _SOUND_RATE // 2
    made = samples * np.float32(0.5)
    made[max(0, at - half) : at + half] = 0
    noise = np.random.default_rng(0).choice([-0.8, 0.8], _SOUND_RATE // 50).astype(np.float32)
    made[at : at + len(noise)] = noise[: len(made[at : at + len(noise)])]
    return made


def click_at(path: Path, stream: int, near: float) -> float:
    """Return the second at which the click of a file's sound is heard; NaN if there is none about `near`."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=_SOUND_RATE)
        for frame in container.decode(audio=stream):
            assert frame.time is not None
            if frame.time < near - 0.45:
                continue
            for part in resampler.resample(frame):
                loud = np.flatnonzero(np.abs(part.to_ndarray().ravel()) > 0.3)
                if len(loud):
                    return float(frame.time) + float(loud[0]) / _SOUND_RATE
            if frame.time > near + 0.45:
                break
    return float("nan")


def number_in(picture: NDArray[np.generic], turned: int = 0) -> int:
    """Return the number that a picture [height, width] or [height, width, 3] carries, shown turned by some degrees."""
    upright = np.rot90(picture, -turned // 90) if turned else picture
    rows, width = upright[upright.shape[0] * _STRIP // HEIGHT // 2], upright.shape[1]
    levels = [float(np.mean(rows[round((bit + 0.5) * width / BITS)])) for bit in range(BITS)]
    middle = (max(levels) + min(levels)) / 2 if max(levels) - min(levels) > 40 else 0.0
    return sum(int(level > middle) << (BITS - 1 - bit) for bit, level in enumerate(levels))
