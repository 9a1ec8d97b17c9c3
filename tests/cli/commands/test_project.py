"""Project files: what they hold becomes what the command line would say, and what is wrong is told with its line."""

from pathlib import Path

import click
import numpy as np
import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.running import run
from vs_lipsync import CastMember, Zone, lipsync
from vs_lipsync.cli.commands.dub import dub
from vs_lipsync.cli.commands.job_tables import read_jobs
from vs_lipsync.cli.commands.project import Project, read_project
from vs_lipsync.errors import JobFileError, ProjectError
from vs_lipsync.media.source import SourceClip

FILM = """version = 1
clip = "clip.mkv"
exclude = ["3-5", "0:01-0:02"]

[settings]
strength = 0.5
bed = "a.wav"
bed_gain = -6

[output]
file = "out.mkv"
language = "de"

[[cast]]
who = "anna.json"
name = "Anna"
dub = "a.wav"
gain = -3
offset = 0.5

[[cast.zones]]
start = 1
stop = 9

[[cast]]
who = [7, 320, 180]
dub = "b.wav"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("clip.mkv", "a.wav", "b.wav", "anna.json", "plan.json"):
        (tmp_path / name).touch()
    return tmp_path


def written(folder: Path, text: str = FILM) -> Path:
    (folder / "film.toml").write_text(text, encoding="utf-8")
    return folder / "film.toml"


def test_a_project_says_what_the_command_line_would(folder: Path) -> None:
    context = dub.make_context("dub", [str(written(folder))])
    params, project = context.params, context.obj
    assert isinstance(project, Project)
    assert params["source"] == folder / "clip.mkv" and params["output"] == folder / "out.mkv"
    assert (params["voice_strength"], params["bed"], params["bed_gain"]) == (0.5, folder / "a.wav", -6)
    assert params["language"] == "deu"
    assert [(one.frame, other.frame) for one, other in params["exclude"][:1]] == [(3, 5)]
    anna, other = project.cast
    assert anna == CastMember(str(folder / "anna.json"), folder / "a.wav", offset=0.5, name="Anna", zones=(Zone(1, 9),))
    assert other == CastMember((7, 320, 180), folder / "b.wav")
    assert project.gains == (-3, 0)
    assert {path.name for path in project.files} == {"film.toml", "clip.mkv", "a.wav", "b.wav", "anna.json"}


def test_people_who_speak_nothing_are_known_by_name(folder: Path) -> None:
    """They change nothing of what is dubbed; what they are told by has to be there."""
    known = '\n[[people]]\nwho = [9, 1, 2]\nname = "Grace"\n\n[[people.zones]]\nstart = 3\nstop = 9\n'
    path = written(folder, FILM + known)
    before = read_project(written(folder), dub)
    project = read_project(written(folder, FILM + known), dub)
    assert (project.cast, project.arguments) == (before.cast, before.arguments)
    for old, new, said in (
        ("[9, 1, 2]", '"grace.jpg"', "line 30: people 1: there is no file 'grace.jpg'"),
        ('name = "Grace"', 'dub = "b.wav"', "line 31: people 1: 9@1,2 has a dub; who speaks belongs into [[cast]]"),
        ("who = [9, 1, 2]\n", "", "line 29: people 1: who is not given"),
    ):
        with pytest.raises(ProjectError) as error:
            read_project(written(folder, FILM + known.replace(old, new)), dub)
        assert str(error.value) == f"{path}, {said}"


def test_the_command_line_comes_before_the_project(folder: Path) -> None:
    params = dub.make_context("dub", [str(written(folder)), "--strength", "1.5", "-o", "x.mp4"]).params
    assert params["voice_strength"] == 1.5 and params["output"] == Path("x.mp4") and params["bed_gain"] == -6


def test_stems_and_zones(folder: Path) -> None:
    text = 'version = 1\nclip = "clip.mkv"\nstems = ["a.wav", "b.wav"]\n[[zones]]\nstart = 5\naction = "pass"\n'
    context = dub.make_context("dub", [str(written(folder, text))])
    assert context.params["stems"] == (folder / "a.wav", folder / "b.wav")
    assert context.params["cast"][0][0] == "auto"
    assert context.obj.zones.zones == [Zone(5, action="pass")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1", "version = 2", "line 1: version 2 is not known; this one reads 1"),
        ("version = 1\n", "", "film.toml: version is not given"),
        ("clip = ", "clips = ", "line 2: there is no setting 'clips'; did you mean clip?"),
        ("clip.mkv", "clap.mkv", "line 2: clip: there is no file 'clap.mkv'"),
        ("clip.mkv", "film.toml", "line 2: the clip is a project file"),
        ('"3-5"', '"3"', "line 3: exclude: '3' is not a range"),
        ('["3-5", "0:01-0:02"]', "5", "line 3: exclude"),
        ("strength", "strenght", "line 6: settings: there is no setting 'strenght'; did you mean strength?"),
        ("= 0.5\nbed", "= 5\nbed", "line 6: settings: Invalid value for '--strength'"),
        ("= 0.5\nbed", '= "5"\nbed', "line 6: settings: strength is '5'"),
        ('bed = "a.wav"', 'bed = "c.wav"', "line 7: settings: there is no file 'c.wav'"),
        ("bed_gain = -6", 'language = "de"', "line 8: language belongs into the table [output]"),
        ("bed_gain = -6", 'cast = "x"', "line 8: settings: there is no setting 'cast'"),
        ('file = "out.mkv"', "file = 5", "line 11: file must be the name of a file"),
        ('"de"', '"nowhere"', "line 12: output: Invalid value for '--language'"),
        ('"de"', '"de', "line 12: "),
        ('who = "anna.json"', "", "line 14: cast 1: who is not given"),
        ("anna.json", "otto.json", "line 15: cast 1: there is no file 'otto.json'"),
        ('name = "Anna"', "nam = 3", "line 16: cast 1: there is no setting 'nam'; did you mean name?"),
        ("gain = -3", "gain = 99", "line 18: cast 1: gain must be from -60 to 20 dB, not 99"),
        ("offset = 0.5", 'silence = "maybe"', "line 19: cast 1: silence must be"),
        ("stop = 9", "stopp = 9", "line 23: zone 1: there is no setting 'stopp'; did you mean stop?"),
        ('exclude = ["3-5", "0:01-0:02"]', 'stems = ["a.wav"]', "line 3: stems are for people"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, said: str, folder: Path) -> None:
    assert FILM.count(old) >= 1
    with pytest.raises(click.UsageError) as refused:
        dub.make_context("dub", [str(written(folder, FILM.replace(old, new, 1)))])
    message = refused.value.format_message()
    assert str(folder / "film.toml") in message and said in message and "\n" not in message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cast", "main=a.wav"], "the project says who speaks what"),
        (["--audio", "a.wav"], "give --audio or --cast, not both"),
    ],
)
def test_who_speaks_is_said_once(options: list[str], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    written(folder)
    with pytest.raises(click.UsageError, match=said):
        dub.main(["film.toml", "--dry-run", *options], standalone_mode=False)


def test_a_project_is_a_job_of_a_list(folder: Path) -> None:
    written(folder)
    (folder / "jobs.toml").write_text('[[jobs]]\ninput = "film.toml"\nlanguage = "fr"\n', encoding="utf-8")
    for path in (folder / "jobs.toml", folder / "film.toml"):
        (job,) = read_jobs(path, None)
        assert (job.source, job.output) == (folder / "clip.mkv", folder / "out.mkv")
        assert folder / "b.wav" in job.files
    written(folder, FILM.replace("gain = -3", "gain = 99"))
    with pytest.raises(JobFileError, match="line 18: cast 1: gain must be"):
        read_jobs(folder / "jobs.toml", None)


@pytest.mark.usefixtures("home")
def test_a_project_is_dubbed_as_the_filter_does(demo_clip: vs.VideoNode, tmp_path: Path) -> None:
    """16 frames of two people side by side, losslessly."""
    source = vs.core.std.StackHorizontal([demo_clip[20:36], demo_clip[180:196]]).resize.Bicubic(640, 180)
    with (tmp_path / "clip.y4m").open("wb") as file:
        source.output(file, y4m=True)
    text = """version = 1
clip = "clip.y4m"
exclude = ["12-15"]
[output]
file = "out.mkv"
encoder_args = "-c:v ffv1"
[[cast]]
who = [5, 160, 90]
dub = "dub.ogg"
strength = 0.8
[[cast]]
who = "5@480,90"
dub = "dub.ogg"
offset = -1
"""
    (tmp_path / "dub.ogg").write_bytes(DEMO_DUB.read_bytes())
    done = run("dub", written(tmp_path, text))
    assert done.returncode == 0, done.stderr
    assert "12 of 16 frames dubbed, 4 passed (excluded: 4)" in done.stderr
    assert "goes on for" in done.stderr and "behind the end of the clip" in done.stderr
    cast = [CastMember((5, 160, 90), DEMO_DUB, strength=0.8), CastMember((5, 480, 90), DEMO_DUB, offset=-1)]
    clip = SourceClip.open(tmp_path / "clip.y4m").clip
    made = vs.core.bs.VideoSource(str(tmp_path / "out.mkv"), cachemode=0)
    for one, other in zip(made.frames(), lipsync(clip, cast=cast, exclude=[(12, 16)]).frames(), strict=True):
        np.testing.assert_array_equal(np.asarray(one[0]), np.asarray(other[0]))
