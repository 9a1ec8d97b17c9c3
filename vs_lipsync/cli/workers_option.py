"""The option that says who works on a job."""

from typing import Final

import click

from vs_lipsync.cli.jobs.cluster.connection import CLUSTER

__all__ = ["Workers"]

_MOST: Final = 1024


class Workers(click.ParamType[int | str]):
    """A number of processes, or a Ray cluster."""

    name = "number|ray"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Return a number, or what names a cluster; fails for anything else."""
        text = str(value)
        if CLUSTER.fullmatch(text):
            return text
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= _MOST):
            self.fail(f"{text!r} is neither a number from 1 to {_MOST}, nor ray, nor ray://HOST:PORT", param, ctx)
        return int(text)
