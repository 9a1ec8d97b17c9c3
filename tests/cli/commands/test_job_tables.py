"""Lists of jobs: every setting of `dub`, and what is wrong told with its line."""

from pathlib import Path

import pytest

from tests.running import last_line, run
from vs_lipsync.cli.commands.job_tables import read_folder, read_jobs
from vs_lipsync.errors import JobFileError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b.avi", "v.wav", "me.json", "zones.toml"):
        (tmp_path / name).touch()
    return tmp_path


def listed(folder: Path, text: str, name: str = "jobs.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_settings_become_options(folder: Path) -> None:
    one, other = read_jobs(
        listed(
            folder,
            """
            [defaults]
            audio = "v.wav"
            [[jobs]]
            input = "a.mp4"
            strength = 0.5
            offset = -1
            target = "me.json"
            replace_audio = true
            no_resume = false
            deinterlace = false
            start = 10
            end = "0:01.5"
            encoder_args = "-c:v ffv1"
            output = "out.mkv"
            [[jobs]]
            input = "b.avi"
            target = "120@640,360"
            zones = "zones.toml"
            """,
        ),
        None,
    )
    assert set(one.arguments) == {
        f"--audio={folder / 'v.wav'}",
        "--strength=0.5",
        "--offset=-1",
        f"--target={folder / 'me.json'}",
        "--replace-audio",
        "--progressive",
        "--start=10",
        "--end=0:01.5",
        "--encoder-args=-c:v ffv1",
        f"--output={folder / 'out.mkv'}",
        "--",
        str(folder / "a.mp4"),
    }
    assert set(one.files) == {folder / "a.mp4", folder / "v.wav", folder / "me.json"}
    assert "--target=120@640,360" in other.arguments
    assert other.output == folder / "dubbed" / "b.mkv"


def test_rows_of_a_table(folder: Path) -> None:
    text = 'input,audio,output,strength,replace_audio\na.mp4,v.wav,,0.5,yes\n\n"b.avi",v.wav,b.mkv,,no\n'
    one, other = read_jobs(listed(folder, text, "jobs.csv"), folder / "made")
    assert one.output == folder / "made" / "a.mp4" and "--strength=0.5" in one.arguments
    assert "--replace-audio" in one.arguments and "--replace-audio" not in other.arguments
    assert other.output == folder / "b.mkv"


def test_a_folder_of_films(folder: Path) -> None:
    (folder / "a.wav").touch()
    jobs, notes = read_folder(folder, None)
    assert [(job.source, job.output) for job in jobs] == [(folder / "a.mp4", folder / "dubbed" / "a.mp4")]
    assert notes == [f"{folder / 'b.avi'}: there is no sound of that name beside it"]
    (folder / "a.mp3").touch()
    with pytest.raises(JobFileError, match=r"a\.mp4 has two dubs, a\.mp3 and a\.wav"):
        read_folder(folder, None)


JOB = '[[jobs]]\ninput = "a.mp4"\naudio = "v.wav"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (JOB + "strenght = 1", r"jobs\.toml, line 4: job 1: there is no setting 'strenght'; did you mean strength\?"),
        (JOB + JOB + 'output = "c.mkv"\nstrength = 3', r"line 8: job 2: .*--strength"),
        (JOB + 'strength = "1"', r"line 4: job 1: strength is '1'"),
        (JOB + "workers = 2", r"line 4: job 1: there is no setting 'workers'"),
        (JOB + "dry_run = true", r"there is no setting 'dry_run'"),
        (JOB + 'replace_audio = "yes"', r"line 4: job 1: replace_audio is 'yes'"),
        (JOB + JOB, r"two jobs write .*a\.mp4"),
        (JOB + 'output = "v.wav"', r"v\.wav is written by one job and read by one"),
        (JOB + "[[jobs]]\ninput = 'no.mp4'", r"line 5: job 2: .*no\.mp4"),
        ("[[jobs]]\naudio = 'v.wav'", r"line 1: job 1: input is not given"),
        ("[[films]]\ninput = 1", r"must have a list of \[\[jobs\]\]"),
        ("[[jobs]\n", r"line 1: "),
        ("", "must have a list"),
    ],
)
def test_what_is_wrong_has_a_line(text: str, said: str, folder: Path) -> None:
    with pytest.raises(JobFileError, match=said):
        read_jobs(listed(folder, text), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input,audio\na.mp4,v.wav,more\n", "line 2: there are more cells"),
        ("input,sound\na.mp4,v.wav\n", "line 2: job 1: there is no setting 'sound'"),
        ("input,audio,strength\na.mp4,v.wav,x\n", "line 2: job 1: .*x"),
        ("input,audio,replace_audio\na.mp4,v.wav,perhaps\n", "line 2: job 1: replace_audio must be true or false"),
        ("input,audio\n", "has no job"),
    ],
)
def test_what_is_wrong_in_a_table_has_a_line(text: str, said: str, folder: Path) -> None:
    with pytest.raises(JobFileError, match=said):
        read_jobs(listed(folder, text, "jobs.csv"), None)


def test_nothing_begins_before_all_is_right(folder: Path) -> None:
    done = run("batch", listed(folder, JOB + "[[jobs]]\nbogus = 1"))
    assert done.returncode == 1
    assert "line 5: job 2: there is no setting 'bogus'" in last_line(done.stderr)
    assert not (folder / "dubbed").exists()
    assert run("batch", folder / "nothing.toml").returncode == 2
    other = run("batch", folder / "v.wav")
    assert "must be a .toml or .csv file, or a folder" in last_line(other.stderr)
