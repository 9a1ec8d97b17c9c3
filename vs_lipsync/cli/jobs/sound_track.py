"""The dub's track of a file: what it is made of in a range of a clip, and its samples."""

from fractions import Fraction
from pathlib import Path

from vs_lipsync.cli.jobs.cast_sound import CastDubs, CastSound, dubs_of
from vs_lipsync.cli.jobs.voices import Gaps, JobDubs
from vs_lipsync.graph.prepare import Prepared
from vs_lipsync.media.mix import Mix, render
from vs_lipsync.media.mux import DubTrack
from vs_lipsync.media.soundtrack import render_dub
from vs_lipsync.media.source import SourceClip
from vs_lipsync.timing.seconds import exact

__all__ = ["render_track", "track_of", "write_range"]


def track_of(
    dubs: JobDubs | CastDubs,
    prepared: Prepared,
    footage: SourceClip,
    gaps: Gaps,
    first: int,
    stop: int,
    language: str = "",
) -> DubTrack | Mix:
    """Return what is heard in a range of a clip that is dubbed.

    Args:
        dubs: those of the call.
        prepared: the call.
        footage: where the clip is from, for its own sound.
        gaps: what is heard outside of zones.
        first: first frame of the range.
        stop: first frame behind it.
        language: ISO 639-2 code of the dub's language; empty if it is not known.

    Raises:
        JobError: the clip's own sound is to be heard, and it has none.
    """
    timeline = prepared.timeline
    begin = timeline.start(first)
    if not dubs.is_mixed:
        return DubTrack(dubs.files[0], exact(prepared.voice.offset) - begin, language)
    clips = dubs.audio_clips(footage, prepared.clip.num_frames, timeline, first, gaps)
    return Mix(clips, timeline.start(stop) - begin, language)


def render_track(track: DubTrack | Mix, length: Fraction, output: Path) -> float:
    """Write a track.

    Args:
        track: what it is made of.
        length: seconds at which it is cut off; a mix has its own.
        output: the .w64 file to write.

    Returns:
        The dB by which a mix was made quieter, so that nothing is clipped; 0 if it was not.

    Raises:
        JobError: a sound cannot be decoded, or the file not be written.
    """
    if isinstance(track, Mix):
        return render(track.clips, track.length, output)
    render_dub(track.path, track.delay, length, output)
    return 0.0


def write_range(
    prepared: Prepared, footage: SourceClip, first: int, stop: int, output: Path, *, sound: CastSound | None, gaps: Gaps
) -> None:
    """Write what is heard in a range of a clip that is dubbed.

    Args:
        prepared: the call.
        footage: where the clip is from.
        first: first frame of the range.
        stop: first frame behind it.
        output: the .w64 file to write.
        sound: how the dubs of its cast are mixed; None without a cast.
        gaps: what is heard outside of zones.

    Raises:
        JobError: a sound is not there or cannot be decoded, or the file not be written.
    """
    track = track_of(dubs_of(prepared, sound), prepared, footage, gaps, first, stop)
    render_track(track, prepared.timeline.start(stop) - prepared.timeline.start(first), output)
