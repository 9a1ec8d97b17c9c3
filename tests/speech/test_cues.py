"""Dubs in pieces: every cue at its sample, and what happens between and around them (under 10 s)."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import vapoursynth as vs
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.sound_files import write
from vs_lipsync.errors import DubError
from vs_lipsync.speech.cue_files import read_cues
from vs_lipsync.speech.cues import Cue
from vs_lipsync.speech.dub import Dub, SilencePolicy
from vs_lipsync.speech.motion import Motion
from vs_lipsync.speech.sounds import SAMPLE_RATE

type Sounds = dict[str, tuple[Path, NDArray[np.float32]]]


def noise(count: int, seed: int) -> NDArray[np.float32]:
    """Samples that 16 bits hold exactly."""
    return (np.random.default_rng(seed).integers(-9000, 9000, count) / 32768).astype(np.float32)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """Files and their samples."""
    folder = tmp_path_factory.mktemp("sounds")
    lengths = {"a": 8000, "b": 3001, "c": 16000}
    made = {name: noise(length, seed) for seed, (name, length) in enumerate(lengths.items())}
    return {name: (write(folder / f"{name}.wav", samples[None]), samples) for name, samples in made.items()}


def timeline(*placed: tuple[int, NDArray[np.float32], int | None]) -> NDArray[np.float32]:
    """The slow reference: (first sample, samples, sample at which it is cut off) added up."""
    out = np.zeros(max(start + len(samples) for start, samples, _ in placed), np.float32)
    for start, samples, stop in placed:
        cut = samples if stop is None else samples[: stop - start]
        out[start : start + len(cut)] += cut
    return out


def test_every_cue_is_at_its_sample_in_any_order(sounds: Sounds) -> None:
    """Cues that overlap add up, one is cut off, two use one file, and one is an audio node."""
    (a, in_a), (b, in_b), (c, in_c) = sounds.values()
    node = vs.core.bs.AudioSource(str(b), cachemode=0)
    dub = Dub.open(
        [Cue(2.5, c, 3), Cue(0.1, a), Cue(Fraction(1, 3), b), Cue(4.0, node), Cue(5 + 1 / 7, a)], silence="pass"
    )
    expected = timeline(
        (40000, in_c, 48000), (1600, in_a, None), (5333, in_b, None), (64000, in_b, None), (82286, in_a, None)
    )
    assert dub.duration * SAMPLE_RATE == len(expected) == 90286
    for start, stop in ((80000, 95000), (0, 12000), (4000, 70000), (-5, 3), (64000, 64001)):
        padded = np.pad(expected, (5, 10000))[5 + start : 5 + stop]
        np.testing.assert_allclose(dub.read(start, stop), padded, atol=1e-6)
    covered = np.zeros(len(expected) + 100, bool)
    for first, last in ((40000, 48000), (1600, 9600), (5333, 8334), (64000, 67001), (82286, 90286)):
        covered[first:last] = True
    borders = np.flatnonzero(np.diff(covered.astype(int)))
    numbers = np.unique(np.concatenate([borders, borders + 1, [0, 50000, len(covered) - 1]]))
    np.testing.assert_array_equal(dub.contains((numbers + 0.5) / SAMPLE_RATE), covered[numbers])
    inside = (numbers >= 1600) & (numbers < 90286)
    np.testing.assert_array_equal(dub.pauses((numbers + 0.5) / SAMPLE_RATE), ~covered[numbers] & inside)


@pytest.mark.parametrize(
    ("silence", "outside", "expected"),
    [
        ("close", "pass", [0, 1, 1, 1, 0]),
        ("pass", "pass", [0, 1, 0, 1, 0]),
        ("close", "close", [1, 1, 1, 1, 1]),
        ("pass", "close", [1, 1, 0, 1, 1]),
    ],
)
def test_silence_and_outside(
    silence: SilencePolicy, outside: SilencePolicy, expected: list[int], sounds: Sounds
) -> None:
    """Before, in a cue, between two, in the last, behind; and no time at all is never the dub's."""
    dub = Dub.open([Cue(1, sounds["a"][0]), Cue(3, sounds["a"][0])], silence=silence, outside=outside)
    times = np.array([0.5, 1.2, 2.0, 3.2, 4.0, np.nan, np.inf])
    np.testing.assert_array_equal(dub.contains(times), [*map(bool, expected), False, False])
    late = np.array([1e6, -3.0])
    np.testing.assert_array_equal(dub.contains(late), [outside == "close"] * 2)


def test_lips_are_shut_where_nobody_speaks(demo_dub: Path) -> None:
    motion = Motion(Dub.open([Cue(1, demo_dub, 2), Cue(6, demo_dub, 7)], outside="close"))
    samples = motion.at(np.array([-3.0, 0.2, 1.5, 4.0, 6.5, 9.0, 100.0]))
    assert samples.inside.all()
    moves = np.abs(samples.points).max((1, 2)) > 0
    np.testing.assert_array_equal(moves, [False, False, True, False, True, False, False])


def test_many_cues_are_read_a_few_at_a_time(sounds: Sounds, tmp_path: Path) -> None:
    """Whatever is asked for first: the end, where all cues before it have to be known to be over."""
    (path, samples), count = sounds["a"], 40
    cues = []
    for n in range(count):
        copy = tmp_path / f"{n}.wav"
        copy.write_bytes(path.read_bytes())
        cues.append(Cue(n, copy))
    dub = Dub.open(cues, silence="pass")
    last = (count - 1) * SAMPLE_RATE
    np.testing.assert_allclose(dub.read(last, last + 8000), samples, atol=1e-6)
    np.testing.assert_array_equal(dub.contains(np.array([38.2, 38.7, 39.4, 39.6])), [True, False, True, False])
    np.testing.assert_allclose(dub.read(0, 8000), samples, atol=1e-6)


@pytest.mark.parametrize(
    ("cues", "said"),
    [
        ([Cue(float("nan"), "A")], "cue 1: its start must be a number"),
        ([Cue(0, "A"), Cue(-1, "A")], "cue 2: its start must be a number"),
        ([Cue(float("inf"), "A")], "cue 1: its start"),
        ([Cue(True, "A")], "cue 1: its start"),
        ([Cue("1", "A")], "cue 1: its start"),  # type: ignore[arg-type]
        ([Cue(2, "A", 1)], "cue 1 ends at 1 s"),
        ([Cue(2, "A", float("nan"))], "cue 1: its stop"),
        ([Cue(0, "A"), Cue(1, "absent.wav")], r"cue 2: cannot open .absent\.wav"),
        ([Cue(0, 7)], "cue 1: its dub must be a file"),  # type: ignore[arg-type]
        ([], "a dub is a file, an audio node or a list of cues"),
        ([(0, "A")], "a dub is a file, an audio node or a list of cues"),
        (7, "a dub is a file, an audio node or a list of cues"),
    ],
)
def test_cues_that_cannot_be_placed(cues: list[Cue], said: str, sounds: Sounds) -> None:
    if isinstance(cues, list):
        cues = [
            Cue(cue.start, sounds["a"][0], cue.stop) if isinstance(cue, Cue) and cue.dub == "A" else cue for cue in cues
        ]
    with pytest.raises(DubError, match=said):
        Dub.open(cues)


def test_policies_are_checked(sounds: Sounds) -> None:
    with pytest.raises(DubError, match="silence must be 'close' or 'pass', not 'open'"):
        Dub.open(sounds["a"][0], silence="open")  # type: ignore[arg-type]


SRT = "1\n00:00:00,500 --> 00:00:00,750\na.wav\n\n2\n00:00:02,000 --> 00:00:02,000\nb.wav\n"
VTT = "WEBVTT\n\nNOTE by hand\n\nfirst\n00:00.500 --> 00:00.750 align:start\na.wav\n\n00:02.000 --> 00:02.000\nb.wav\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.srt", SRT),
        ("d.SRT", SRT.replace("\n", "\r\n")),
        ("bom.srt", "\ufeff" + SRT),
        ("tight.srt", SRT.replace("\n\n", "\n")),
        ("d.vtt", VTT),
    ],
)
def test_subtitle_files(name: str, text: str, sounds: Sounds, tmp_path: Path) -> None:
    """The first cue is cut off at its end; the second ends when it starts, and sounds to its end."""
    for sound, _ in sounds.values():
        (tmp_path / sound.name).write_bytes(sound.read_bytes())
    (tmp_path / name).write_bytes(text.encode())
    dub = Dub.open(tmp_path / name)
    expected = timeline((8000, sounds["a"][1], 12000), (32000, sounds["b"][1], None))
    np.testing.assert_allclose(dub.samples, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "d.srt has no cue"),
        ("1\n00:00:01,000 -> 00:00:02,000\na.wav\n", "line 2: .* are not the times of a cue"),
        ("1\n00:00:01,000 --> soon\na.wav\n", "line 2: .* are not the times of a cue"),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n", "line 2: the cue names no file"),
        ("1\n00:00:01,000 --> 00:00:02,000", "line 2: the cue names no file"),
        ("1\n00:00:01,000 --> 00:00:02,000\nabsent.wav\n", r"line 3: there is no file 'absent\.wav'"),
        ("1\n00:00:01,000 --> 00:00:02,000\nhttp://host/a.wav\n", "line 3: there is no file"),
        ("1\n00:00:01,000 --> 00:00:02,000\n$(touch x)\n", "line 3: there is no file"),
        ("1\n00:00:01,000 --> 00:00:02,000\na.wav\nand more\n", "line 4: the text of a cue is the name of one file"),
        ("1\n00:00:03,000 --> 00:00:02,000\na.wav\n", "line 2: the cue ends before it starts"),
        ("1\n00:00:01,000 --> 00:00:02,000\nd.srt\n", r"cue 1: .*d\.srt"),
    ],
)
def test_faults_of_subtitle_files_are_told_by_line(text: str, said: str, sounds: Sounds, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(sounds["a"][0].read_bytes())
    (tmp_path / "d.srt").write_text(text)
    with pytest.raises(DubError, match=said):
        Dub.open(tmp_path / "d.srt")
    assert not (tmp_path / "x").exists()


def test_a_subtitle_file_in_no_encoding(tmp_path: Path) -> None:
    (tmp_path / "d.vtt").write_bytes(b"WEBVTT\n\xff\xfe")
    with pytest.raises(DubError, match="it is not UTF-8"):
        Dub.open(tmp_path / "d.vtt")


PIECES = st.sampled_from(
    ["\n", "\r", "\u2028", "\x0b", "1", "WEBVTT", "-->", " --> ", "00:00:01,000", "00:01.000", "99:99:99.9", "a.wav",
     "{\\i1}", "<i>", "\\N", "NOTE", " ", "\x00", "../a.wav", "é"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(text=st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60), name=st.sampled_from(["f.srt", "f.vtt"]))
def test_no_subtitle_file_does_worse_than_be_refused(
    text: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "a.wav").write_bytes(b"")
    (folder / name).write_bytes(text.encode(errors="replace"))
    try:
        assert read_cues(folder / name)
    except DubError as error:
        assert name in str(error)
