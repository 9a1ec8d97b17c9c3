"""`vs-lipsync batch`: many films, several at a time."""

from pathlib import Path

import click

from vs_lipsync.cli.notify import notify

__all__ = ["batch"]


@click.command()
@click.argument("jobs", metavar="JOBS", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--outputs",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where jobs write to that do not say it; if not given, the folder dubbed beside the list, or in the folder.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The .json file that says what has become of each job; if not given, JOBS.report.json. A list that was "
    "stopped goes on by it.",
)
@click.option(
    "--workers",
    metavar="NUMBER",
    type=click.IntRange(1, 1024),
    help="How many processes work at a time; if not given, one for every two processors, as far as there is memory for "
    "the largest clip.",
)
def batch(jobs: Path, outputs: Path | None, report: Path | None, workers: int | None) -> int:
    """Do many jobs, several at a time: those of a list, or of a folder.

    JOBS is a .toml file with a table [[jobs]] for each job and perhaps one [defaults] for all; or a .csv file with a
    row for each; or a folder with films and a sound for each, such as film.mp4 and film.wav. The settings of a job are
    input, and the options of `vs-lipsync dub` without their dashes: audio, output, strength, encoder_args and so on.

    A job that fails does not stop the others. Given again, the command does what is not done. It exits with 0 if all
    jobs are done, and with 1 if one has failed.
    """
    from vs_lipsync.cli.commands.dub import dub_as_told
    from vs_lipsync.cli.commands.job_tables import read_folder, read_jobs

    if jobs.is_dir():
        found, notes = read_folder(jobs, outputs)
        for note in notes:
            notify(note)
    else:
        found = read_jobs(jobs, outputs)
    report = report or jobs.absolute().with_name(f"{jobs.absolute().name}.report.json")
    if not report.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {report.absolute().parent}")
    from vs_lipsync.cli.jobs.batch import run as work  # VapourSynth and the rest take seconds to load

    return 0 if work.run(found, dub_as_told, report, workers) else 1
