"""What a frame says of its colours, as FFmpeg's options."""

import pytest
import vapoursynth as vs

from vs_lipsync.media.encoding.colour import colour_options


@pytest.mark.parametrize(
    ("props", "options"),
    [
        ({}, ""),
        ({"_Matrix": 2, "_Primaries": 2, "_Transfer": 2}, ""),
        (
            {"_Matrix": 9, "_Primaries": 9, "_Transfer": 16, "_Range": 0, "_ChromaLocation": 2},
            "-color_primaries 9 -color_trc 16 -colorspace 9 -color_range 1 -chroma_sample_location 3",
        ),
        # Of several numbers the first counts, as for the resizer, and what is none says nothing.
        ({"_Matrix": [9, 1], "_Range": [1, 0]}, "-colorspace 9 -color_range 2"),
        ({"_Matrix": "bt709", "_ChromaLocation": "left"}, ""),
    ],
)
def test_options(props: dict[str, int | str | list[int]], options: str) -> None:
    clip = vs.core.std.BlankClip(format=vs.YUV420P8, width=64, height=48, length=1)
    blank = clip.std.RemoveFrameProps(["_Range", "_Matrix", "_Primaries", "_Transfer", "_ChromaLocation"])
    assert " ".join(colour_options(blank.std.SetFrameProps(**props).get_frame(0))) == options
