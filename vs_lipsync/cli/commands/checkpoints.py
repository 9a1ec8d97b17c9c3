"""`vs-lipsync weights add` and `convert`: Wav2Lip checkpoints that the user has."""

from pathlib import Path

import click

from vs_lipsync.cli.options import FILE

__all__ = ["add", "convert"]

_SOURCE = click.argument("source", type=FILE)


@click.command()
@_SOURCE
@click.option("--name", help="What to call it. Default: the name of the published file that it is, or of the file.")
def add(source: Path, name: str | None) -> None:
    """Put a Wav2Lip checkpoint into the model store; --model wav2lip:NAME then finds it.

    Only the generator is kept, as safetensors. SOURCE is read safely: nothing in it is run.
    """
    from vs_lipsync.mouth.wav2lip import add as add_checkpoint  # PyTorch takes a while to import

    path = add_checkpoint(source, name)
    click.echo(f"wav2lip:{path.stem} is {path}")


@click.command()
@_SOURCE
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def convert(source: Path, target: Path) -> None:
    """Write the generator of a Wav2Lip checkpoint to TARGET as safetensors: 145 MB instead of 436.

    SOURCE is read safely: nothing in it is run.
    """
    from vs_lipsync.mouth.wav2lip import convert as convert_checkpoint  # PyTorch takes a while to import

    click.echo(str(convert_checkpoint(source, target)))
