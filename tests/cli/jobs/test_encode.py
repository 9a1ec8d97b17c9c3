"""Writing files with a real FFmpeg: samples, colour tags, sound, and what is left when it fails."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import vapoursynth as vs
from numpy.typing import NDArray

from vs_lipsync.cli.jobs.rendering.muxed_file import MuxedFile
from vs_lipsync.cli.jobs.rendering.render import RenderJob
from vs_lipsync.errors import JobError
from vs_lipsync.media.encoding.encoder_options import EncoderOptions
from vs_lipsync.media.encoding.raw_video import sent_video
from vs_lipsync.media.mux import DubTrack

RATE = 48_000
NAMES = ("with space.mkv", 'it\'s "quoted".mkv', "-o.mkv", "%03d é 漢字.mkv", "a:b;c&d$(e).mkv")
LOSSLESS = ["-c:v", "ffv1", "-c:a", "pcm_s16le"]


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound of 1.5 s: a short, loud burst at 0.5 s, and a half as loud one at 1 s."""
    samples = np.zeros(RATE * 3 // 2, np.float32)
    samples[RATE // 2 : RATE // 2 + 48] = 0.8
    samples[RATE : RATE + 48] = 0.4
    path = tmp_path_factory.mktemp("sound") / "clicks.wav"
    soundfile.write(path, samples, RATE)
    return path


def noise_clip(form: vs.VideoFormat | int, width: int, height: int, frames: int, **props: int) -> vs.VideoNode:
    """Return a clip of noise over the whole range of its samples, at 25 fps."""
    blank = vs.core.std.BlankClip(format=int(form), width=width, height=height, length=frames, fpsnum=25, fpsden=1)
    pictures = np.random.default_rng(5)

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        out = f.copy()
        for plane in range(out.format.num_planes):
            samples = np.asarray(out[plane])
            samples[:] = fixed[n][plane]
        return out

    fixed: list[list[NDArray[np.generic]]] = []
    with blank.get_frame(0) as model:
        for _ in range(frames):
            planes: list[NDArray[np.generic]] = []
            for plane in range(model.format.num_planes):
                shape = np.asarray(model[plane]).shape
                if model.format.sample_type == vs.FLOAT:
                    planes.append(np.asarray(pictures.random(shape), np.asarray(model[plane]).dtype))
                else:
                    top = 1 << model.format.bits_per_sample
                    planes.append(pictures.integers(0, top, shape).astype(np.asarray(model[plane]).dtype))
            fixed.append(planes)
    clip = blank.std.ModifyFrame([blank], fill)
    return clip.std.SetFrameProps(**props) if props else clip


def write(clip: vs.VideoNode, sound: Path, output: Path, *, delay: Fraction = Fraction(0), options: list[str]) -> int:
    labelled = clip.std.SetFrameProps(LipSyncAction="pass", LipSyncReason="a test")
    file = MuxedFile(DubTrack(sound, delay), None, EncoderOptions.parse(options), "warp")
    job = RenderJob(labelled, lambda n: False, file)
    return job.write(output, {}, overwrite=True).total()


def read_back(path: Path) -> vs.VideoNode:
    return vs.core.bs.VideoSource(str(path), cachemode=0)


def sound_of(path: Path) -> NDArray[np.float32]:
    """Return the first channel of a file's sound at its own rate; the file starts at the first sample."""
    parts = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        for frame in container.decode(audio=0):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def assert_same_samples(clip: vs.VideoNode, other: vs.VideoNode) -> None:
    assert (clip.num_frames, clip.fps, clip.format.id) == (other.num_frames, other.fps, other.format.id)
    for before, after in zip(clip.frames(), other.frames(), strict=True):
        for plane in range(clip.format.num_planes):
            np.testing.assert_array_equal(np.asarray(before[plane]), np.asarray(after[plane]))


@pytest.mark.parametrize(
    "form",
    [
        vs.YUV420P8,
        vs.YUV422P8,
        vs.YUV444P8,
        vs.YUV411P8,
        vs.GRAY8,
        vs.YUV420P9,
        vs.YUV420P10,
        vs.YUV422P10,
        vs.YUV444P10,
        vs.YUV420P12,
        vs.YUV444P14,
        vs.YUV420P16,
        vs.GRAY10,
        vs.GRAY16,
    ],
)
def test_samples_arrive_as_they_are(form: vs.PresetVideoFormat, clicks: Path, tmp_path: Path) -> None:
    clip = noise_clip(form, 44, 36, 5)  # a width for which planes have gaps between their rows
    assert write(clip, clicks, tmp_path / "out.mkv", options=LOSSLESS) == 5
    assert_same_samples(clip, read_back(tmp_path / "out.mkv"))


@pytest.mark.parametrize(
    ("form", "encoder", "target"),
    [
        (vs.RGB24, "libx264", vs.YUV444P8),
        (vs.RGB30, "libx264", vs.YUV444P10),
        (vs.RGB48, "prores_ks", vs.YUV444P10),
        (vs.RGBS, "ffv1", vs.RGB48),
        (vs.GRAYS, "ffv1", vs.GRAY16),
        (vs.YUV420PS, "ffv1", vs.YUV420P16),
        (vs.YUV444PH, "ffv1", vs.YUV444P16),
        (vs.YUV440P8, "libx264", vs.YUV444P8),
        (vs.YUV410P8, "libx265", vs.YUV420P8),
        (vs.YUV444P16, "libx264", vs.YUV444P10),
        (vs.YUV422P10, "mpeg4", vs.YUV420P8),
        (vs.GRAY8, "mpeg4", vs.YUV420P8),
        (vs.YUV420P8, "png", vs.RGB24),
        (vs.RGB24, None, vs.RGB24),
        (vs.RGB24, "libx265", vs.RGB24),
        (vs.RGB42, "ffv1", vs.RGB42),
    ],
)
def test_other_formats_are_converted_and_it_is_said(
    form: vs.PresetVideoFormat, encoder: str | None, target: vs.PresetVideoFormat
) -> None:
    clip = noise_clip(form, 48, 32, 2, _Matrix=1)
    with clip.get_frame(0) as first:
        sent = sent_video(clip, first, encoder, (), ".mkv")
    assert sent.clip.format.id == target
    if form == target:
        assert not sent.notes and sent.clip is clip
    else:
        assert clip.format.name in sent.notes[0] and sent.clip.format.name in sent.notes[0]
    sent.clip.get_frame(1)


def test_rgb_keeps_its_colours(clicks: Path, tmp_path: Path) -> None:
    """Pure red, through the encoder and back by the tags of the file."""
    red = vs.core.std.BlankClip(format=vs.RGB24, width=32, height=32, length=2, fpsnum=25, fpsden=1, color=[255, 0, 0])
    write(red, clicks, tmp_path / "red.mkv", options=["-c:v", "libx264"])
    frame = read_back(tmp_path / "red.mkv").resize.Bicubic(format=vs.RGB24).get_frame(0)
    assert [int(np.asarray(frame[plane])[5, 5]) for plane in range(3)] == pytest.approx([255, 0, 0], abs=2)


@pytest.mark.parametrize(
    "props",
    [
        {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1, "_Range": 0, "_ChromaLocation": 0},
        {"_Matrix": 9, "_Primaries": 9, "_Transfer": 16, "_Range": 0, "_ChromaLocation": 2},
        {"_Matrix": 6, "_Primaries": 6, "_Transfer": 6, "_Range": 1, "_ChromaLocation": 1},
        {"_SARNum": 64, "_SARDen": 45},
    ],
)
def test_tags_are_kept_and_change_no_sample(props: dict[str, int], clicks: Path, tmp_path: Path) -> None:
    clip = noise_clip(vs.YUV420P8, 64, 48, 3, **props)
    write(clip, clicks, tmp_path / "out.mkv", options=["-c:v", "libx264", "-qp", "0"])
    result = read_back(tmp_path / "out.mkv")
    assert_same_samples(clip, result)
    found = result.get_frame(0).props
    assert {name: found[name] for name in props} == props


def test_untagged_clip_stays_untagged(clicks: Path, tmp_path: Path) -> None:
    write(noise_clip(vs.YUV420P8, 64, 48, 2), clicks, tmp_path / "out.mp4", options=["-c:v", "libx264"])
    found = read_back(tmp_path / "out.mp4").get_frame(0).props
    assert all(found[name] == 2 for name in ("_Matrix", "_Primaries", "_Transfer"))


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30), Fraction(60000, 1001), Fraction(50)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_rate_and_frame_count(rate: Fraction, suffix: str, clicks: Path, tmp_path: Path) -> None:
    clip = noise_clip(vs.YUV420P8, 64, 48, 37).std.AssumeFPS(fpsnum=rate.numerator, fpsden=rate.denominator)
    output = tmp_path / f"out{suffix}"
    write(clip, clicks, output, options=["-c:v", "libx264", "-preset", "ultrafast"])
    result = read_back(output)
    assert result.num_frames == 37
    # Matroska rounds times to the millisecond, of which the reader can only guess the rate.
    assert result.fps == (rate if suffix == ".mp4" else pytest.approx(rate, rel=1e-3))


@pytest.mark.parametrize(
    ("delay", "bursts"),
    [
        (Fraction(0), [0.5, 1.0]),
        (Fraction(1, 4), [0.75, 1.25]),
        (Fraction(1001, 30000), [0.533367, 1.033367]),
        (Fraction(-1, 4), [0.25, 0.75]),
        (Fraction(-3, 4), [0.25]),
        (Fraction(9, 8), [1.625]),  # the second one is beyond the picture's end
    ],
)
@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv"])
def test_sound_is_placed(delay: Fraction, bursts: list[float], suffix: str, clicks: Path, tmp_path: Path) -> None:
    """Bursts are heard where they should be: to the sample as PCM (.mov), within 2 ms as AAC and Opus."""
    clip = noise_clip(vs.YUV420P8, 64, 48, 50)  # 2 s
    output = tmp_path / f"out{suffix}"
    options = ["-c:v", "libx264", "-preset", "ultrafast"] + (["-c:a", "pcm_s16le"] if suffix == ".mov" else [])
    write(clip, clicks, output, delay=delay, options=options)
    heard = np.abs(sound_of(output))
    exact = suffix == ".mov"
    loud = np.flatnonzero(heard > 0.15)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 10)] / RATE
    assert starts == pytest.approx(bursts, abs=1.5 / RATE if exact else 0.003)
    assert len(heard) / RATE <= 2.0 + (0 if exact else 0.05)


def test_sound_longer_than_the_picture_is_cut(clicks: Path, tmp_path: Path) -> None:
    clip = noise_clip(vs.YUV420P8, 64, 48, 20)
    write(clip, clicks, tmp_path / "out.mkv", options=LOSSLESS)
    assert read_back(tmp_path / "out.mkv").num_frames == 20
    assert len(sound_of(tmp_path / "out.mkv")) == RATE * 20 // 25


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mov", "aac"), (".mkv", "opus"), (".webm", "opus")])
def test_sound_codec_fits_the_container(suffix: str, codec: str, clicks: Path, tmp_path: Path) -> None:
    output = tmp_path / f"out{suffix}"
    video = ["-c:v", "libvpx-vp9", "-cpu-used", "8"] if suffix == ".webm" else ["-c:v", "libx264"]
    write(noise_clip(vs.YUV420P8, 64, 48, 3), clicks, output, options=video)
    with av.open(str(output)) as container:
        assert container.streams.audio[0].codec_context.name == codec
        assert "Re-voiced" in {name.lower(): text for name, text in container.metadata.items()}["comment"]


@pytest.mark.parametrize(
    "name", ["with space.mkv", 'it\'s "quoted".mkv', "-o.mkv", "%03d é 漢字.mkv", "a:b;c&d$(e).mkv"]
)
def test_names(name: str, clicks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sound = Path(f"sound {name}").with_suffix(".wav")
    sound.write_bytes(clicks.read_bytes())
    write(noise_clip(vs.YUV420P8, 64, 48, 2), sound, Path(name), options=LOSSLESS)
    assert {item.name for item in tmp_path.iterdir()} == {name, sound.name}
    assert read_back(tmp_path / name).num_frames == 2


def broken_clip() -> vs.VideoNode:
    def fail(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n == 7:
            raise vs.Error("lipsync: frame 7 cannot be made")
        return f

    clip = noise_clip(vs.YUV420P8, 640, 480, 20)
    return clip.std.ModifyFrame([clip], fail)


@pytest.mark.parametrize(
    ("make", "options", "said"),
    [
        (broken_clip, ["-c:v", "libx264"], "frame 7 cannot be made"),
        (lambda: noise_clip(vs.YUV420P8, 640, 480, 60), ["-c:v", "no-such-encoder"], "no-such-encoder"),
        (lambda: noise_clip(vs.YUV420P8, 640, 480, 60), ["-no-such-option", "1"], "no-such-option"),
    ],
)
def test_failure_is_one_line_and_leaves_what_was_there(
    make: Callable[[], vs.VideoNode], options: list[str], said: str, clicks: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    output.write_text("what was there")
    with pytest.raises(JobError, match=said) as caught:
        write(make(), clicks, output, options=options)
    assert "\n" not in str(caught.value)
    assert output.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [output]


FULL_RANGE = {"_Matrix": 1, "_Primaries": 1, "_Transfer": 1, "_Range": 1}


@pytest.mark.parametrize("form", [vs.YUV420P8, vs.YUV422P8, vs.YUV444P8, vs.YUV420P10, vs.YUV444P10, vs.GRAY8])
@pytest.mark.parametrize("options", [["-c:v", "ffv1"], ["-c:v", "libx264", "-qp", "0"], ["-c:v", "ffvhuff"]])
def test_full_range_is_kept(form: vs.PresetVideoFormat, options: list[str], clicks: Path, tmp_path: Path) -> None:
    """FFV1 and FFVHUFF cannot say it: the file does for them."""
    clip = noise_clip(form, 64, 48, 3, **FULL_RANGE)
    write(clip, clicks, tmp_path / "out.mkv", options=options)
    result = read_back(tmp_path / "out.mkv")
    if result.format.color_family != clip.format.color_family:  # FFmpeg's decoder makes 4:2:0 of H.264 without colour
        result = result.std.ShufflePlanes(0, vs.GRAY)
    assert_same_samples(clip, result)
    assert result.get_frame(0).props["_Range"] == 1


def flat_clip(form: vs.PresetVideoFormat, sample_range: int) -> vs.VideoNode:
    """Three dark and light fields, of any range, for encoders that lose."""
    peak = (1 << vs.core.get_video_format(form).bits_per_sample) - 1
    fields = [
        vs.core.std.BlankClip(
            format=int(form), width=64, height=96, length=3, fpsnum=25, color=[round(peak * y), *[(peak + 1) // 2] * 2]
        )
        for y in (0.1, 0.5, 0.9)
    ]
    return vs.core.std.StackHorizontal(fields).std.SetFrameProps(**{**FULL_RANGE, "_Range": sample_range})


@pytest.mark.parametrize("sample_range", [0, 1])
@pytest.mark.parametrize(
    ("options", "form", "suffix"),
    [
        (["-c:v", "libx264"], vs.YUV420P8, ".mp4"),
        (["-c:v", "libx265", "-x265-params", "log-level=0"], vs.YUV420P10, ".mp4"),
        (["-c:v", "libsvtav1", "-crf", "20"], vs.YUV420P10, ".mkv"),
        (["-c:v", "libvpx-vp9", "-cpu-used", "8"], vs.YUV420P8, ".webm"),
        (["-c:v", "libvpx"], vs.YUV420P8, ".webm"),
        (["-c:v", "mpeg4", "-q:v", "2"], vs.YUV420P8, ".mkv"),
        (["-c:v", "mpeg4", "-q:v", "2"], vs.YUV420P8, ".mp4"),
        (["-c:v", "mpeg4", "-q:v", "2"], vs.YUV420P8, ".avi"),
        (["-c:v", "mpeg2video", "-q:v", "2"], vs.YUV420P8, ".mkv"),
        (["-c:v", "prores_ks"], vs.YUV422P10, ".mov"),
        (["-c:v", "mjpeg", "-q:v", "2"], vs.YUV420P8, ".mkv"),
        (["-c:v", "ffv1"], vs.YUV420P8, ".avi"),
        (["-c:v", "utvideo"], vs.YUV420P8, ".mkv"),
        (["-c:v", "png"], vs.YUV444P8, ".mkv"),
    ],
)
def test_every_encoder_looks_the_same(
    options: list[str], form: vs.PresetVideoFormat, suffix: str, sample_range: int, clicks: Path, tmp_path: Path
) -> None:
    """What is seen, by the tags of the file, is what was sent: to what the encoder loses."""
    clip = flat_clip(form, sample_range)
    output = tmp_path / f"out{suffix}"
    sound = ["-c:a", "libvorbis"] if suffix == ".webm" else ["-c:a", "mp3"] if suffix == ".avi" else []
    write(clip, clicks, output, options=[*options, *sound])
    pictures = []
    for one in (clip, read_back(output)):
        matrix = None if one.format.color_family == vs.RGB else 1
        frame = one.resize.Bicubic(format=vs.RGB24, matrix_in=matrix).get_frame(1)
        pictures.append([float(np.asarray(frame[1])[40:56, x : x + 32].mean()) for x in (16, 80, 144)])
    assert pictures[1] == pytest.approx(pictures[0], abs=2.5)
