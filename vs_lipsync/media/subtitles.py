"""Subtitles of a range: cut and moved into a file of their own.

FFmpeg copies a subtitle only if it begins inside the range, and gives some a wrong time when it converts them.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from vs_lipsync.media.ffmpeg import run_ffmpeg
from vs_lipsync.media.streams import CopiedStream

__all__ = ["cut_subtitles"]

_IN_MATROSKA = ("subrip", "srt", "ass", "ssa", "webvtt", "text", "pgssub", "dvdsub", "dvbsub")


def cut_subtitles(
    source: Path, tracks: Sequence[CopiedStream], span: tuple[Fraction, Fraction], folder: Path
) -> tuple[Path, list[CopiedStream]]:
    """Write a range of subtitle tracks to a Matroska file whose time begins with the range.

    A subtitle that is shown when the range starts or ends is kept for the time it is shown within. Of pictures that
    say no time to disappear, those that appear before the range are left out.

    Args:
        source: the file.
        tracks: the subtitle tracks, at least one.
        span: first second, and the first no longer wanted, in the file's time.
        folder: where to write.

    Returns:
        The file, and the tracks with their numbers in it.
    """
    whole, cut = folder / "subtitles-whole.part.mkv", folder / "subtitles.part.mkv"
    arguments = ["-copyts", "-i", f"file:{source.absolute()}"]
    for number, track in enumerate(tracks):
        codec = "copy" if track.source in _IN_MATROSKA else "subrip"
        arguments += ["-map", f"0:{track.index}", f"-c:s:{number}", codec]
    # Nothing to wait for: what comes late in one track may come after all of another.
    run_ffmpeg([*arguments, "-max_interleave_delta", "0", "-y", f"file:{whole.absolute()}"])
    start, stop = span
    with av.open(str(whole)) as read, av.open(str(cut), "w", format="matroska") as written:
        copies = [written.add_stream_from_template(stream) for stream in read.streams.subtitles]
        for packet in read.demux():
            if packet.pts is None or not packet.time_base:  # a missing one is the fraction 0
                continue
            begins = packet.pts * packet.time_base
            ends = begins + (packet.duration or 0) * packet.time_base
            if begins >= stop or ends < start or begins < start == ends:
                continue
            shown, hidden = max(begins, start), min(ends, stop)
            packet.pts = packet.dts = round((shown - start) / packet.time_base)
            packet.duration = round((hidden - shown) / packet.time_base)
            packet.stream = copies[packet.stream_index]
            written.mux(packet)
    return cut, [_moved(track, number) for number, track in enumerate(tracks)]


def _moved(track: CopiedStream, number: int) -> CopiedStream:
    """Return a track as it is in the new file: what Matroska cannot hold as it is has become SubRip there."""
    if track.source in _IN_MATROSKA:
        return replace(track, index=number)
    # Those that the output could have held are MP4's.
    return replace(track, index=number, source="subrip", codec="mov_text" if track.codec == "copy" else track.codec)
