"""`vs-lipsync studio`: a project made and dubbed on a page in the browser."""

import os
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vs_lipsync.cli.options import FILE, source_arguments
from vs_lipsync.cli.voice_options import voice_arguments

if TYPE_CHECKING:
    from vs_lipsync.studio.call import Call

__all__ = ["Program", "studio"]

_NEEDED = ("starlette", "tomlkit", "uvicorn")


class Program:
    """This program, for the studio."""

    def read(self, path: Path) -> "Call":
        """Read a project as `dub` does."""
        from vs_lipsync.cli.cast_options import CastChoice
        from vs_lipsync.cli.commands.dub import dub
        from vs_lipsync.cli.commands.project import read_project
        from vs_lipsync.cli.exclude_option import places_of
        from vs_lipsync.cli.jobs.sound_track import write_range
        from vs_lipsync.errors import ProjectError
        from vs_lipsync.media.source import SourceOptions
        from vs_lipsync.settings.call import CallSettings
        from vs_lipsync.settings.voice import Voice
        from vs_lipsync.settings.zone_file import read_zones
        from vs_lipsync.studio.call import Call

        project = read_project(path, dub)
        try:
            given = dict(dub.make_context("dub", [str(path)]).params)
        except click.ClickException as error:
            raise ProjectError(f"{path}: {error.format_message()}") from error
        voice = Voice(**voice_arguments(given), original=str(project.clip.absolute()))
        zones = read_zones(given["zones"]) if given["zones"] else project.zones
        opening = SourceOptions(**source_arguments(given))
        settings = CallSettings(
            zones=zones.zones if zones else (),
            extend=given["extend"],
            plan=given["plan"],
            timecodes=opening.timecodes,
            cast=project.cast or None,
            exclude=places_of(given["exclude"]),
        )
        mixed = {name: given[name] for name in ("bed", "bed_gain", "stem_gain")}
        casting = CastChoice((), project.cast, project.gains, given["stems"], **mixed)
        return Call(
            clip=project.clip.absolute(),
            opening=opening,
            voice=voice,
            settings=settings,
            write_sound=partial(write_range, sound=casting.sound(), gaps=given["gaps"]),
            stems=given["stems"],
            output=given["output"],
            files=project.files,
        )

    def command(self) -> list[str]:
        """Return the command of the program that waits for its arguments."""
        return [sys.executable, "-m", "vs_lipsync.cli.ordered"]

    def has_begun(self, output: Path) -> bool:
        """Tell whether a job has left something."""
        from vs_lipsync.cli.jobs.rendering.folder import folder_of

        return any(folder_of(output).glob("[0-9]*.json"))


@click.command()
@click.argument("source", metavar="INPUT", type=FILE)
@click.option(
    "--project",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The project file of a film; if not given, the one beside it with its name and .toml.",
)
@click.option(
    "--stem", "stems", metavar="FILE", type=FILE, multiple=True, help="A sound from another folder, to choose from."
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", metavar="NUMBER", type=click.IntRange(0, 65535), default=0, help="Which port; if not given, a free one."
)
@click.option("--no-browser", is_flag=True, help="Do not open the page; print its address only.")
def studio(source: Path, project: Path | None, stems: tuple[Path, ...], host: str, port: int, no_browser: bool) -> None:
    """Cast, time, look and render on a page in the browser.

    INPUT is a film, or a project file (.toml). What is done on the page is saved in the project file at once, which
    `vs-lipsync dub` takes as well. The page is for this machine alone; it ends with Ctrl-C.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise click.UsageError(f"the studio needs {' and '.join(missing)}: pip install 'vs-lipsync[studio]'")
    from vs_lipsync.studio.guard import is_loopback

    if not is_loopback(host):
        click.echo(
            f"warning: whoever can reach {host} and learns the address below can read and change this project, and all "
            "that is sent can be read on its way",
            err=True,
        )
    program = Program()
    path = _project_of(source, project, program)
    from vs_lipsync.studio.serve import serve
    from vs_lipsync.studio.session import Session

    session = Session(path, program, [source, *stems])
    click.echo(f"{path} is saved as you go; Ctrl-C ends the studio", err=True)
    serve(session, host, port, click.echo, browser=not no_browser)


def _project_of(source: Path, project: Path | None, program: Program) -> Path:
    """Return the project file of the argument; of a film that has none, a new one."""
    from vs_lipsync.errors import LipsyncError, ProjectError
    from vs_lipsync.files import write_text
    from vs_lipsync.studio.project_text import new_text

    if source.suffix.lower() == ".toml":
        if project is not None:
            raise click.UsageError("INPUT is a project already: leave --project out")
        path = source
    else:
        path = project or source.with_suffix(".toml")
        if not path.exists():
            if not path.absolute().parent.is_dir():
                raise click.UsageError(f"there is no folder {path.absolute().parent}")
            from vs_lipsync.media.source import SourceClip

            SourceClip.open(source)  # a file without a picture is no film
            name = os.path.relpath(source.absolute(), path.absolute().parent)
            try:
                write_text(path, new_text(Path(name).as_posix()))
            except OSError as error:
                raise click.UsageError(f"cannot write {path}: {error.strerror}; give a place with --project") from error
            return path
    try:
        call = program.read(path)
        if path is not source and not call.clip.samefile(source):
            raise ProjectError(f"{path} is of another film, {call.clip.name}; give a new file with --project")
    except LipsyncError as error:
        raise click.UsageError(str(error)) from error
    return path
