"""What the user's FFmpeg options are about: the pictures, the file, or something that cannot be."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["DEFAULT", "EncoderOptions"]

DEFAULT = "-c:v libx264 -crf 16"
"""What a job encodes with if nothing is said."""

_FLAGS = frozenset(("an", "vn", "sn", "dn", "shortest", "y", "n", "copyinkf", "stats", "nostats", "bitexact"))
"""Options that take no value."""

_REFUSED = {
    **dict.fromkeys(("ss", "t", "to", "frames", "vframes", "aframes", "fs"), "give the range with --start and --end"),
    **dict.fromkeys(("i", "map", "vn", "filter_complex", "lavfi", "shortest"), "what is in the output is not for them"),
    **dict.fromkeys(("r", "fpsmax"), "the rate is that of the clip"),
}

_SHORT_AUDIO = {
    "acodec": "c:a:0",
    "ab": "b:a:0",
    "aq": "q:a:0",
    "ac": "ac:a:0",
    "ar": "ar:a:0",
    "af": "filter:a:0",
    "sample_fmt": "sample_fmt:a:0",
    "channel_layout": "channel_layout:a:0",
}

# From `ffmpeg -h muxer=mov`, `-h muxer=matroska` and the muxing options of `-h full`.
_FILE_NAMES = """
    f metadata map_metadata map_chapters disposition tag vtag attach movflags brand write_tmcd video_track_timescale
    movie_timescale use_editlist write_btrt write_prft frag_duration min_frag_duration frag_size frag_interleave
    moov_size encryption_scheme encryption_key encryption_kid empty_hdlr_name cues_to_front reserve_index_space
    cluster_size_limit cluster_time_limit dash live write_crc32 default_mode fflags avoid_negative_ts max_delay
    muxdelay muxpreload max_interleave_delta max_muxing_queue_size metadata_header_padding flush_packets
    output_ts_offset y n an sn dn scodec
"""
_FILE = frozenset(_FILE_NAMES.split())

# They span the whole output, or change the number of frames.
_WHOLE = frozenset(("pass", "passlogfile", "fps_mode", "vsync", "stats"))
_WHOLE_PARAMETERS = re.compile(r"(?:^|:)(?:pass|stats)=")
_WHOLE_FILTERS = re.compile(
    r"(?:^|[,;\]])\s*(?:fps|framerate|minterpolate|(?:m?p?)decimate|framestep|select|trim|loop|reverse|setpts|tpad|"
    r"tinterlace|telecine|pullup|yadif|bwdif|w3fdif|estdif|separatefields|tblend|tmix|thumbnail|shuffleframes)\b"
)


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """FFmpeg options, by what they are about.

    Attributes:
        video: those of the pictures.
        file: those of the container and of the dub, which is the file's first sound.
        sound: those of `file` that are the dub's.
        whole: the option because of which the pictures can be written in one go only; None where pieces will do.
    """

    video: tuple[str, ...]
    file: tuple[str, ...]
    sound: tuple[str, ...]
    whole: str | None

    @classmethod
    def parse(cls, words: Iterable[str]) -> "EncoderOptions":
        """Sort options.

        Raises:
            ValueError: one of them cannot be followed, with the reason.
        """
        video: list[str] = []
        file: list[str] = []
        sound: list[str] = []
        whole = None
        left = list(words)
        while left:
            word = left.pop(0)
            if not re.match(r"-[a-zA-Z]", word):
                raise ValueError(f"{word!r} is no option")
            name, _, streams = word[1:].partition(":")
            if name in _REFUSED:
                raise ValueError(f"{word}: {_REFUSED[name]}")
            if name not in _FLAGS and not left:
                raise ValueError(f"{word} has no value")
            value = [] if name in _FLAGS else [left.pop(0)]
            if name in _WHOLE or any(_spans_all(name, text) for text in value):
                whole = word
            if name in _SHORT_AUDIO:
                sound += [f"-{_SHORT_AUDIO[name]}", *value]
            elif streams in ("a", "a:0"):
                sound += [f"-{name}:a:0", *value]
            elif name in _FILE or streams.startswith(("a:", "s", "g", "t")):
                file += [word, *value]
            else:
                video += [word, *value]
        return cls(tuple(video), (*sound, *file), tuple(sound), whole)

    @property
    def video_codec(self) -> str | None:
        """The encoder of the pictures; None if it is left to FFmpeg."""
        names = ("-c", "-codec", "-vcodec", "-c:v", "-codec:v", "-c:v:0", "-codec:v:0")
        given = [value for name, value in pairwise(self.video) if name in names]
        return given[-1] if given else None


def _spans_all(name: str, value: str) -> bool:
    """Say whether an option's value makes it one of the whole output."""
    if name.endswith("-params"):
        return _WHOLE_PARAMETERS.search(value) is not None
    return name in ("vf", "filter") and _WHOLE_FILTERS.search(value) is not None
