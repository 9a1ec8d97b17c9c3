"""The corpus, where it is there, and the model on some speakers whom it never heard (about 10 s)."""

import hashlib
import json
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from vs_lipsync.faces.landmarks import mouth_opening
from vs_lipsync.speech.model import default_model
from vs_lipsync.training.corpus import Recording, recordings
from vs_lipsync.training.evaluation import evaluate

CORPUS = Path(os.environ.get("VS_LIPSYNC_CORPUS", ROOT.parent / "shared" / "corpus-v2"))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """Some short recordings; where the corpus is still packed, their sound lies in the one that it is based on."""
    if not (CORPUS / "index.csv").exists():
        pytest.skip(f"no corpus at {CORPUS}; VS_LIPSYNC_CORPUS says where it is")
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "val").mkdir()
    for path in [*(CORPUS / "val").iterdir(), *(CORPUS.parent / "corpus" / "val").glob("*.ogg")]:
        if not (folder / "val" / path.name).exists():
            (folder / "val" / path.name).symlink_to(path)
    for name in ("index.csv", "points.json"):
        (folder / name).symlink_to(CORPUS / name)
    return list(islice((clip for clip in recordings(folder, "val") if len(clip.mouth) < 250), 5))


def test_recordings_are_whole(clips: list[Recording]) -> None:
    for clip in clips:
        assert clip.mouth.shape == (len(clip.seen), 53, 3)
        assert np.isfinite(clip.mouth).all()
        assert abs(clip.sound.duration - len(clip.mouth) / 25) < 0.2
        assert 0 <= clip.speech.mean() <= 1
        assert mouth_opening(clip.closed) < np.median(clip.opening)


def test_the_model_follows_speakers_it_never_heard(clips: list[Recording]) -> None:
    scores = evaluate(clips, default_model())
    assert np.median([s.opening for s in scores]) > 0.5
    assert np.median([s.unpaired for s in scores]) < 0.3
    assert 0.6 < np.median([s.amplitude for s in scores]) < 1.4


def test_the_published_numbers_are_those_of_the_model() -> None:
    numbers = json.loads((ROOT / "models" / "motion.json").read_text())
    model = (ROOT / "models" / "motion.safetensors").read_bytes()
    assert numbers["model"]["sha256"] == hashlib.sha256(model).hexdigest()
    assert numbers["opening"]["median"] >= 0.75
    assert numbers["closure"]["median"] >= 0.7
    assert numbers["closure_near"]["median"] >= 0.9
    assert numbers["silence"]["median"] <= 0.015
    assert 0.8 <= numbers["amplitude"]["median"] <= 1.1
    assert 0.7 <= numbers["jitter"]["median"] <= 1.1
    assert numbers["babble"]["opening"]["median"] >= 0.6
