"""What `vs-lipsync extract` does once its options are read."""

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Final

import av
import click
import vapoursynth as vs

from vs_lipsync.cli.jobs.voices import JobDubs
from vs_lipsync.cli.notify import notify
from vs_lipsync.cli.progress import progress
from vs_lipsync.errors import JobError, one_line
from vs_lipsync.files import write_text
from vs_lipsync.media.segment_file import lossless_options, notes_of_encoder, write_segment
from vs_lipsync.media.sound_node import sound_node
from vs_lipsync.media.source import SourceClip, SourceOptions
from vs_lipsync.segment import Segment, first_sample_of, scene_ranges, segments, sound_of
from vs_lipsync.settings.voice import Voice
from vs_lipsync.timing.position import Position, format_time
from vs_lipsync.timing.timeline import PartOf, Timeline
from vs_lipsync.version import __version__

__all__ = ["SegmentChoice", "SourceOptions", "write"]

COLUMNS: Final = (
    "file", "first_frame", "stop_frame", "frames", "start_seconds", "end_seconds", "start_time", "end_time",
    "sample_rate", "first_sample", "stop_sample",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """Which segments: one of four.

    Attributes:
        faces: those with a face, or those without.
        speaker: those that show a person.
        spans: first and last frames, or times.
        scenes: first and last numbers of shots.
    """

    faces: bool | None
    speaker: str | None
    spans: Sequence[tuple[Position, Position]]
    scenes: Sequence[tuple[int, int | None]]


def write(
    source: Path,
    choice: SegmentChoice,
    voice: Voice,
    plan: Path | None,
    folder: Path,
    encoder: Sequence[str] | None,
    opening: SourceOptions,
) -> None:
    """Write segments of a clip and the list of them.

    Args:
        source: the clip.
        choice: which segments.
        voice: the dub, if there is one, and how it is put into mouths.
        plan: the clip's plan file, if there is one.
        folder: where to write to; made if it is missing.
        encoder: FFmpeg options for the pictures and the sound; None for lossless ones.
        opening: how the clip is opened.

    Raises:
        JobError: it cannot be done.
        click.BadParameter: there is no such range in the clip.
    """
    footage = SourceClip.open(source, opening)
    notify(footage.note)
    if voice.dub is not None:
        JobDubs(voice).notify_remarks()
    with tempfile.TemporaryDirectory(prefix="vs-lipsync-", ignore_cleanup_errors=True) as scratch:
        try:
            found = _segments(footage, choice, voice, plan, opening.timecodes)
            tracks = [] if voice.dub is not None else _tracks(footage, Path(scratch))
        except vs.Error as error:
            raise JobError(one_line(error)) from error
        if not found:
            raise JobError("there is no such segment in the clip")
        options = lossless_options(footage.clip.format) if encoder is None else encoder
        notes = dict.fromkeys(notes_of_encoder(footage.clip, options, footage.size))
        for note in notes:
            notify(note)
        folder.mkdir(exist_ok=True)
        comment = f"Re-voiced with vs-lipsync {__version__}" if voice.dub is not None else None
        _write(footage, found, tracks, folder, options, comment, notes, varies=opening.timecodes is not None)


def _write(
    footage: SourceClip,
    found: Sequence[Segment],
    tracks: Sequence[vs.AudioNode],
    folder: Path,
    encoder: Sequence[str],
    comment: str | None,
    notes: dict[str, None],
    *,
    varies: bool,
) -> None:
    rows = []
    clip, timeline = footage.clip, footage.timeline
    total = sum(segment.stop - segment.first for segment in found)
    with progress("extracting", total) as advance:
        for number, segment in enumerate(found, 1):
            name = f"{number:04}-{segment.first:06}-{segment.stop - 1:06}.mkv"
            sounds = [segment.audio] if segment.audio is not None else []
            sounds += [sound_of(track, clip.num_frames, timeline, segment.first, segment.stop) for track in tracks]
            times = PartOf(timeline, segment.first) if varies else None
            path = folder / name
            for note in write_segment(
                segment.video, sounds, path, encoder, comment, advance, times=times, size=footage.size
            ):
                if note not in notes:
                    notes[note] = None
                    notify(note)
            rows.append(_row(name, segment, timeline, sounds[0] if sounds else None))
    write_text(folder / "segments.csv", _table(rows))
    click.echo(f"{folder}: {len(found)} segments, {total} of {clip.num_frames} frames", err=True)


def _segments(
    footage: SourceClip, choice: SegmentChoice, voice: Voice, plan: Path | None, timecodes: Path | None
) -> list[Segment]:
    clip = footage.clip
    settings = {field.name: getattr(voice, field.name) for field in fields(voice)}
    cut: Callable[..., list[Segment]] = partial(segments, clip, plan=plan, timecodes=timecodes, **settings)
    if choice.faces is not None:
        return cut(faces=choice.faces)
    if choice.speaker is not None:
        return cut(speaker=choice.speaker)
    if choice.scenes:
        shots = scene_ranges(clip, plan)
        numbers: set[int] = set()
        for first, last in choice.scenes:
            if max(first, last or 1) > len(shots):
                raise click.BadParameter(f"the clip has {len(shots)} scenes", param_hint="--scene")
            numbers |= set(range(first, (last or len(shots)) + 1))
        ranges = [shots[number - 1] for number in sorted(numbers)]
    else:
        ranges = [_range(footage, *span) for span in choice.spans]
    return cut(ranges=ranges)


def _range(footage: SourceClip, start: Position, end: Position) -> tuple[int, int]:
    clip, timeline = footage.clip, footage.timeline
    first, stop = start.at(timeline), end.at(timeline) + (end.frame is not None)
    if not first < stop <= clip.num_frames:
        raise click.BadParameter(
            f"there are no frames {first} to {stop - 1} in a clip of {clip.num_frames}", param_hint="--range"
        )
    return first, stop


def _tracks(footage: SourceClip, folder: Path) -> list[vs.AudioNode]:
    """Open all sounds of a file, so that each begins with its picture."""
    try:
        with av.open(str(footage.path)) as container:
            count = len(container.streams.audio)
    except (av.FFmpegError, OSError) as error:
        raise JobError(f"cannot read {footage.path}: {one_line(error)}") from error
    return [
        sound_node(footage.path, folder, track=track, origin=footage.start, shifts=footage.shifts)
        for track in range(count)
    ]


def _row(name: str, segment: Segment, timeline: Timeline, sound: vs.AudioNode | None) -> tuple[object, ...]:
    begin, end = timeline.start(segment.first), timeline.start(segment.stop)
    samples: tuple[object, ...] = ("", "", "")
    if sound is not None:
        first = first_sample_of(segment.first, timeline, sound.sample_rate)
        samples = (sound.sample_rate, first, first + sound.num_samples)
    frames = (segment.first, segment.stop, segment.stop - segment.first)
    return (name, *frames, begin, end, format_time(begin), format_time(end), *samples)


def _table(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows)
    return text.getvalue()
