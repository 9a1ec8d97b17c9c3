"""`vs-lipsync weights`: look after the model files in the user's cache."""

import click

from vs_lipsync.cli.commands.checkpoints import add, convert
from vs_lipsync.errors import JobError
from vs_lipsync.weights import MANIFEST, State, Status
from vs_lipsync.weights import fetch as fetch_weights
from vs_lipsync.weights import verify as verify_weights

__all__ = ["weights"]

_NAMES = click.argument("names", nargs=-1, metavar="[NAME]...")


@click.group()
def weights() -> None:
    """List, fetch and verify the model files."""


weights.add_command(add)
weights.add_command(convert)


@weights.command("list")
def list_() -> None:
    """List the model files: state, size, licence, purpose, source and place."""
    for status in verify_weights():
        weight = status.weight
        click.echo(f"{weight.name}: {status.state.value}, {weight.size / 1e6:.1f} MB, {weight.licence}")
        click.echo(f"    {weight.purpose}; from {weight.source}")
        click.echo(f"    {status.path}")


@weights.command()
@_NAMES
@click.option("--force", is_flag=True, help="Fetch also what is there and whole.")
def fetch(names: tuple[str, ...], force: bool) -> None:
    """Fetch the model files that are missing or damaged: all, or those named."""
    for path in fetch_weights(names or None, force=force):
        click.echo(str(path))


@weights.command()
@_NAMES
def verify(names: tuple[str, ...]) -> None:
    """Compare the model files with their checksums: all, or those named. Exit code 1 if one is not whole."""
    found = verify_weights(names or None)
    for status in found:
        click.echo(f"{status.state.value:8} {status.weight.name}")
    bad = [status for status in found if status.state is not State.PRESENT]
    if bad:
        raise JobError(f"{_count(bad)} not whole; run: vs-lipsync weights fetch")


def _count(bad: list[Status]) -> str:
    return f"{len(bad)} of {len(MANIFEST)} model files {'is' if len(bad) == 1 else 'are'}"
