"""What scripts may pass to the filter by mistake (5 s)."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from fractions import Fraction
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vapoursynth as vs

from vs_lipsync import lipsync, lipsync_mask, lipsync_plan

CLIPS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "number": lambda: 5,
    "text": lambda: "clip.mp4",
    "path": lambda: Path("clip.mp4"),
    "list": lambda: [blank()],
    "function": lambda: blank,
    "frame": lambda: blank().get_frame(0),
    "core": lambda: vs.core,
    "sound": vs.core.std.BlankAudio,
    "outputs": lambda: vs.VideoOutputTuple(blank(), None, 0),
    "no rate": lambda: blank(fpsnum=0, fpsden=1),
    "variable format": lambda: vs.core.std.Splice([blank(), blank(video=vs.RGB24)], mismatch=True),
    "variable size": lambda: vs.core.std.Splice([blank(), blank(width=32)], mismatch=True),
    "variable rate": lambda: vs.core.std.Splice([blank(), blank(fpsnum=30)], mismatch=True),
    "32 bit integers": lambda: blank(video=vs.GRAY32),
    "24 bit": lambda: blank(video=vs.core.query_video_format(vs.YUV, vs.INTEGER, 24, 0, 0).id),
}  # fmt: skip

DUBS: dict[str, Callable[[Path], Any]] = {
    "none": lambda folder: None,
    "number": lambda folder: 5,
    "bytes": lambda folder: os.fsencode(folder / "dub.ogg"),
    "list": lambda folder: [],
    "two": lambda folder: [str(folder / "dub.ogg")],
    "array": lambda folder: np.zeros(16000, np.float32),
    "clip": lambda folder: blank(),
    "open file": lambda folder: (folder / "dub.ogg").open("rb"),
    "empty": lambda folder: "",
    "point": lambda folder: ".",
    "root": lambda folder: "/",
    "missing": lambda folder: str(folder / "missing.ogg"),
    "folder": lambda folder: folder,
    "text": lambda folder: folder / "text.ogg",
    "zero byte": lambda folder: "dub\0.ogg",
    "long": lambda folder: "x" * 100_000,
    "address": lambda folder: "http://127.0.0.1:9/dub.ogg",
    "protocol": lambda folder: f"file:{folder / 'dub.ogg'}",
    "concatenation": lambda folder: f"concat:{folder / 'dub.ogg'}|{folder / 'dub.ogg'}",
    "device": lambda folder: "/dev/zero",
    "null": lambda folder: "/dev/null",
    "pipe": lambda folder: "pipe:0",
    "standard input": lambda folder: "/dev/stdin",
    "dash": lambda folder: "-",
    "picture": lambda folder: folder / "picture.png",
}

NO_NUMBERS: list[Any] = [
    None,
    "1",
    "",
    b"1",
    [1],
    (),
    {},
    1j,
    float("nan"),
    float("inf"),
    -float("inf"),
    np.array([1.0, 2.0]),
    object(),
]

NO_MODELS: tuple[Any, ...] = (None, 5, b"warp", [], "", "x", "WARP", "warp ", "wav2lip", "wav2lip:", "wav2lip:none")
NO_CHECKPOINTS = ("wav2lip:/dev/null", "wav2lip:/dev/zero", "wav2lip:\0", "wav2lip:.", "wav2lip:/")
NO_DEVICES: tuple[Any, ...] = (None, 5, b"cpu", [])

NO_HABITS: tuple[Any, ...] = (None, 5, "", "open", b"pass", [])
NO_EXTENSIONS: tuple[Any, ...] = (5, "", "LOOP", True, [], object())
NO_ZONES: tuple[Any, ...] = (5, "zones", [None], [(0, 5)], [{"first": 0}], {0: 1}, [[]])
NO_PLANS: tuple[Any, ...] = (5, b"plan.json", [], "", "missing.json", "/dev/null", "/dev/zero", ".", "plan\0")
NO_TARGETS: tuple[Any, ...] = (
    *(5, 1.5, b"5@1,2", [], {}, object(), (1,), (1, 2), (1, 2, 3, 4), (-1, 2, 3), (0, -1, 0), (0, 64, 0), (3, 0, 0)),
    *((0, float("nan"), 0), (0, float("inf"), 0), ("0", "1", "2"), (10**30, 0, 0), (0.5, 1, 1), (None, 1, 1)),
    *("", "@", "5@", "5@1", "5@1,", "5@1,2,3", "-5@1,2", "5@-1,2", "99999999999999999999@1,1", "٣@1,2", "5@1e400,0"),
    *("missing.png", ".", "/", "/dev/null", "/dev/zero", "http://127.0.0.1:9/a.png", "x" * 5000, "a\0.png"),
)

OPTIONS: list[tuple[str, Any]] = [
    *(("offset", value) for value in (*NO_NUMBERS, 1e300, -1e300, 10**400, Fraction(10**10))),
    *(("strength", value) for value in (*NO_NUMBERS, -0.001, 2.001, 1e300, 10**400)),
    *(("model", value) for value in (*NO_MODELS, *NO_CHECKPOINTS)),
    *(("device", value) for value in NO_DEVICES),
    *((name, value) for name in ("silence", "outside") for value in NO_HABITS),
    *(("extend", value) for value in NO_EXTENSIONS),
    *(("target", value) for value in NO_TARGETS),
    *(("zones", value) for value in NO_ZONES),
    *(("plan", value) for value in NO_PLANS),
]


def blank(
    width: int = 64,
    height: int = 64,
    length: int = 3,
    fpsnum: int = 25,
    fpsden: int = 1,
    video: int = vs.YUV420P8,
) -> vs.VideoNode:
    """A clip without a face."""
    return vs.core.std.BlankClip(width=width, height=height, format=video, length=length, fpsnum=fpsnum, fpsden=fpsden)


@pytest.fixture(scope="module")
def folder(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good dub, a picture, and a text that is called a dub."""
    folder = tmp_path_factory.mktemp("dubs")
    for name in ("dub.ogg", "picture.png"):
        (folder / name).write_bytes((good / name).read_bytes())
    (folder / "text.ogg").write_text("no sound")
    return folder


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("function", [lipsync, lipsync_mask, lipsync_plan])
def test_bad_clip(function: Callable[..., vs.VideoNode], name: str, folder: Path) -> None:
    with pytest.raises(vs.Error, match=r"^lipsync: "):
        function(CLIPS[name](), str(folder / "dub.ogg"))


@pytest.mark.parametrize("name", DUBS)
def test_bad_dub(name: str, folder: Path) -> None:
    dub = DUBS[name](folder)
    with dub if isinstance(dub, BufferedReader) else nullcontext(), pytest.raises(vs.Error, match=r"^lipsync: "):
        lipsync(blank(), dub)


def shown(value: object) -> str:
    """Return a name that is the same in every process that runs the tests."""
    return "object" if type(value) is object else ascii(value)[:30]


@pytest.mark.parametrize(("option", "value"), OPTIONS, ids=shown)
def test_bad_option(option: str, value: object, folder: Path) -> None:
    with pytest.raises(vs.Error, match=r"^lipsync: "):
        lipsync(blank(), str(folder / "dub.ogg"), **{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", [1, 2])
def test_interlaced_clips_are_refused_with_what_to_do(field: int, folder: Path) -> None:
    clip = lipsync(blank().std.SetFrameProps(_FieldBased=field), str(folder / "dub.ogg"))
    with pytest.raises(vs.Error, match=r"lipsync: .*interlaced.*deinterlace"):
        clip.get_frame(0)


@pytest.mark.parametrize(
    "settings", [{"length": 1}, {"width": 2, "height": 2}, {"width": 16, "height": 4000}, {"fpsnum": 10**6}]
)
def test_odd_clips_pass(settings: dict[str, int], folder: Path) -> None:
    clip = blank(**settings)
    result = lipsync(clip, str(folder / "dub.ogg"))
    assert result.num_frames == clip.num_frames
    for frame in result.frames(close=True):
        assert frame.props["LipSyncAction"] == "pass"


@pytest.mark.parametrize("samples", [1, 100, 3072])
def test_tiny_and_odd_audio_nodes(samples: int) -> None:
    node = vs.core.std.BlankAudio(channels=[vs.FRONT_LEFT], samplerate=8000, length=samples)
    assert lipsync(blank(), node).get_frame(0).props["LipSyncAction"] == "pass"
