"""What the program says beside its results."""

import click

__all__ = ["notify"]


def notify(message: str | None) -> None:
    """Print a line on standard error, if there is one."""
    if message:
        click.echo(message, err=True)
