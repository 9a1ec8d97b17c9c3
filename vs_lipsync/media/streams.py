"""What a file holds besides its picture, and what of it another container can carry."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from vs_lipsync.errors import JobError, one_line
from vs_lipsync.media.probe import chosen_video

__all__ = ["Chapter", "Contents", "CopiedStream", "contents_of", "dub_language", "lost_tags"]

_TEXT = {".mp4": "mov_text", ".m4v": "mov_text", ".mov": "mov_text", ".webm": "webvtt", ".mkv": "subrip"}
"""What text subtitles become where a container cannot hold them as they are."""

_MUXERS = {".mp4": "mp4", ".m4v": "ipod", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}

_PICTURES = {"mjpeg": (".jpg", "image/jpeg"), "png": (".png", "image/png"), "bmp": (".bmp", "image/bmp")}
_PICTURES |= {"gif": (".gif", "image/gif"), "webp": (".webp", "image/webp")}
_COVERS = {**dict.fromkeys((".mp4", ".m4v"), ("mjpeg", "png", "bmp")), ".mkv": tuple(_PICTURES)}

_STALE = ("BPS", "DURATION", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES", "_STATISTICS_", "SOURCE_ID")
"""Beginnings of the names of tags in which mkvmerge counts what a track holds: no longer true of a part of it."""

_OF_THE_FILE = ("major_brand", "minor_version", "compatible_brands", "encoder", "timecode")
"""Tags that are about the file they are in, and not about what it shows."""


@dataclass(frozen=True, slots=True)
class CopiedStream:
    """A stream that goes along.

    Attributes:
        index: its number in the file.
        kind: "audio", "subtitle" or "attachment".
        source: name of its codec; empty for attachments.
        codec: "copy", or what it is converted to.
        disposition: its flags without "default", as FFmpeg writes them.
        is_default: whether it has that flag too.
        stale: names of tags that are not true of the copy.
    """

    index: int
    kind: str
    source: str
    codec: str
    disposition: str
    is_default: bool
    stale: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture that stands for the file.

    Attributes:
        name: of its file, with the right extension.
        mimetype: of the data.
        data: the picture's file.
        title: what the file says it shows; may be empty.
    """

    name: str
    mimetype: str
    data: bytes
    title: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: the seconds at which it starts and ends in the file, and its tags."""

    start: Fraction
    end: Fraction
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes along from a file into another one.

    Attributes:
        path: of the file.
        video: number of the stream whose picture is dubbed; None in a copy of the other streams.
        start: the second at which the file starts: when its first stream does.
        tracks: sound, subtitles and attachments.
        covers: pictures.
        chapters: all of them.
        tags: of the file.
        stale: names of the picture's tags that are not true of the dubbed one.
        notes: what does not go along as it is, for the user.
    """

    path: Path
    video: int | None
    start: Fraction
    tracks: tuple[CopiedStream, ...]
    covers: tuple[Cover, ...]
    chapters: tuple[Chapter, ...]
    tags: Mapping[str, str]
    stale: tuple[str, ...]
    notes: tuple[str, ...]

    def tag(self, name: str) -> str:
        """Return a tag of the file, whatever the case of its name; empty if there is none."""
        return next((text for key, text in self.tags.items() if key.lower() == name.lower()), "")


def contents_of(path: Path, suffix: str, *, replace_audio: bool = False, video: int | None = None) -> Contents:
    """Find out what a file holds besides its picture, and how it goes into a container.

    Args:
        path: the file.
        suffix: extension of the container, in small letters.
        replace_audio: whether its sound stays behind.
        video: number of the stream whose picture is dubbed; None to choose as `chosen_video` does.

    Raises:
        JobError: the file cannot be read.
    """
    try:
        with av.open(str(path.absolute())) as container:
            return _contents(container, path, suffix, replace_audio, chosen_video(container, path, video))
    except (av.FFmpegError, OSError, UnicodeError) as error:
        raise JobError(f"cannot read {path}: {one_line(error)}") from error


def lost_tags(contents: Contents, output: Path) -> list[str]:
    """Return the names of the tags of a file that another one, which was made of it, does not have."""
    with av.open(str(output)) as container:
        there = {name.lower() for name in container.metadata}
    return [name for name in contents.tags if name.lower() not in there and name.lower() not in _OF_THE_FILE]


def dub_language(path: Path) -> str:
    """Return what a file says of the language of its first sound; empty if nothing."""
    try:
        with av.open(str(path.absolute())) as container:
            language = container.streams.audio[0].metadata.get("language", "")
    except (av.FFmpegError, OSError, UnicodeError, IndexError):
        return ""
    return "" if language == "und" else language


def _contents(
    container: InputContainer, path: Path, suffix: str, replace_audio: bool, picture: av.VideoStream
) -> Contents:
    streams = list(container.streams)
    attached = [s for s in streams if Disposition.attached_pic in s.disposition and s is not picture]
    carried = _carried(suffix)
    chapters = tuple(
        Chapter(start=chapter["start"] * chapter["time_base"], end=chapter["end"] * chapter["time_base"], tags=tags)
        for chapter in container.chapters()
        for tags in [dict(chapter["metadata"])]
    )
    tracks, notes = [], []
    why = f"{suffix} files cannot hold it" if suffix in _MUXERS else f"it goes along into {', '.join(_MUXERS)} only"
    for stream in streams:
        if stream is picture or stream in attached or (replace_audio and stream.type == "audio"):
            continue
        name = _name(stream)
        codec = _codec(stream, suffix, carried)
        if codec is not None:
            tracks.append(_track(stream, codec))
            if codec != "copy":
                notes.append(f"{name} is converted to {codec} for {suffix}")
        elif stream.type == "video":
            notes.append(f"{name} is left out: one picture is dubbed; --video-stream {stream.index} takes this one")
        elif stream.type != "data":
            notes.append(f"{name} is left out: {why}")
        elif not _is_told_otherwise(stream, bool(chapters)):
            notes.append(f"{name} is left out")
    covers = []
    for stream in attached:
        if stream.codec_context.name in _COVERS.get(suffix, ()):
            covers += list(_cover(path, stream))
        else:
            notes.append(f"{_name(stream)}, a cover picture, is left out: {why}")
    start = Fraction(container.start_time or 0, av.time_base)
    stale = (*_stale(picture), *(key for key in picture.metadata if key.lower() in ("encoder", "rotate")))
    return Contents(
        path=path,
        video=picture.index,
        start=start,
        tracks=tuple(tracks),
        covers=tuple(covers),
        chapters=chapters,
        tags=dict(container.metadata),
        stale=stale,
        notes=tuple(notes),
    )


def _carried(suffix: str) -> frozenset[str]:
    """Return the codecs that a container can hold; none where we do not know the container."""
    if suffix not in _MUXERS:
        return frozenset()
    with av.open(io.BytesIO(), "w", format=_MUXERS[suffix]) as container:
        return frozenset(container.supported_codecs)


def _codec(stream: Stream, suffix: str, carried: frozenset[str]) -> str | None:
    """Return "copy", or what a stream is to be converted to, or None if it cannot go along."""
    if stream.type == "attachment":
        return "copy" if suffix == ".mkv" else None
    if stream.type not in ("audio", "subtitle") or stream.codec_context is None:
        return None
    if stream.codec_context.name in carried:
        return "copy"
    if stream.type == "subtitle" and stream.codec_context.codec.text_sub:
        return _TEXT.get(suffix)
    return None


def _track(stream: Stream, codec: str) -> CopiedStream:
    flags = [flag.name for flag in Disposition if flag in stream.disposition and flag.name]
    others = "+".join(name for name in flags if name != "default")
    source = stream.codec_context.name if stream.codec_context is not None else ""
    return CopiedStream(stream.index, stream.type, source, codec, others or "0", "default" in flags, _stale(stream))


def _stale(stream: Stream) -> tuple[str, ...]:
    return tuple(key for key in stream.metadata if key.upper().startswith(_STALE))


def _cover(path: Path, stream: Stream) -> Iterator[Cover]:
    suffix, mimetype = _PICTURES[stream.codec_context.name]
    with av.open(str(path.absolute())) as container:
        for packet in container.demux(container.streams[stream.index]):
            if packet.size:
                # Matroska tells covers from other pictures by their names.
                name = Path(stream.metadata.get("filename", "cover")).stem or "cover"
                yield Cover(name + suffix, mimetype, bytes(packet), stream.metadata.get("title", ""))
                return


def _is_told_otherwise(stream: Stream, has_chapters: bool) -> bool:
    """Say whether a data stream's contents go along as a tag or as chapters: FFmpeg makes the stream anew from them."""
    is_chapters = has_chapters and "SubtitleHandler" in stream.metadata.get("handler_name", "")
    return is_chapters or "timecode" in stream.metadata


def _name(stream: Stream) -> str:
    codec = stream.codec_context.name if stream.codec_context is not None else stream.metadata.get("filename", "")
    return f"{stream.type} stream {stream.index}" + (f" ({codec})" if codec else "")
