"""Which copied frames are compared with the source's, and the files that they are decoded from."""

from pathlib import Path

import av
import numpy as np
import pytest

from tests.made_smart import footage
from vs_lipsync.media.smart.decoding import decoded
from vs_lipsync.media.smart.excerpts import compared_runs, write_excerpts
from vs_lipsync.media.smart.kinds import open_codec
from vs_lipsync.media.smart.packets import facts_of, read_packets
from vs_lipsync.media.smart.runs import runs_of

X264 = "-c:v libx264 -preset ultrafast -bf 3 -g 12"
X265 = "-c:v libx265 -preset ultrafast -g 12 -bf 3 -x265-params pools=1:log-level=error:open-gop=1"


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".mp4", X264), (".ts", X264), (".mp4", X265), (".mkv", X265), (".mov", "-c:v mjpeg -q:v 9")],
)
def test_excerpts_are_decoded_as_the_source_is(suffix: str, options: str, tmp_path: Path) -> None:
    """Runs with frames of both ends compared, and those between left out."""
    source = footage(tmp_path / f"a{suffix}", *options.split(), frames=240, size="96:64")
    packets = read_packets(source, 0, open_codec(facts_of(source, 0)))
    changed = np.zeros(len(packets), bool)
    changed[20] = True
    runs = [run for run in runs_of(packets, changed, 0, len(packets)) if run.packets is not None]
    parts = [part for run in runs for part in compared_runs(packets, run)]
    assert len(parts) == len(runs) + 1  # the long one behind the change has two
    head, tail = parts[-2:]
    assert head.first == runs[-1].first and tail.stop == runs[-1].stop
    assert 48 <= len(head) < 80 and 48 <= len(tail) < 80
    with decoded(source, "0:v:0") as whole:
        expected = [frame.digest for frame in whole.frames()]
    assert len(set(expected)) > 200
    for part, path in zip(parts, write_excerpts((source, 0), packets, parts, tmp_path), strict=True):
        with decoded(path, "0:v:0") as excerpt:
            assert [frame.digest for frame in excerpt.frames()] == expected[part.first : part.stop]
            assert excerpt.messages() == []


def test_a_short_run_is_compared_as_a_whole(tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", *X264.split(), frames=90, size="96:64")
    packets = read_packets(source, 0, open_codec(facts_of(source, 0)))
    (run,) = runs_of(packets, np.zeros(90, bool), 0, 90)
    assert compared_runs(packets, run) == [run]
    with av.open(str(source)) as container:
        assert len(run) == sum(1 for packet in container.demux(video=0) if packet.size)
