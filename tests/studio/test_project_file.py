"""Changing a project: what is not changed stays as it was written, and the file is a project at any moment."""

from pathlib import Path

import pytest

from vs_lipsync.cli.commands.studio import Program
from vs_lipsync.errors import ProjectError
from vs_lipsync.studio.call import Call
from vs_lipsync.studio.project_file import ProjectFile
from vs_lipsync.studio.project_text import changed_text, new_text

TEXT = """# Ours.
version = 1
clip = "clip.mkv"   # the film
exclude = ["3-5"]

[[cast]]
who = [7, 320, 180]
name = "Anna"  # she
dub = "a.wav"
"""


@pytest.fixture
def project(tmp_path: Path) -> ProjectFile:
    for name in ("clip.mkv", "a.wav", "b.wav"):
        (tmp_path / name).touch()
    (tmp_path / "film.toml").write_text(TEXT, encoding="utf-8")
    return ProjectFile(tmp_path / "film.toml", Program().read)


def names(project: ProjectFile) -> list[str]:
    return sorted(path.name for path in project.path.parent.iterdir())


def test_comments_and_order_stay() -> None:
    text = changed_text(
        TEXT,
        [
            {"path": ["cast", 0, "strength"], "value": 0.8},
            {"path": ["cast"], "append": {"who": [9, 1, 2], "name": "Bernd", "dub": "b.wav"}},
            {"path": ["exclude"], "append": "9-12"},
            {"path": ["settings", "bed"], "value": "original"},
            {"path": ["cast", 0, "zones"], "append": {"start": 1, "stop": 9}},
        ],
    )
    assert text == (
        TEXT.replace('["3-5"]', '["3-5", "9-12"]')
        + 'strength = 0.8\n\n[[cast.zones]]\nstart = 1\nstop = 9\n\n'
        + '[[cast]]\nwho = [9, 1, 2]\nname = "Bernd"\ndub = "b.wav"\n\n[settings]\nbed = "original"\n'
    )  # fmt: skip


def test_a_list_that_becomes_empty_goes() -> None:
    text = changed_text(TEXT, [{"path": ["exclude", 0], "remove": True}, {"path": ["cast", 0], "remove": True}])
    assert "exclude" not in text and "cast" not in text and "# the film" in text


def test_every_change_is_on_the_disk_and_can_be_taken_back(project: ProjectFile) -> None:
    call = project.change([{"path": ["cast", 0, "offset"], "value": 0.5}])
    assert call.cast[0].offset == 0.5 and "offset = 0.5" in project.path.read_text()
    project.change([{"path": ["cast", 0, "dub"], "value": "b.wav"}])
    assert project.undo().cast[0].dub == project.path.parent / "a.wav"
    project.undo()
    assert project.path.read_text() == TEXT and not project.can_undo
    project.redo()
    assert "offset = 0.5" in project.path.read_text() and project.can_redo
    project.change([{"path": ["cast", 0, "gain"], "value": -3}])
    assert not project.can_redo
    assert names(project) == ["a.wav", "b.wav", "clip.mkv", "film.toml"]


def test_what_an_editor_writes_meanwhile_is_kept(project: ProjectFile) -> None:
    project.path.write_text(TEXT.replace("Anna", "Anne"), encoding="utf-8")
    project.change([{"path": ["cast", 0, "offset"], "value": 1}])
    assert "Anne" in project.path.read_text() and "offset = 1" in project.path.read_text()
    project.undo()
    assert project.path.read_text() == TEXT.replace("Anna", "Anne")


def test_what_an_editor_breaks_meanwhile_is_told_and_kept(project: ProjectFile) -> None:
    project.change([{"path": ["cast", 0, "offset"], "value": 1}])
    broken = TEXT.replace("version = 1", "version = = 1")
    project.path.write_text(broken, encoding="utf-8")
    for step in (project.undo, lambda: project.change([{"path": ["cast", 0, "offset"], "value": 2}])):
        with pytest.raises(ProjectError, match=r"^film\.toml was changed by another program: [^\n]*line \d+[^\n]*$"):
            step()
        assert project.path.read_text() == broken
    project.path.write_text(TEXT, encoding="utf-8")
    assert project.undo().cast[0].offset is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": ["cast", 0, "strength"], "value": 9}, "film.toml, line 11: cast 1: strength must be from 0 to 2"),
        ({"path": ["cast", 0, "dub"], "value": "none.wav"}, "there is no file"),
        ({"path": ["cast", 5, "dub"], "value": "a.wav"}, "the project has no cast.5.dub"),
        ({"path": ["cast", 0, "model"], "value": "wav2lip:x"}, "the studio does not change cast.0.model"),
        ({"path": ["settings", "encoder_args"], "value": "-f null"}, "does not change settings.encoder_args"),
        ({"path": ["output", "encoder_args"], "value": "-y /etc/passwd"}, "does not change output.encoder_args"),
        ({"path": ["output", "sign_key"], "value": "key.pem"}, "does not change output.sign_key"),
        ({"path": ["clip"], "value": "b.wav"}, "does not change clip"),
        ({"path": ["cast"], "append": {"who": "main", "zones": [{"dub": "b.wav"}]}}, "does not change cast"),
        ({"path": ["cast", 0, "name"], "value": "two\nlines"}, "name must be a text of one line"),
        ({"path": []}, "needs a path"),
        ({"path": ["cast", 0, "name"]}, "the project has no cast.0.name"),
        ({"path": ["exclude"], "append": "x"}, "exclude"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    project: ProjectFile, change: dict[str, object], said: str
) -> None:
    with pytest.raises(ProjectError, match=r"^[^\n]*$") as error:
        project.change([{"path": ["cast", 0, "gain"], "value": -1}, change])
    assert said in str(error.value)
    assert project.path.read_text() == TEXT and not project.can_undo
    assert names(project) == ["a.wav", "b.wav", "clip.mkv", "film.toml"]


def test_a_check_has_the_last_word(project: ProjectFile) -> None:
    def refuse(call: Call) -> None:
        raise ProjectError(f"{len(call.cast)} is too many")

    with pytest.raises(ProjectError, match="1 is too many"):
        project.change([{"path": ["cast", 0, "gain"], "value": -1}], refuse)
    assert project.path.read_text() == TEXT


def test_a_new_project_can_be_read(tmp_path: Path) -> None:
    (tmp_path / 'a "film".mkv').touch()
    (tmp_path / "film.toml").write_text(new_text('a "film".mkv'), encoding="utf-8")
    call = ProjectFile(tmp_path / "film.toml", Program().read).call
    assert call.clip.name == 'a "film".mkv' and not call.speaks
