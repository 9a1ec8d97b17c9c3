"""Make the demo footage and its dub (demo/): public-domain portraits under a slow camera, and a spoken text.

One portrait is made to speak (talking_portrait.py), so that there is a mouth that opens and closes; the
other is still.

Needs the optional dependencies `demo` and the program espeak-ng:

    pip install -e '.[demo]' && apt-get install espeak-ng && python -m scripts.make_demo
"""

import math
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib.cbook
import numpy as np
import skimage.data
import soundfile
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from scripts.talking_portrait import SCALE, TalkingPortrait
from vs_lipsync.media.ffmpeg import Ffmpeg

DEMO = Path(__file__).parent.parent / "demo"
WIDTH, HEIGHT, FPS = 640, 360, 25
PAUSE = 0.8  # seconds of silence between two sentences, in which the mouth should close
SENTENCES = (
    "Good morning.",
    "Nobody in these pictures ever said a word of this.",
    "The voice is a computer's, and the lips only follow it.",
    "That is all. Good bye.",
)

ONCE_SAID = "This portrait was taken long ago, before the mission. Nobody recorded what was said on that day."

type Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class View:
    """What the camera shows of a picture: its middle and width in samples of the picture."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Shot:
    """Pictures [height, width, 3] in RGB, one for each frame, and a camera that goes from one view to another.

    Attributes:
        pictures: called with the number of a frame.
        enlarged: how many times as large the pictures are as those that the views refer to.
    """

    pictures: Callable[[int], Picture]
    frames: int
    start: View
    end: View
    enlarged: int = 1

    def render(self) -> Iterator[Picture]:
        """Yield the frames [HEIGHT, WIDTH, 3]."""
        for n in range(self.frames):
            way = (1 - math.cos(math.pi * n / (self.frames - 1))) / 2  # sets off and arrives gently
            x = self.start.x + way * (self.end.x - self.start.x) + 0.8 * math.sin(0.11 * n)
            y = self.start.y + way * (self.end.y - self.start.y) + 0.6 * math.sin(0.17 * n + 1)
            scale = (self.start.width + way * (self.end.width - self.start.width)) / WIDTH
            roll = math.radians(0.8) * math.sin(0.07 * n)  # as if the camera was held by hand
            cos, sin = scale * math.cos(roll), scale * math.sin(roll)
            middle_x, middle_y = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
            to_picture = self.enlarged * np.array(
                [
                    [cos, -sin, x - cos * middle_x + sin * middle_y],
                    [sin, cos, y - sin * middle_x - cos * middle_y],
                ]
            )
            flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
            shown = cv2.warpAffine(
                self.pictures(n), to_picture, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT
            )
            yield np.asarray(shown, np.uint8)


def shots() -> list[Shot]:
    """Return two people and a picture without a face. All three pictures are in the public domain."""
    decoded = cv2.imread(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False), cv2.IMREAD_COLOR_RGB)
    assert decoded is not None
    hopper = np.asarray(decoded, np.uint8)  # US Navy, 1984
    collins = skimage.data.astronaut()  # NASA
    rocket = skimage.data.rocket()  # SpaceX, released into the public domain
    speaker = TalkingPortrait(collins)
    speech = openings(ONCE_SAID)

    def speaking(n: int) -> Picture:
        return speaker.render(float(speech[n % len(speech)]), 0.06 + 0.06 * math.sin(0.9 * n) * math.sin(0.23 * n))

    return [
        Shot(speaking, 125, View(240, 150, 410), View(228, 138, 350), SCALE),
        Shot(lambda n: rocket, 50, View(320, 250, 600), View(320, 200, 560)),
        Shot(lambda n: hopper, 88, View(264, 245, 490), View(266, 232, 400)),
        Shot(lambda n: speaking(n + 60), 62, View(222, 140, 360), View(236, 144, 380), SCALE),
    ]


def openings(sentence: str) -> NDArray[np.float64]:
    """Return how far a mouth opens in each frame while it says something: after the loudness of the voice."""
    voice, rate = speak(sentence)
    window = rate // FPS
    loudness = np.sqrt((voice[: len(voice) // window * window].reshape(-1, window) ** 2).mean(1))
    loudness = np.minimum(loudness / np.percentile(loudness, 90), 1.2)
    smooth: NDArray[np.float64] = gaussian_filter1d(loudness.astype(np.float64), 0.8)
    return 1.7 * smooth


def write_footage(path: Path) -> None:
    """Write the shots, cut one after another, without sound."""
    picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{WIDTH}x{HEIGHT}", "-framerate", str(FPS)]
    colour = "scale=out_color_matrix=bt709:out_range=limited:sws_dither=none,format=yuv420p"
    colour += ",setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=limited"
    codec = ["-c:v", "libx264", "-preset", "veryslow", "-crf", "18", "-movflags", "+faststart"]
    with Ffmpeg([*picture, "-i", "pipe:0", "-vf", colour, *codec, "-y", f"file:{path.absolute()}"]) as ffmpeg:
        for shot in shots():
            for frame in shot.render():
                ffmpeg.write(np.ascontiguousarray(frame).data)
        ffmpeg.finish()


def speak(sentence: str) -> tuple[NDArray[np.float32], int]:
    """Return a sentence spoken by espeak-ng [samples], and the samples per second."""
    with tempfile.TemporaryDirectory() as scratch:
        spoken = Path(scratch) / "sentence.wav"
        command = ["espeak-ng", "-v", "en-gb+f3", "-s", "150", "-w", str(spoken), "--", sentence]
        subprocess.run(command, check=True)
        samples, rate = soundfile.read(spoken, dtype="float32")
    return samples, rate


def write_dub(path: Path) -> None:
    """Speak the sentences, with a pause between them, and write them as Ogg Vorbis."""
    parts: list[NDArray[np.float32]] = []
    for sentence in SENTENCES:
        samples, rate = speak(sentence)
        parts += [samples, np.zeros(round(PAUSE * rate), np.float32)]
    voice = np.concatenate(parts[:-1])
    soundfile.write(path, 0.7 * voice / np.abs(voice).max(), rate, format="OGG", subtype="VORBIS")


if __name__ == "__main__":
    DEMO.mkdir(exist_ok=True)
    write_footage(DEMO / "footage.mp4")
    write_dub(DEMO / "dub.ogg")
