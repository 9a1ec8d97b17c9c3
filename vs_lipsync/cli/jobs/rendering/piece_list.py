"""The list of a job's pieces, by which FFmpeg joins them."""

from collections.abc import Sequence
from fractions import Fraction

from vs_lipsync.cli.jobs.rendering.folder import JobFolder, Piece
from vs_lipsync.media.encoding.frame_clock import ending_at, with_times
from vs_lipsync.timing.timeline import Timeline

__all__ = ["list_pieces"]


def list_pieces(job: JobFolder, fps: Fraction, times: Timeline | None) -> tuple[list[str], list[str]]:
    """Write the list of the pieces, to lie beside them.

    Args:
        job: where they are.
        fps: their rate.
        times: when the frames are shown; None where they keep to the rate.

    Returns:
        FFmpeg's options for the list as an input, from the job's folder, and those for pictures that are copied.
    """
    listed, options = _of_pieces(job.pieces, fps), list[str]()
    if times is not None:
        timed = job.part(".nut")
        last = with_times([(piece.path, piece.first, piece.stop) for piece in job.pieces], fps, times, timed, "nut")
        options = ending_at(times.start(job.pieces[-1].stop), last)
        # The list's times begin with 0, whatever NUT needs for pictures that are decoded before they are shown.
        listed = f"ffconcat version 1.0\nfile {timed.name}\n"
    (job.path / "pieces.txt").write_text(listed, encoding="ascii")
    return ["-f", "concat", "-i", "pieces.txt"], options  # in its folder: paths in lists have rules of their own


def _of_pieces(pieces: Sequence[Piece], fps: Fraction) -> str:
    lines = ["ffconcat version 1.0"]
    for piece in pieces:
        # Rounded where pieces meet, not their lengths, whose errors would add up.
        begun, ended = (round(frame / fps * 1_000_000) for frame in (piece.first, piece.stop))
        lines += [f"file {piece.path.name}", f"duration {(ended - begun) / 1_000_000:.6f}"]
    return "\n".join([*lines, ""])
