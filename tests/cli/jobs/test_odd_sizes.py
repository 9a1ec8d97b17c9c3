"""Pictures whose chroma is not whole: every column and row of them through the program (20 s)."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import vapoursynth as vs

from tests.conftest import DEMO_CLIP
from tests.running import run
from vs_lipsync.errors import JobError
from vs_lipsync.media.ffmpeg import ffmpeg_program
from vs_lipsync.media.odd_size import padded
from vs_lipsync.media.source import SourceClip

pytestmark = pytest.mark.usefixtures("home")

FRAMES = 10


def make(path: Path, form: str, size: str, *options: str) -> Path:
    """Footage of a face with noise over it, so that no column is like the next one."""
    filters = f"scale={size},format=yuv444p,noise=alls=20:allf=t,format={form}"
    command = [ffmpeg_program(), "-v", "error", "-i", str(DEMO_CLIP), "-frames:v", str(FRAMES), "-an", "-vf", filters]
    subprocess.run([*command, *(options or ("-c:v", "ffv1")), "-y", str(path)], check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "silence.wav"
    soundfile.write(path, np.zeros(4_800), 48_000)
    return path


def planes_of(path: Path) -> list[list[bytes]]:
    """The samples of all frames, plane by plane, without what lies beyond their rows."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            wide = 2 if frame.format.components[0].bits > 8 else 1
            rows = [np.frombuffer(bytes(plane), "u1").reshape(plane.height, -1) for plane in frame.planes]
            found.append([r[:, : p.width * wide].tobytes() for r, p in zip(rows, frame.planes, strict=True)])
    return found


@pytest.mark.parametrize(
    ("form", "size"),
    [
        ("yuv420p", "321:181"),
        ("yuv420p", "320:181"),
        ("yuv422p10le", "321:180"),
        ("yuva420p", "321:181"),
        ("yuv410p", "322:183"),
        ("yuv440p", "321:181"),
    ],
)
def test_frames_that_pass_are_the_file_s_to_the_last_column_and_row(
    form: str, size: str, silence: Path, tmp_path: Path
) -> None:
    clip, output = make(tmp_path / "a.mkv", form, size), tmp_path / "out.mkv"
    done = run(
        "dub", clip, "-a", silence, "--offset", "9", "-o", output, "--encoder-args", "-c:v ffv1", "--piece", "0.2"
    )
    assert done.returncode == 0, done.stderr
    assert "chroma" not in done.stderr and " becomes " not in done.stderr
    frames = planes_of(clip)
    assert len(frames) == FRAMES and planes_of(output) == frames
    done = run("extract", clip, "--range", "3-6", "-o", tmp_path / "cut")
    assert done.returncode == 0, done.stderr
    assert planes_of(next((tmp_path / "cut").glob("*.mkv"))) == frames[3:7]


def test_a_dubbed_picture_has_its_margins(silence: Path, tmp_path: Path) -> None:
    clip, output = make(tmp_path / "a.mkv", "yuv420p", "321:181"), tmp_path / "out.webm"
    encoder = "-c:v libvpx-vp9 -lossless 1 -cpu-used 8"
    done = run("dub", clip, "-a", silence, "-o", output, "--encoder-args", encoder)
    assert done.returncode == 0, done.stderr
    frames, made = planes_of(clip), planes_of(output)
    assert [frame == before for frame, before in zip(made, frames, strict=True)] != [True] * FRAMES
    for before, after in zip(frames, made, strict=True):
        for n, (high, wide) in enumerate([(181, 321), (91, 161), (91, 161)]):
            a, b = (np.frombuffer(plane[n], "u1").reshape(high, wide) for plane in (before, after))
            np.testing.assert_array_equal(a[:, -20:], b[:, -20:])
            np.testing.assert_array_equal(a[-5:], b[-5:])
    scores = run("evaluate", clip, output, "--json")
    assert scores.returncode == 0 and '"frames": 10' in scores.stdout


def test_an_encoder_without_such_sizes_is_named(silence: Path, tmp_path: Path) -> None:
    clip, output = make(tmp_path / "a.mkv", "yuv420p", "321:181"), tmp_path / "out.mp4"
    done = run("dub", clip, "-a", silence, "-o", output)
    assert done.returncode == 0, done.stderr
    assert (
        "libx264 does not hold 321 x 181, as ffv1 or libvpx-vp9 do, among others: it becomes 320 x 180" in done.stderr
    )
    with av.open(str(output)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (320, 180)
    encoder = "-c:v libx264 -pix_fmt yuv444p -crf 0"
    done = run("dub", clip, "-a", silence, "-o", output, "--overwrite", "--encoder-args", encoder)
    assert done.returncode == 0 and " becomes " not in done.stderr
    with av.open(str(output)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (321, 181)


def test_what_is_read_twice_must_be_the_same(tmp_path: Path) -> None:
    """The columns of another frame are never put beside a picture."""
    path = make(tmp_path / "a.mkv", "yuv420p", "321:181")
    clip = vs.core.bs.VideoSource(str(path), cachemode=0)
    with pytest.raises(JobError, match="FFmpeg finds 10 frames in it, and BestSource 9"):
        padded(path, 0, clip[:9], (321, 181))
    with pytest.raises(vs.Error, match="FFmpeg reads another frame 2 than BestSource does"):
        padded(path, 0, clip[:2] + clip[3:] + clip[2], (321, 181)).get_frame(2)
    times = "setpts=if(lt(N\\,5)\\,N\\,2*N)/25/TB"
    uneven = make(tmp_path / "b.mkv", f"yuv420p,{times}", "321:181", "-fps_mode", "vfr", "-c:v", "ffv1")
    footage = SourceClip.open(uneven)
    assert footage.size is None and "it becomes 320 x 180: its frame rate varies" in str(footage.note)
