"""A command that takes a project file in place of a clip and options."""

from pathlib import Path

import click

from vs_lipsync.errors import ProjectError

__all__ = ["ProjectCommand"]


class ProjectCommand(click.Command):
    """A command whose argument may be a project file: its options are then those of the file, unless they are given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the project first, if there is one; the context's `obj` is the `Project` then."""
        source = self.make_parser(ctx).parse_args(list(args))[0].get("source")
        if not isinstance(source, str) or not source.lower().endswith(".toml"):
            return super().parse_args(ctx, args)
        from vs_lipsync.cli.commands.project import read_project  # pydantic and VapourSynth take a while to load

        try:
            project = read_project(Path(source), self)
        except ProjectError as error:
            raise click.UsageError(str(error), ctx) from error
        ctx.obj = project
        rest = super().parse_args(ctx, [*project.arguments, *args])
        ctx.params["source"] = project.clip
        return rest
