"""The network against a second, plain implementation, and its fast form against the plain one."""

import copy

import pytest
import torch
from torch import Tensor

from tests.mouth.wav2lip.reference import BLOCKS, block_outputs, shapes
from vs_lipsync.mouth.wav2lip.network import PARAMETERS, Wav2Lip, fold


@pytest.fixture(scope="module")
def plain(tensors: dict[str, Tensor]) -> Wav2Lip:
    with torch.device("meta"):
        network = Wav2Lip()
    network.load_state_dict({name: tensor.clone() for name, tensor in tensors.items()}, strict=True, assign=True)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def example() -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(1)
    return torch.rand((2, 1, 80, 16), generator=draw) * 8 - 4, torch.rand((2, 6, 96, 96), generator=draw)


def test_names_and_shapes_are_the_published_ones() -> None:
    with torch.device("meta"):
        found = {name: tuple(tensor.shape) for name, tensor in Wav2Lip().state_dict().items()}
    assert found == dict(shapes())
    assert list(found) == [name for name, _ in shapes()]


def test_parameters() -> None:
    with torch.device("meta"):
        network = Wav2Lip()
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    assert count == {
        "face_encoder_blocks": 8_171_056,
        "audio_encoder": 2_812_672,
        "face_decoder_blocks": 25_291_072,
        "output_block": 23_235,
    }
    assert sum(count.values()) == PARAMETERS == 36_298_035


def test_every_layer_equals_the_plain_form(
    plain: Wav2Lip, tensors: dict[str, Tensor], example: tuple[Tensor, Tensor]
) -> None:
    expected = block_outputs(tensors, *example)
    found: dict[str, Tensor] = {}
    hooks = [
        plain.get_submodule(block.name).register_forward_hook(
            lambda _module, _inputs, output, name=block.name: found.__setitem__(name, output.clone())
        )
        for block in BLOCKS
    ]
    try:
        found["result"] = plain(*example)
    finally:
        for hook in hooks:
            hook.remove()
    assert found.keys() == expected.keys()
    for name, output in expected.items():
        torch.testing.assert_close(found[name], output, rtol=1e-4, atol=1e-4, msg=f"{name} differs")
    assert found["result"].shape == (2, 3, 96, 96)
    assert found["result"].std() > 0.05  # random weights that say nothing would be equal in any network


def test_folded_equals_plain(plain: Wav2Lip, example: tuple[Tensor, Tensor]) -> None:
    folded = fold(copy.deepcopy(plain))
    torch.testing.assert_close(folded(*example), plain(*example), rtol=0, atol=1e-4)


def test_folded_state_dict_still_describes_the_function(plain: Wav2Lip, example: tuple[Tensor, Tensor]) -> None:
    with torch.device("meta"):
        other = Wav2Lip().eval()
    other.load_state_dict(fold(copy.deepcopy(plain)).state_dict(), strict=True, assign=True)
    torch.testing.assert_close(other(*example), plain(*example), rtol=0, atol=1e-4)


def test_folding_twice_changes_nothing(plain: Wav2Lip) -> None:
    once = fold(copy.deepcopy(plain))
    twice = fold(copy.deepcopy(once))
    for (name, a), b in zip(once.state_dict().items(), twice.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_both_inputs_matter(plain: Wav2Lip, example: tuple[Tensor, Tensor]) -> None:
    mel, faces = example
    result = plain(mel, faces)
    assert (plain(-mel, faces) - result).abs().max() > 1e-3
    assert (plain(mel, faces.flip(-1)) - result).abs().max() > 1e-3
