"""The command line program `vs-lipsync`."""

from vs_lipsync.cli.main import main

__all__ = ["main"]
