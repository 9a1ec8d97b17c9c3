"""Smart render of real files: copied packets, right pictures, and nothing for a decoder to complain of (40 s)."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.made_smart import complaints, dubbed_clip, footage, make
from vs_lipsync.cli.jobs.rendering.smart import SmartRender
from vs_lipsync.errors import JobError, SmartRenderError
from vs_lipsync.media.encoding.encoder_options import DEFAULT
from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.smart.nal import split_annex_b, split_prefixed
from vs_lipsync.media.source import SourceClip

pytestmark = pytest.mark.usefixtures("home")

CHANGED = [(30, 34), (60, 61)]


@dataclass(frozen=True)
class Case:
    """A source, the file it is rendered into, and how many of its 96 frames are copied at least."""

    suffix: str
    options: str
    output: str
    copied: int
    changed: tuple[tuple[int, int], ...] = tuple(CHANGED)
    encoder: str = DEFAULT


X264 = "-c:v libx264 -preset veryfast -bf 3 -g 24"
X265 = "-c:v libx265 -preset ultrafast -g 24 -bf 3 -x265-params pools=1:log-level=error"
BT2020 = "-color_primaries 9 -color_trc 16 -colorspace 9 -color_range tv"
HDR10 = "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1):max-cll=1000,400"
CASES = {
    "x264 in MP4": Case(".mp4", X264, ".mp4", 50),
    "x264 in Matroska": Case(".mkv", X264, ".mkv", 50),
    "from a transport stream": Case(".ts", X264, ".mp4", 50),
    "10 bits": Case(".mkv", f"{X264} -pix_fmt yuv420p10le", ".mp4", 50),
    "baseline": Case(".mp4", f"{X264} -profile:v baseline", ".mkv", 50),
    "every picture by itself": Case(".mov", "-c:v libx264 -g 1", ".mov", 91),
    "open groups and a pyramid": Case(
        ".mkv", f"{X264} -x264-params open-gop=1:b-pyramid=normal:bframes=4", ".mkv", 55, ((60, 62),)
    ),
    "x265 of 10 bits with open groups": Case(".mp4", f"{X265} -pix_fmt yuv420p10le", ".mp4", 45),
    "x265 with closed groups": Case(".mkv", f"{X265}:open-gop=0", ".mp4", 45),
    "HEVC from a transport stream": Case(".ts", f"{X265}:open-gop=0", ".mkv", 45),
    "HDR10": Case(".mkv", f"{X265}:open-gop=0:{HDR10} -pix_fmt yuv420p10le {BT2020}", ".mp4", 45),
    "VP9": Case(".webm", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -b:v 1M -g 24", ".webm", 60),
    "AV1": Case(".mp4", "-c:v libsvtav1 -preset 12 -g 24 -svtav1-params lp=1", ".mp4", 60),
    "MPEG-2 from a transport stream": Case(".ts", "-c:v mpeg2video -bf 2 -g 12 -q:v 3", ".mkv", 70),
    "MPEG-1": Case(".mpg", "-c:v mpeg1video -bf 2 -g 12 -q:v 3", ".mp4", 70),
    "ProRes": Case(".mov", "-c:v prores_ks -profile:v 2 -pix_fmt yuv422p10le", ".mov", 91),
    "DNxHR": Case(".mov", "-c:v dnxhd -profile:v dnxhr_sq -pix_fmt yuv422p", ".mov", 91),
    "Motion JPEG": Case(".mov", "-c:v mjpeg -q:v 3", ".mkv", 91),
    "FFV1": Case(".mkv", "-c:v ffv1 -g 1", ".mkv", 91, encoder="-c:v ffv1 -g 1"),
    "fitting options": Case(".mp4", X264, ".mp4", 50, encoder="-c:v libx264 -preset ultrafast -crf 10 -threads 1"),
}


@pytest.fixture
def dub(tmp_path: Path) -> Path:
    path = tmp_path / "dub.wav"
    soundfile.write(path, np.zeros(64_000, np.float32), 16_000)
    return path


def packets_of(path: Path, *, units: bool) -> list[object]:
    """Return the packets of a file's pictures; of those that are made of NAL units, the units."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        header = bytes(stream.codec_context.extradata or b"")
        found = [bytes(packet) for packet in container.demux(stream) if packet.size]
    if not units:
        return list(found)
    return [tuple(split_prefixed(one, 4) if header[:1] == b"\1" else split_annex_b(one)) for one in found]


def pictures_of(path: Path) -> tuple[list[float], NDArray[np.int64]]:
    """Return when the pictures of a file are shown, and their luma [frames, height, width]."""
    times, lumas = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.time is not None
            times.append(frame.time)
            bits = frame.format.components[0].bits
            kind = "u1" if bits <= 8 else "<u2"
            rows = np.frombuffer(bytes(frame.planes[0]), kind).reshape(frame.height, -1)[:, : frame.width]
            lumas.append(rows.astype(np.int64))
    return times, np.array(lumas)


def check(source: Path, output: Path, smart: SmartRender, changed: list[tuple[int, int]], *, units: bool) -> None:
    """Compare a smart render with its source."""
    assert complaints(output) == ""
    before, after = packets_of(source, units=units), packets_of(output, units=units)
    at = 0
    for run in smart.runs:
        if run.packets is not None:
            assert after[at : at + len(run)] == [before[number] for number in smart.packets.numbers[list(run.packets)]]
        at += len(run)
    _, sources = pictures_of(source)
    times, pictures = pictures_of(output)
    first = smart.runs[0].first
    assert times == pytest.approx([n / 25 for n in range(smart.frames)], abs=0.0006)
    peak = 255 if sources.max() < 256 else 1023
    for run in smart.runs:
        for n in range(run.first, run.stop):
            wanted = sources[n][::-1] if any(a <= n < b for a, b in changed) else sources[n]
            off = np.abs(pictures[n - first] - wanted)
            assert off.max() == 0 if run.packets is not None else off.mean() < 0.01 * peak, n


@pytest.mark.parametrize("name", CASES)
def test_what_is_copied_is_the_source_and_what_is_encoded_is_right(name: str, dub: Path, tmp_path: Path) -> None:
    case = CASES[name]
    size = "320:180" if name == "DNxHR" else "192:108"
    source = footage(tmp_path / f"source{case.suffix}", *case.options.split(), size=size)
    output = tmp_path / f"out{case.output}"
    smart = make(source, dub, output, case.changed, options=case.encoder)
    assert sum(len(run) for run in smart.runs if run.packets is not None) >= case.copied
    check(source, output, smart, list(case.changed), units="libx26" in case.options)


def test_a_range_of_a_clip_in_several_pieces(dub: Path, tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", *X264.split())
    output = tmp_path / "out.mp4"
    smart = make(source, dub, output, [(50, 80)], first=10, stop=90, piece=0.4)
    assert smart.runs[0].first == 10 and smart.runs[0].packets is None  # the range begins within a group
    assert any(run.packets is not None for run in smart.runs) and smart.runs[-1].stop == 90
    check(source, output, smart, [(50, 80)], units=True)


def test_a_render_that_was_stopped_goes_on(dub: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In the middle of the second run of two, with pieces of the first and of the second done."""
    source = footage(tmp_path / "a.mp4", *X264.split())
    output, changed = tmp_path / "out.mkv", [(5, 10), (50, 90)]
    with pytest.raises(JobError, match="a frame that cannot be made"):
        make(source, dub, output, changed, piece=0.4, fails_at=80)
    assert not output.exists()
    smart = make(source, dub, output, changed, piece=0.4)
    assert "going on from frame" in capfd.readouterr().err
    check(source, output, smart, changed, units=True)
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_footage_of_a_telephone_stays_turned(degrees: int, dub: Path, tmp_path: Path) -> None:
    plain = footage(tmp_path / "plain.mp4", *X264.split(), frames=48)
    source, output = tmp_path / "a.mp4", tmp_path / "out.mp4"
    run_ffmpeg(["-display_rotation:v:0", str(degrees), "-i", str(plain), "-c", "copy", str(source)])
    smart = make(source, dub, output, [(30, 31)])
    assert packets_of(output, units=True)[:24] == packets_of(source, units=True)[:24]
    opened = [SourceClip.open(path).clip for path in (source, output)]
    for n in (3, 30, 40):
        before, after = (np.asarray(clip.get_frame(n)[0]).astype(np.int64) for clip in opened)
        assert np.abs(after - (before[::-1] if n == 30 else before)).mean() < 2.5
    assert complaints(output) == "" and not smart.is_copy


def test_nothing_changes(dub: Path, tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", *X264.split(), frames=30)
    smart = make(source, dub, tmp_path / "out.mkv", [])
    assert smart.is_copy
    check(source, tmp_path / "out.mkv", smart, [], units=True)


def test_a_file_whose_edit_list_hides_its_beginning(dub: Path, tmp_path: Path) -> None:
    """As telephones and editors write it: decoded, and never shown."""
    whole = footage(tmp_path / "whole.mp4", *X264.split())
    source = tmp_path / "a.mp4"
    run_ffmpeg(["-ss", "0.5", "-i", str(whole), "-c", "copy", str(source)])
    smart = make(source, dub, tmp_path / "out.mp4", [(20, 22)])
    assert smart.packets.numbers[0] > 0  # what comes before is there, and hidden
    check(source, tmp_path / "out.mp4", smart, [(20, 22)], units=True)


@pytest.mark.parametrize(
    ("options", "encoder", "output", "why"),
    [
        (X264, "-c:v libx265", ".mp4", "libx264 writes"),
        (X264, "-c:v libx264 -vf hflip", ".mp4", "-vf"),
        (X264, "-c:v libx264 -x264-params sps-id=3", ".mp4", "sps-id"),
        (X264, "-c:v libx264 -x264-params pass=1", ".mp4", "all pictures at once"),
        (X264, "-c:v libx264 -pix_fmt yuv444p", ".mp4", "samples"),
        (X264, "-c:v libx264 -crf 16", ".webm", "cannot hold h264"),
        (X264, "-c:v libx264 -crf 16", ".avi", "files only"),
        ("-c:v huffyuv -pix_fmt yuv422p", "-c:v libx264 -crf 16", ".mkv", "huffyuv"),
    ],
)
def test_what_cannot_be_copied_is_refused(
    options: str, encoder: str, output: str, why: str, dub: Path, tmp_path: Path
) -> None:
    source = footage(tmp_path / "a.mkv", *options.split(), frames=12)
    with pytest.raises(SmartRenderError, match=why):
        make(source, dub, tmp_path / f"out{output}", [(2, 3)], options=encoder)
    assert not list(tmp_path.glob("out*"))


def test_frames_are_upside_down_where_they_are_to_be(tmp_path: Path) -> None:
    """What the other tests take for dubbed."""
    clip = SourceClip.open(footage(tmp_path / "a.mkv", "-c:v", "ffv1", frames=8)).clip
    made, outcomes = dubbed_clip(clip, [(2, 4)])
    planes = [[np.asarray(one.get_frame(n)[0]) for n in range(8)] for one in (clip, made)]
    same = [np.array_equal(a, b) for a, b in zip(*planes, strict=True)]
    assert same == [outcome.action == "pass" for outcome in outcomes] == [n not in (2, 3) for n in range(8)]
