"""The filter's promises with a Wav2Lip checkpoint of random weights."""

from pathlib import Path

import pytest
import vapoursynth as vs

from tests.conftest import DEMO_DUB
from tests.footage import changed_samples, digest, mixed
from vs_lipsync import lipsync
from vs_lipsync.mouth.base import Chunk, Patch
from vs_lipsync.mouth.wav2lip import Wav2LipGenerator

LENGTH = 60
FEW = [0, 9, 19]


def dubbed(clip: vs.VideoNode, checkpoint: Path) -> vs.VideoNode:
    return lipsync(clip, DEMO_DUB, offset=-1.0, model=f"wav2lip:{checkpoint}")


@pytest.mark.parametrize("video", [vs.YUV420P8, vs.YUV420P10, vs.YUV444PS, vs.RGB48], ids=lambda video: str(int(video)))
def test_only_the_box_changes_in_the_clip_s_own_format(video: vs.VideoFormat, checkpoint: Path) -> None:
    clip = mixed(video, 24)[:8]
    result = dubbed(clip, checkpoint)
    assert result.format == clip.format
    assert changed_samples(clip.get_frame(4), result.get_frame(4)) > 300


def test_any_order_gives_the_same_frames_and_no_chunk_is_made_twice(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    generate = Wav2LipGenerator.generate

    def noted(self: Wav2LipGenerator, chunk: Chunk) -> list[Patch | None]:
        made.append(chunk.window[chunk.start].number)
        return generate(self, chunk)

    monkeypatch.setattr(Wav2LipGenerator, "generate", noted)
    straight = [digest(frame) for frame in dubbed(mixed(length=LENGTH), checkpoint).frames()]
    assert len(made) == len(set(made))
    backwards = dubbed(mixed(length=LENGTH), checkpoint)
    for number in reversed([*FEW, 45, 59]):
        assert digest(backwards.get_frame(number)) == straight[number]


def test_models_that_cannot_be_used_are_refused_at_call_time(checkpoint: Path, tmp_path: Path) -> None:
    clip = mixed(length=24)
    (tmp_path / "page.pth").write_text("<html>not found</html>")
    with pytest.raises(vs.Error, match=r"^lipsync: .*page\.pth"):
        dubbed(clip, tmp_path / "page.pth")
    with pytest.raises(vs.Error, match=r"^lipsync: "):
        dubbed(clip, tmp_path / "none.pth")
    with pytest.raises(vs.Error, match=r"^lipsync: there is no model 'syncnet'"):
        lipsync(clip, DEMO_DUB, model="syncnet")
    with pytest.raises(vs.Error, match=r"^lipsync: strength is for the model 'warp'"):
        lipsync(clip, DEMO_DUB, model=f"wav2lip:{checkpoint}", strength=0.5)
    with pytest.raises(vs.Error, match=r"^lipsync: "):
        lipsync(clip, DEMO_DUB, model=f"wav2lip:{checkpoint}", device="toaster")
