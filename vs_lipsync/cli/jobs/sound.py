"""What is heard in a job by itself, for an encoder that is given the pictures by a script."""

from pathlib import Path
from uuid import uuid4

from vs_lipsync.cli.jobs.cast_sound import dubs_of, notify_of_overload
from vs_lipsync.cli.jobs.dub import Dubbing
from vs_lipsync.cli.jobs.sound_track import render_track, track_of
from vs_lipsync.cli.jobs.voices import JobDubs
from vs_lipsync.errors import JobError
from vs_lipsync.files import replace_durably
from vs_lipsync.media.source import SourceClip
from vs_lipsync.settings.zones import PlacedZone

__all__ = ["notify_of_dubs", "write"]


def notify_of_dubs(dubbing: Dubbing) -> None:
    """Tell the user what of the dubs moves no mouth, and why."""
    for member in dubbing.cast or ():
        JobDubs(member.voice(dubbing.voice)).notify_remarks()
    if dubbing.cast is not None:
        return
    zones = dubbing.zones.zones if dubbing.zones else ()
    placed = [PlacedZone(zone, number, 0, 0) for number, zone in enumerate(zones, 1)]
    JobDubs(dubbing.voice, placed).notify_remarks()


def write(footage: SourceClip, dubbing: Dubbing, output: Path) -> None:
    """Write the sound of a dubbed clip, from its first frame to its end, as a Wave64 file.

    Args:
        footage: the clip.
        dubbing: who is to speak what.
        output: the .w64 file; it appears at its place when it is whole.

    Raises:
        JobError: a sound cannot be decoded, or the file not be written.
    """
    prepared = dubbing.prepare(footage.clip)
    frames = prepared.clip.num_frames
    track = track_of(dubs_of(prepared, dubbing.sound), prepared, footage, dubbing.gaps, 0, frames)
    part = output.with_name(f"{output.name}-{uuid4().hex[:8]}.part")
    try:
        notify_of_overload(render_track(track, prepared.timeline.start(frames), part))
        replace_durably(part, output)
    except OSError as error:
        raise JobError(f"cannot write {output}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
