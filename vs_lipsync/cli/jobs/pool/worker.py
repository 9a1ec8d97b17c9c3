"""A process that writes pieces of a job for another one, which tells it which."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import click
import vapoursynth as vs

from vs_lipsync.cli.jobs.pool.processes import end_with_parent
from vs_lipsync.cli.jobs.rendering.encode import PieceWriter
from vs_lipsync.cli.jobs.rendering.pictures import OpenPictures, Selection
from vs_lipsync.cli.jobs.rendering.pieces import Cutter, PieceCutter
from vs_lipsync.errors import JobError, LipsyncError, one_line
from vs_lipsync.media.encoding.sending import Sending, SendingForm

__all__ = ["PieceTask", "work"]


@dataclass(frozen=True, slots=True)
class PieceTask:
    """What a process has to know to write any piece of a job. It can be pickled.

    Attributes:
        open_pictures: opens the pictures.
        form: how they go to the encoder.
        shortest: frames of a piece, at least.
        folder: of the job.
        threads: of VapourSynth's core.
        selection: the pictures that are encoded; None for all.
    """

    open_pictures: OpenPictures
    form: SendingForm
    shortest: int
    folder: Path
    threads: int
    selection: Selection | None = None

    def writer(self, say: Callable[[str], None]) -> PieceWriter:
        """Open the pictures, to write pieces of them; `say` and errors as for `PieceWriter`."""
        pictures = self.open_pictures()
        cutter: Cutter
        if self.selection is None:
            cutter = PieceCutter(pictures.clip.num_frames, self.shortest, pictures.begins_shot)
        else:
            cutter = self.selection.cutter(self.shortest, pictures.begins_shot)
            pictures = self.selection.of(pictures)
        return PieceWriter(Sending.again(pictures.clip, pictures.source, self.form), self.folder, cutter, say)


def work(connection: "Connection[object, object]", task: PieceTask) -> None:
    """Write the pieces whose numbers arrive, until None arrives.

    What is sent back: an `Outcome` for each frame that was sent to the encoder, text for the user, the `Piece` that is
    written, or the `JobError` that ends the work.
    """
    end_with_parent()
    try:
        vs.core.num_threads = task.threads
        writer = task.writer(connection.send)
        while isinstance(number := connection.recv(), int):
            connection.send(writer.write(number, connection.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):  # nobody listens any more
        os._exit(1)
    except (LipsyncError, vs.Error, OSError, click.ClickException) as error:
        connection.send(JobError(one_line(error)))
    except SystemExit:  # what writes is ended by now; frames that are still being made need not be waited for
        os._exit(1)
