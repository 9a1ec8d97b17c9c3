"""What a project comes to, and what the studio needs of the program around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.settings.call import CallSettings
from vs_lipsync.settings.cast import CastMember
from vs_lipsync.settings.voice import Voice

__all__ = ["Call", "Program", "SoundWriter"]

type SoundWriter = Callable[[Prepared, SourceClip, int, int, Path], None]
"""Writes what is heard in a range of a call that was prepared: its clip's file, the first frame, the one behind the
last, and the .w64 file to write. JobError if it cannot be decoded or written."""


@dataclass(frozen=True, slots=True)
class Call:
    """A project that was read.

    Attributes:
        clip: the footage.
        opening: how it is opened.
        voice: the settings of the call; its dub is None where a cast or zones have theirs.
        settings: those of the clip as a whole.
        write_sound: writes what is heard.
        stems: files whose speakers are to be found out.
        output: the file to write; None if the project does not say.
        files: all files that the project names, itself among them.
    """

    clip: Path
    opening: SourceOptions
    voice: Voice
    settings: CallSettings
    write_sound: SoundWriter
    stems: tuple[Path, ...] = ()
    output: Path | None = None
    files: tuple[Path, ...] = ()

    @property
    def cast(self) -> Sequence[CastMember]:
        """The people of the project; none where it has no cast."""
        cast = self.settings.cast
        return cast if isinstance(cast, Sequence) else ()

    @property
    def speaks(self) -> bool:
        """Whether anybody speaks anything."""
        return bool(self.cast or self.voice.dub is not None or self.settings.zones)

    def with_plan(self, plan: Path | None) -> "Call":
        """Return the same with another plan file."""
        return replace(self, settings=replace(self.settings, plan=plan))


class Program(Protocol):
    """The program that the studio is part of."""

    def read(self, path: Path) -> Call:
        """Read a project as the command line does.

        Raises:
            LipsyncError: there is something wrong in it.
        """

    def command(self) -> list[str]:
        """Return a command that does what `vs-lipsync` does with arguments that it reads from its standard input.

        They come as a list in JSON in the first line. It says on standard error how far it is, and stops when its
        standard input ends.
        """

    def has_begun(self, output: Path) -> bool:
        """Tell whether a job that writes a file was begun and can be gone on with."""
