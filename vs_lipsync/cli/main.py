"""The command group, and how every failure becomes one line and an exit code."""

import sys
from collections.abc import Sequence
from typing import Never

import click

from vs_lipsync.cli.commands.batch import batch
from vs_lipsync.cli.commands.dub import dub
from vs_lipsync.cli.commands.evaluate import evaluate
from vs_lipsync.cli.commands.extract import extract
from vs_lipsync.cli.commands.plan import plan
from vs_lipsync.cli.commands.script import script
from vs_lipsync.cli.commands.speaker import speaker
from vs_lipsync.cli.commands.studio import studio
from vs_lipsync.cli.commands.weights import weights
from vs_lipsync.cli.stopping import listen
from vs_lipsync.errors import LipsyncError, one_line
from vs_lipsync.version import __version__

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vs-lipsync")
def program() -> None:
    """Make the person in a clip speak a new audio track."""


program.add_command(batch)
program.add_command(dub)
program.add_command(evaluate)
program.add_command(extract)
program.add_command(plan)
program.add_command(script)
program.add_command(speaker)
program.add_command(studio)
program.add_command(weights)


def main(arguments: Sequence[str] | None = None) -> Never:
    """Run the program and exit: 0 done, 1 the job failed, 2 bad use, 130 or 143 stopped by a signal.

    Args:
        arguments: the command line after the program's name; None for the process's own.
    """
    listen()
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = program.main(args=arguments, prog_name="vs-lipsync", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _fail("stopped", 130)
    except LipsyncError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:  # whoever read our standard output has left
        sys.stdout = None  # nothing to flush into
        return 1
    except OSError as error:
        return _fail(one_line(error), 1)
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    # A name may hold anything, and terminals obey what is not printable.
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(message.split()))
    click.echo(f"vs-lipsync: {line}", err=True)
    return code
