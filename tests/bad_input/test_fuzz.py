"""Parsers against input that nobody wrote by hand (15 s). What once failed is an example of its test."""

import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
import vapoursynth as vs
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from tests.bad_input.jail import Jail
from tests.bad_input.material import damaged
from vs_lipsync.cli.jobs.rendering.folder import JobFolder
from vs_lipsync.errors import CheckpointError
from vs_lipsync.media.encoding.raw_video import shape_filter
from vs_lipsync.mouth.wav2lip.checkpoint import load, locate
from vs_lipsync.timing.position import format_time, parse_position
from vs_lipsync.timing.timeline import ConstantRate

settings.register_profile(
    "bad input", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("bad input")

RATES = st.fractions(Fraction(1, 10), Fraction(1000), max_denominator=1001)


@given(st.text() | st.from_regex(r"[0-9:.s]{1,20}"), RATES)
@example("9" * 5000, Fraction(25))
@example("9" * 5000 + ".5", Fraction(25))
def test_positions(text: str, fps: Fraction) -> None:
    try:
        place = parse_position(text)
    except ValueError as error:
        assert str(error)
        return
    assert place.at(ConstantRate(fps)) >= 0


@given(st.integers(0, 10**9), RATES)
def test_times_lead_back(frame: int, fps: Fraction) -> None:
    if fps < 500:  # a millisecond is less than half a frame
        assert parse_position(format_time(frame / fps)).at(ConstantRate(fps)) == frame


@given(st.integers(), st.integers())
@example(0, -1)
@example(2**40, 1)
@example(2**31 - 1, 2**31 - 2)
def test_shapes_of_pixels(sar_num: int, sar_den: int) -> None:
    """Whatever a clip says of its pixels, FFmpeg is told what it can read, or nothing."""
    limit = 2**63 - 1
    sar_num, sar_den = (max(-limit, min(limit, value)) for value in (sar_num, sar_den))
    clip = vs.core.std.BlankClip(width=64, height=64, length=1, format=vs.GRAY8)
    said = shape_filter(clip.std.SetFrameProps(_SARNum=sar_num, _SARDen=sar_den).get_frame(0))
    if 0 < sar_num < 2**31 and 0 < sar_den < 2**31:
        assert said == f"setsar={sar_num}/{sar_den}:max=2147483647"
    else:
        assert said is None


@given(st.text())
def test_names_of_checkpoints(name: str) -> None:
    """A name of the store is a plain name: nothing outside of it is ever meant."""
    assume("\0" not in name and not Path(name).is_file())
    with pytest.raises(CheckpointError, match=r"no checkpoint of that name was added"):
        locate(f"no-such-{name}")


def _tiny_checkpoint(form: str) -> bytes:
    tensors = {"output_block.1.weight": torch.ones(3, 32, 1, 1), "output_block.1.bias": torch.ones(3)}
    if form == "safetensors":
        return save(tensors)
    content = io.BytesIO()
    torch.save({"state_dict": tensors}, content, _use_new_zipfile_serialization=form == "zip")
    return content.getvalue()


CHECKPOINTS = {form: _tiny_checkpoint(form) for form in ("safetensors", "zip", "old")}


@pytest.mark.parametrize("form", CHECKPOINTS)
@given(seed=st.integers(0, 2**32))
@example(seed=423382)
def test_checkpoints(form: str, seed: int, tmp_path: Path) -> None:
    """None is whole: a tiny one lacks layers, whatever else is wrong with it."""
    path = tmp_path / ("some.safetensors" if form == "safetensors" else "some.pth")
    path.write_bytes(damaged(CHECKPOINTS[form], seed))
    with pytest.raises(CheckpointError, match="some"):
        load(path)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@given(
    st.dictionaries(st.text(max_size=5), VALUES | st.dictionaries(st.text(max_size=5), VALUES, max_size=4), max_size=4)
)
@example({"__metadata__": {"a": 1}})
@example({"output_block.1.bias": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 2**60]}})
@example({"output_block.1.bias": {"dtype": "F32", "shape": [-1], "data_offsets": [8, 0]}})
def test_headers_of_safetensors(tmp_path: Path, header: object) -> None:
    text = json.dumps(header).encode()
    content = len(text).to_bytes(8, "little") + text + bytes(64)
    path = tmp_path / "some.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="some"):
        load(path)


FIELDS = st.sampled_from(["first", "stop", "ranges", "head", "colour", "bytes", "inputs"])
STATES = VALUES | st.dictionaries(
    FIELDS, VALUES | st.lists(VALUES | st.lists(VALUES, max_size=4), max_size=3), max_size=7
)


@given(STATES)
@example({"first": float("inf"), "stop": 1, "ranges": [], "head": "", "colour": [], "bytes": 5})
@example({"first": 0, "stop": 10**30, "ranges": [[0, 1, "dub"]], "head": "", "colour": [], "bytes": 5})
def test_what_a_stopped_job_left(tmp_path: Path, state: object) -> None:
    """A piece that was not recorded by us does not count."""
    output = tmp_path / "out.mkv"
    with JobFolder.open(output, {"a": "b"}, resume=True) as job:
        folder = job.path
        (folder / "00000.nut").write_bytes(b"piece")
        (folder / "00000.json").write_text(json.dumps(state))
    with JobFolder.open(output, {"a": "b"}, resume=True) as job:
        assert all(piece.first < piece.stop for piece in job.pieces)


@pytest.mark.parametrize("name", ["dub.wav", "dub.ogg", "dub.m4a", "dub.flac", "dub.mp3", "clip.mp4"])
def test_dubs(name: str, jail: Jail, good: Path, tmp_path: Path) -> None:
    """Sixty damaged ones of each kind are heard as finite numbers, or refused by name."""
    content = (good / name).read_bytes()
    for seed in range(100, 160):
        (tmp_path / f"{seed} {name}").write_bytes(damaged(content, seed))
    refused = jail.call(_listen, tmp_path)
    assert all(name in said for said in refused)


def _listen(folder: Path) -> list[str]:
    """Decode all sounds of a folder; return why some cannot be."""
    from vs_lipsync.errors import DubError
    from vs_lipsync.speech.dub import Dub

    refused = []
    for path in sorted(folder.iterdir()):
        try:
            heard = Dub.open(path).read(0, 48_000)
            assert len(heard) == 48_000 and np.isfinite(heard).all()
        except DubError as error:
            refused.append(str(error))
    return refused
