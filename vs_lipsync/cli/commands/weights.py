"""`vs-lipsync weights`: the model files that come along, and the user's Wav2Lip checkpoints."""

import click

from vs_lipsync.cli.commands.checkpoints import add, convert
from vs_lipsync.weights.shipped import SHIPPED
from vs_lipsync.weights.store import checkpoints

__all__ = ["weights"]


@click.group()
def weights() -> None:
    """List the model files, and look after Wav2Lip checkpoints."""


weights.add_command(add)
weights.add_command(convert)


@weights.command("list")
def list_() -> None:
    """List the models that come along, with licence, purpose and origin, and the checkpoints that were added."""
    for model in SHIPPED:
        click.echo(f"{model.name}: {model.licence}")
        click.echo(f"    {model.purpose}; {model.origin}")
    for path in checkpoints():
        click.echo(f"wav2lip:{path.stem}: {path.stat().st_size / 1e6:.1f} MB")
        click.echo(f"    {path}")
