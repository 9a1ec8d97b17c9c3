"""Zones, cues and longer footage through the program (under 25 s)."""

from pathlib import Path

import av
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.running import last_line, run
from tests.sound_files import write
from vs_lipsync import Zone, lipsync
from vs_lipsync.cli.jobs.voices import JobDubs
from vs_lipsync.planes.frames import planes_of
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zones import PlacedZone

pytestmark = pytest.mark.usefixtures("home")

RATE = 48000
LENGTH = 40
FPS = 25
LOSSLESS = ["--encoder-args", "-c:v libx264 -preset ultrafast -qp 0 -c:a pcm_f32le", "--piece", "0"]


def sound(path: Path) -> NDArray[np.float32]:
    """The first sound track, mono."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])


def noise(seconds: float, seed: int) -> NDArray[np.float32]:
    count = round(seconds * RATE)
    return (np.random.default_rng(seed).integers(-6000, 6000, (1, count)) / 32768).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, footage: Path) -> Path:
    """A clip of 1.6 s with sound of its own and a cut at 0.8 s, two dubs of half a second, and zones for them."""
    folder = tmp_path_factory.mktemp("zones")
    source = vs.core.bs.VideoSource(str(footage), cachemode=0)
    clip = (source[20:40] + source[140:160]).resize.Bicubic(320, 192)
    own = noise(LENGTH / FPS, 0)
    with av.open(str(folder / "clip.mkv"), "w") as container:
        video = container.add_stream("ffv1", rate=FPS)
        video.width, video.height, video.pix_fmt = 320, 192, "yuv420p"
        audio = container.add_stream("pcm_f32le", rate=RATE, layout="mono")
        for n, frame in enumerate(clip.frames()):
            picture = av.VideoFrame(320, 192, "yuv420p")
            for plane, rows in zip(picture.planes, planes_of(frame), strict=True):
                target = np.frombuffer(plane, np.uint8).reshape(len(rows), -1)
                target[:, : rows.shape[1]] = rows
            picture.pts = n
            container.mux(video.encode(picture))
        part = av.AudioFrame.from_ndarray(own, "flt", "mono")
        part.sample_rate = RATE
        container.mux(audio.encode(part))
        for stream in (video, audio):
            container.mux(stream.encode(None))
    for seed, name in ((1, "one"), (2, "two")):
        write(folder / f"{name}.wav", noise(0.5, seed), RATE)
    (folder / "zones.toml").write_text(
        '[[zones]]\nstart = 3\nstop = "0:00:00.400"\ndub = "one.wav"\noffset = 0.01\n\n'
        '[[zones]]\nscene = 2\ndub = "two.wav"\n\n[[zones]]\nstart = 12\nstop = 15\naction = "pass"\n'
    )
    (folder / "cues.srt").write_text(
        "1\n00:00:00,100 --> 00:00:00,100\none.wav\n\n2\n00:00:01,300 --> 00:00:01,400\ntwo.wav\n"
    )
    return folder


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    output = folder / "out.mkv"
    done = run("dub", folder / "clip.mkv", "--zones", folder / "zones.toml", "-o", output, *LOSSLESS)
    assert done.returncode == 0, done.stderr
    return output


def test_pictures_are_those_of_the_filter(written: Path, folder: Path) -> None:
    made = vs.core.bs.VideoSource(str(written), cachemode=0)
    source = vs.core.bs.VideoSource(str(folder / "clip.mkv"), cachemode=0)
    zones = [Zone(3, 10, dub=folder / "one.wav", offset=0.01), Zone(20, 40, dub=folder / "two.wav")]
    expected = lipsync(source, zones=zones)
    assert made.num_frames == LENGTH
    for n in (2, 3, 9, 10, 20, 39):
        for plane in range(3):
            one, other = (np.asarray(clip.get_frame(n)[plane]) for clip in (made, expected))
            np.testing.assert_array_equal(one, other)


def heard_of_zones() -> NDArray[np.float32]:
    """The dubs at their samples in their zones, and the clip's own sound between, with fades of 10 ms."""
    begin, second = round((3 / FPS + 0.01) * RATE), 20 * RATE // FPS
    expected = np.zeros(LENGTH * RATE // FPS, np.float32)
    expected[begin : 10 * RATE // FPS] = noise(0.5, 1)[0, : 10 * RATE // FPS - begin]
    expected[second : second + RATE // 2] = noise(0.5, 2)[0]
    ramp = (np.arange(480) + 0.5) / 480
    for first, stop in ((0, 3), (10, 20)):
        span = slice(first * RATE // FPS, stop * RATE // FPS)
        own = noise(LENGTH / FPS, 0)[0, span].copy()
        own[-480:] *= ramp[::-1]
        if first:
            own[:480] *= ramp
        expected[span] = own
    return expected


def test_sound_is_right_to_the_sample(written: Path) -> None:
    np.testing.assert_allclose(sound(written), heard_of_zones(), atol=1e-6)


def test_a_range_has_the_sound_of_the_range(folder: Path) -> None:
    output = folder / "range.mkv"
    arguments = ["--start", "5", "--end", "24", "--gaps", "silence"]
    done = run("dub", folder / "clip.mkv", "--zones", folder / "zones.toml", "-o", output, *arguments, *LOSSLESS)
    assert done.returncode == 0, done.stderr
    expected = heard_of_zones()[5 * RATE // FPS : 24 * RATE // FPS]
    expected[5 * RATE // FPS : 15 * RATE // FPS] = 0
    np.testing.assert_allclose(sound(output), expected, atol=1e-6)


def test_cues_and_longer_footage(folder: Path) -> None:
    """The dub, which ends at 2.1 s, is heard whole."""
    output = folder / "longer.mkv"
    arguments: list[str | Path] = ["-a", folder / "cues.srt", "--extend", "freeze", "--offset", "0.7"]
    done = run("dub", folder / "clip.mkv", *arguments, "-o", output, *LOSSLESS)
    assert done.returncode == 0, done.stderr
    assert vs.core.bs.VideoSource(str(output), cachemode=0).num_frames == 53
    expected = np.zeros(53 * RATE // FPS, np.float32)
    expected[38400:62400] = noise(0.5, 1)[0]
    expected[96000:100800] = noise(0.5, 2)[0, :4800]
    np.testing.assert_allclose(sound(output), expected, atol=1e-6)


def test_dry_run_tells_the_zones(folder: Path) -> None:
    done = run("dub", folder / "clip.mkv", "--zones", folder / "zones.toml", "--dry-run", "--start", "8")
    assert done.returncode == 0, done.stderr
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    assert [(line[0], line[2], *line[4:]) for line in lines] == [
        ("8-9", "dub", "zone 1"), ("10-11", "pass"), ("12-14", "pass", "zone 3"), ("15-19", "pass"),
        ("20-32", "pass", "zone 2"), ("33-39", "pass", "zone 2"),
    ]  # fmt: skip
    assert "finding scenes: 40/40 frames" in done.stderr
    assert [line[3] for line in lines] == [
        "target speaks", "outside the zones", "zone passes", "outside the zones", "no face", "outside the dub"
    ]  # fmt: skip


def test_script_with_zones(folder: Path) -> None:
    done = run("script", folder / "clip.mkv", "--zones", folder / "zones.toml", "--silence", "pass")
    assert done.returncode == 0, done.stderr
    assert f"    Zone(start=3, stop='0:00:00.400', dub={str(folder / 'one.wav')!r}, offset=0.01),\n" in done.stdout
    assert "    Zone(start=12, stop=15, action='pass'),\n" in done.stdout
    names: dict[str, object] = {}
    exec(compile(done.stdout.replace("clip.set_output()", ""), "script.vpy", "exec"), names)  # noqa: S102 - it is our own
    made = names["clip"]
    assert isinstance(made, vs.VideoNode) and made.get_frame(13).props["LipSyncReason"] == "zone passes"


@pytest.mark.parametrize("where", ["option", "zone", "plan"])
def test_script_names_the_clip_s_own_sound_for_who_is_speaking(where: str, folder: Path) -> None:
    clip, arguments = folder / "clip.mkv", list[str | Path](["-a", folder / "one.wav"])
    if where == "option":
        arguments += ["--target", "speaking"]
    elif where == "zone":
        (folder / "speaking.toml").write_text('[[zones]]\nstop = 9\ntarget = "speaking"\n')
        arguments += ["--zones", folder / "speaking.toml"]
    else:
        plan = folder / "speaking.json"
        assert run("plan", clip, "-o", plan, "--overwrite").returncode == 0
        text = plan.read_text("utf-8")
        assert '"target": null' in text
        plan.write_text(text.replace('"target": null', '"target": "speaking"'), encoding="utf-8")
        arguments += ["--plan", plan]
    done = run("script", clip, *arguments)
    assert done.returncode == 0, done.stderr
    assert f"original={str(clip)!r}" in done.stdout
    exec(compile(done.stdout.replace("clip.set_output()", ""), "script.vpy", "exec"), {})  # noqa: S102 - it is our own
    assert "original" not in run("script", clip, "-a", folder / "one.wav").stdout


def test_a_job_is_another_one_when_a_file_that_a_zone_names_has_changed(folder: Path, tmp_path: Path) -> None:
    picture, checkpoint = tmp_path / "anna.png", tmp_path / "lips.pth"
    zone = Zone(0, 9, target=str(picture), model=f"wav2lip:{checkpoint}")
    told = set()
    for path in (picture, checkpoint, picture, checkpoint):
        path.write_bytes(path.read_bytes() + b"more" if path.exists() else b"")
        told.add(JobDubs(Voice(folder / "one.wav"), [PlacedZone(zone, 1, 0, 9)]).described())
    assert len(told) == 4


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        ([], "give a dub with --audio, or --zones", 2),
        (["--zones", "ZONES", "--extend", "loop"], "--extend is to the end of the dub that --audio gives", 2),
        (["--zones", "BAD"], "bad.toml, line 3: zone 1 has no frame: it starts at frame 9 and stops at 9", 1),
        (["--zones", "MODEL"], "model.toml, line 1: zone 1 (frames 2 to 8): there is no model 'x'", 1),
        (["--audio", "BAD"], "bad.toml", 1),
        (["--zones", "ZONES", "--outside", "open"], "'open' is not one of 'close', 'pass'", 2),
    ],
)
def test_bad_use(arguments: list[str], said: str, code: int, folder: Path) -> None:
    (folder / "bad.toml").write_text("[[zones]]\nstart = 9\nstop = 9\n")
    (folder / "model.toml").write_text('[[zones]]\nstart = 2\nstop = 9\ndub = "one.wav"\nmodel = "x"\n')
    names = {"ZONES": str(folder / "zones.toml"), "MODEL": str(folder / "model.toml"), "BAD": str(folder / "bad.toml")}
    done = run("dub", folder / "clip.mkv", *[names.get(word, word) for word in arguments], "-o", folder / "o.mkv")
    assert done.returncode == code, done.stderr
    assert said in last_line(done.stderr)
    assert not (folder / "o.mkv").exists()
