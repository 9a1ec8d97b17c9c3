"""The command that puts a file together: the pictures, the dub, and all that goes along from the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from vs_lipsync.media.chapters import chapter_file, placed
from vs_lipsync.media.containers import ISO_MEDIA
from vs_lipsync.media.provenance import TAG, Provenance
from vs_lipsync.media.retime import retimed
from vs_lipsync.media.streams import Contents, CopiedStream
from vs_lipsync.media.subtitles import cut_subtitles

__all__ = ["DubTrack", "InputStreams", "arguments", "lead_of", "sound_codec"]

_OPUS = (".webm", ".mkv", ".mka", ".ogg", ".ogv", ".opus")

_SHORTEST_LEAD = Fraction(1, 10)
"""Seconds by which sound may begin before the picture without more ado: encoders' delays are shorter."""

_BEFORE = 10
"""Seconds before a range at which the input is read from, for packets to be there when it starts."""


@dataclass(frozen=True, slots=True)
class DubTrack:
    """The new sound of the file to write, out of one recording.

    Attributes:
        path: a media file, of which the first sound track is taken.
        delay: seconds after the first frame at which it starts; below 0, its beginning is left out.
        language: its ISO 639-2 code; empty if it is not known.
    """

    path: Path
    delay: Fraction
    language: str = ""


@dataclass(frozen=True, slots=True)
class InputStreams:
    """What goes along from the input.

    Attributes:
        contents: what it holds.
        start: the second in it at which the first frame of the output is shown.
        is_range: whether the output is a part of it, so that everything is cut to that part.
        shifts: where its times begin anew: the seconds that are added to them from each new beginning on.
    """

    contents: Contents
    start: Fraction
    is_range: bool
    shifts: Sequence[Fraction] = ()


def lead_of(streams: InputStreams | None) -> Fraction:
    """Return the second in the output at which its first frame is shown.

    It is later than 0 where the input's sound begins before its picture.
    """
    if streams is None or streams.is_range:
        return Fraction(0)
    lead = streams.start - streams.contents.start
    return lead if lead > _SHORTEST_LEAD else Fraction(0)


def sound_codec(suffix: str) -> list[str]:
    """Return FFmpeg's options for the dub in a kind of file, if the user has none."""
    return ["-c:a:0", "libopus" if suffix in _OPUS else "aac", "-b:a:0", "192k"]


def arguments(
    pictures: Sequence[str],
    encoder: Sequence[str],
    length: Fraction,
    sound: Path,
    language: str,
    streams: InputStreams | None,
    options: Sequence[str],
    provenance: Provenance | None,
    output: Path,
    folder: Path,
) -> list[str]:
    """Return FFmpeg's arguments.

    Args:
        pictures: its input options for the pictures, whose time begins with 0.
        encoder: its output options for them.
        length: of the pictures, in seconds.
        sound: the dub as it is to be heard from the first frame on, and no longer than the pictures.
        language: its ISO 639-2 code; empty if it is not known.
        streams: what goes along; None for nothing.
        options: the user's for the file.
        provenance: what the file is to say of itself; None for nothing.
        output: the file to write; its extension tells the container.
        folder: where other inputs may be written.
    """
    suffix = output.suffix.lower()
    lead = lead_of(streams)
    command = _Command()
    # Times are those of the files throughout: what FFmpeg would take for their start is not always the same.
    command.add_input("-copyts", *(["-itsoffset", _seconds(lead)] if lead else []), *pictures)
    command.add_stream("0:v:0")
    dub = command.add_input(*(["-itsoffset", _seconds(lead)] if lead else []), "-i", _url(sound))
    said = {"language": language} if language else {}
    command.add_stream(f"{dub}:a:0", disposition="default+dub" if streams else "default", tags=said)
    flags = ["+faststart"] if suffix in ISO_MEDIA else []
    tags = _tags(streams.contents if streams else None, provenance, suffix)
    if streams is not None:
        _keep(command, streams, length, lead, suffix, folder)
        if suffix in ISO_MEDIA and any("." in name for name in streams.contents.tags) and not streams.contents.covers:
            flags.append("+use_metadata_tags")  # names such as com.apple.quicktime.make have no place in older tags
    settings = ["-movflags", "".join(flags)] if flags else []
    if suffix == ".mkv":
        settings += ["-default_mode", "passthrough"]  # older versions would give subtitles a default of their own
    for name, text in tags.items():
        settings += ["-metadata", f"{name}={text}"]
    return [
        *command.inputs,
        *command.maps,
        *sound_codec(suffix),
        *settings,
        *encoder,
        *options,
        *command.options,
        *("-y", _url(output)),
    ]


@dataclass(slots=True)
class _Command:
    """The parts of a command that count its inputs and streams."""

    inputs: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    _inputs: int = 0
    _streams: int = 0

    def add_input(self, *options: str) -> int:
        """Add an input with the options before it; returns its number."""
        self.inputs += options
        self._inputs += 1
        return self._inputs - 1

    def add_stream(
        self,
        specifier: str,
        *,
        codec: str | None = None,
        disposition: str | None = None,
        tags: Mapping[str, str] | None = None,
        tags_of: str | None = None,
    ) -> int:
        """Add an output stream: where it is from, its codec, its flags, tags of its own and those of another."""
        number = self._streams
        self.maps += ["-map", specifier]
        for name, value in (("c", codec), ("disposition", disposition), ("map_metadata:s", tags_of)):
            if value is not None:
                self.options += [f"-{name}:{number}", value]
        for key, text in (tags or {}).items():
            self.options += [f"-metadata:s:{number}", f"{key}={text}"]
        self._streams += 1
        return number


def _keep(
    command: _Command, streams: InputStreams, length: Fraction, lead: Fraction, suffix: str, folder: Path
) -> None:
    """Add what goes along."""
    contents = streams.contents
    if streams.shifts and contents.tracks:
        contents = retimed(contents, streams.shifts, folder)
    shift = lead - streams.start
    seek = []
    if streams.is_range:
        seek = ["-ss", _seconds(max(Fraction(0), streams.start - contents.start - _BEFORE))]
    source = command.add_input("-itsoffset", _seconds(shift), *seek, "-i", _url(contents.path))
    # What is said of one stream would otherwise be said of the one with its number.
    command.options += ["-map_metadata", str(source), "-map_metadata:s", "-1"]
    if contents.video is not None:
        command.options += ["-map_metadata:s:0", f"{source}:s:{contents.video}"]
    for name in contents.stale:
        command.options += ["-metadata:s:0", f"{name}="]
    if streams.is_range:
        command.options += ["-metadata:s:0", "timecode=", "-metadata", "timecode="]

    tracks = [(track, source, track.index) for track in contents.tracks]
    subtitles = [track for track in contents.tracks if track.kind == "subtitle"]
    if streams.is_range and subtitles:
        path, cut = cut_subtitles(contents.path, subtitles, (streams.start, streams.start + length), folder)
        number = command.add_input("-i", _url(path))
        tracks = [entry for entry in tracks if entry[0].kind != "subtitle"]
        tracks += [(track, number, before.index) for track, before in zip(cut, subtitles, strict=True)]
        tracks.sort(key=lambda entry: entry[2])
    for track, number, original in tracks:
        stream = command.add_stream(
            f"{number}:{track.index}",
            codec=track.codec,
            disposition=_flags(track),
            tags_of=f"{source}:s:{original}",
            tags=dict.fromkeys(track.stale, ""),
        )
        if streams.is_range and track.kind == "audio" and streams.start - contents.start > _SHORTEST_LEAD:
            command.options += [f"-copypriorss:{stream}", "0"]  # at the file's start, what lies before is encoder delay
    if streams.is_range:
        command.options += ["-t", _seconds(length)]
    _add_covers(command, contents, suffix, folder)

    chapters = folder / "chapters.part.txt"
    chapters.write_text(
        chapter_file(placed(contents.chapters, shift, length if streams.is_range else None)), encoding="utf-8"
    )
    command.options += ["-map_chapters", str(command.add_input("-f", "ffmetadata", "-i", _url(chapters)))]


def _add_covers(command: _Command, contents: Contents, suffix: str, folder: Path) -> None:
    attachments = sum(track.kind == "attachment" for track in contents.tracks)
    for number, cover in enumerate(contents.covers):
        path = folder / f"cover-{number}.part{Path(cover.name).suffix}"
        path.write_bytes(cover.data)
        title = {"title": cover.title} if cover.title else {}
        if suffix == ".mkv":
            command.options += ["-attach", _url(path)]
            for key, text in {"mimetype": cover.mimetype, "filename": cover.name, **title}.items():
                command.options += [f"-metadata:s:t:{attachments + number}", f"{key}={text}"]
        else:
            source = command.add_input("-i", _url(path))
            command.add_stream(f"{source}:v:0", codec="copy", disposition="attached_pic", tags=title)


def _flags(track: CopiedStream) -> str:
    """Return a track's flags: the dub is the default sound now."""
    if track.kind == "audio" or not track.is_default:
        return track.disposition
    return "default" if track.disposition == "0" else f"default+{track.disposition}"


def _tags(contents: Contents | None, provenance: Provenance | None, suffix: str) -> dict[str, str]:
    """Return the tags to set."""
    tags = {}
    if suffix not in ISO_MEDIA:  # what an MP4 file says of its own layout
        tags = dict.fromkeys(("major_brand", "minor_version", "compatible_brands"), "") if contents else {}
    if provenance is not None:
        before = contents.tag("comment") if contents else ""
        tags["comment"] = f"{before}\n{provenance.comment}" if before else provenance.comment
        tags[TAG] = provenance.statement
    return tags


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"


def _url(path: Path) -> str:
    """Return a path that can pass neither for an option nor for another protocol."""
    return f"file:{path.absolute()}"
