"""What other processes are told of a job: they make the same frames, and look for nothing in the whole clip."""

import pickle
from pathlib import Path

import pytest

from tests.footage import digest, mixed
from vs_lipsync.cli.jobs.dubbing import DubbedRange, Dubbing
from vs_lipsync.identity.speaker import Speaker
from vs_lipsync.media.segment_file import write_segment
from vs_lipsync.media.source import SourceClip
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import ZoneFile
from vs_lipsync.settings.zones import Zone

pytestmark = pytest.mark.usefixtures("home")


def test_the_same_frames(voice: Path, tmp_path: Path) -> None:
    """Scenes and the target are settled where the job begins; the person is told by the looks, to the bit."""
    path = tmp_path / "film.mkv"
    write_segment(mixed(), [], path, ["-c:v", "ffv1"], None, lambda: None)
    zones = ZoneFile(tmp_path / "zones.toml", [Zone(scene=3, strength=0.5), Zone(scene=1, target="main")], ())
    dubbing = Dubbing(Voice(dub=voice, target="main"), zones)
    prepared = dubbing.prepare(SourceClip.open(path).clip)
    here = DubbedRange(path, dubbing, 2, 70)
    told = pickle.loads(pickle.dumps(here.elsewhere(prepared)))  # noqa: S301 - just made
    assert [(zone.start, zone.stop, zone.scene) for zone in told.dubbing.zones.zones] == [(48, 72, None), (0, 24, None)]
    assert isinstance(told.dubbing.zones.zones[1].target, Speaker)
    other = told()
    pictures = here.of(prepared)
    digests = [digest(pictures.clip.get_frame(n)) for n in (0, 5, 21, 30, 50, 67)]
    assert digests == [digest(other.clip.get_frame(n)) for n in (0, 5, 21, 30, 50, 67)]
    assert "dub" in {str(pictures.clip.get_frame(n).props["LipSyncAction"]) for n in (5, 50)}
    assert [n for n in range(68) if other.begins_shot(n)] == [22, 46]
