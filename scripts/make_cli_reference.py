"""Write docs/cli-reference.md: the help of every command of `vs-lipsync`."""

from pathlib import Path

import click

from vs_lipsync.cli.main import program

FILE = Path(__file__).parent.parent / "docs" / "cli-reference.md"


def reference() -> str:
    """Return the page."""
    lines = ["# Reference of the command line", "", "Written by `python scripts/make_cli_reference.py`.", ""]
    context = click.Context(program, info_name="vs-lipsync", terminal_width=100, **program.context_settings)
    for command, inside in _commands(program, context):
        lines += [f"## `{inside.command_path}`", "", "```text", command.get_help(inside), "```", ""]
    return "\n".join(lines)


def _commands(command: click.Command, context: click.Context) -> list[tuple[click.Command, click.Context]]:
    """Return a command and all those in it, each with its context."""
    found = [(command, context)]
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            other = command.commands[name]
            inside = click.Context(other, info_name=name, parent=context, terminal_width=100)
            found += _commands(other, inside)
    return found


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
