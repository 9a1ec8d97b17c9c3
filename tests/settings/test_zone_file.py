"""Zone files: what they say, and how faults in them are told (under 6 s)."""

import json
from dataclasses import asdict, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_lipsync import Zone
from vs_lipsync.errors import ZoneError, ZoneFileError
from vs_lipsync.settings.voice import Voice
from vs_lipsync.settings.zone_file import read_zones
from vs_lipsync.settings.zones import place_zones
from vs_lipsync.timing.timeline import ConstantRate

TOML = """# who speaks when
[[zones]]
start = 10
stop = "0:00:02.000"
dub = "a.wav"
strength = 1.2

[[ zones ]]
start = 2.5
stop = 00:00:03.5
offset = -0.25
target = "120@640,360"
model = "wav2lip:lips.pth"

[[zones]]
scene = 3
action = "pass"
silence = "pass"
outside = "close"
"""


def as_json(tables: list[Any]) -> str:
    return json.dumps({"zones": tables}, indent=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "lips.pth"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_toml_and_json_say_the_same(folder: Path) -> None:
    expected = [
        Zone(10, "0:00:02.000", dub=folder / "a.wav", strength=1.2),
        Zone(2.5, "00:00:03.500000", offset=-0.25, target="120@640,360", model=f"wav2lip:{folder / 'lips.pth'}"),
        Zone(scene=3, action="pass", silence="pass", outside="close"),
    ]
    tables = [
        {"start": 10, "stop": "0:00:02.000", "dub": "a.wav", "strength": 1.2},
        {
            "start": 2.5,
            "stop": "00:00:03.500000",
            "offset": -0.25,
            "target": "120@640,360",
            "model": "wav2lip:lips.pth",
        },
        {"scene": 3, "action": "pass", "silence": "pass", "outside": "close"},
    ]  # fmt: skip
    toml, text = read_zones(written(folder, "z.toml", TOML)), read_zones(written(folder, "z.json", as_json(tables)))
    assert toml.zones == text.zones == expected
    assert [lines[""] for lines in toml.lines] == [2, 8, 15]
    assert [lines["dub"] for lines in text.lines[:1]] == [6]
    assert [lines[""] for lines in text.lines] == [3, 9, 16]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("z.toml", TOML.replace("strength", "strenght"), r"line 6: zone 1: .*'strenght'; did you mean strength\?"),
        ("z.toml", TOML.replace("a.wav", "b.wav"), r"z\.toml, line 5: zone 1: there is no file 'b\.wav'"),
        ("z.toml", TOML.replace("120@640,360", "anna.jpg"), r"line 12: zone 2: there is no file 'anna\.jpg'"),
        ("z.toml", TOML.replace('"a.wav"', "3"), r"line 5: zone 1: dub must be the name of a file"),
        ("z.toml", TOML.replace("scene = 3", "scene = 10000000000000000000"), r"line 16: .* scene is far too large"),
        ("z.toml", TOML.replace("scene = 3", "xyz = 3"), r"line 16: .* no setting 'xyz'; there are start, "),
        ("z.toml", TOML.replace('"0:00:02.000"', '"soon"'), r"z\.toml, line 4: zone 1: stop: 'soon' is neither"),
        ("z.toml", TOML.replace("= 10", "= true"), r"z\.toml, line 3: zone 1: start: True is neither"),
        ("z.toml", TOML.replace('= "pass"\nsil', '= "x"\nsil'), r"17: zone 3: action must be 'dub' or 'pass'"),
        ("z.toml", TOML.replace('silence = "pass"', "silence = 1"), r"18: zone 3: silence must be 'close' or 'pass'"),
        ("z.toml", TOML.replace("scene = 3", "scene = 0"), r"16: zone 3: scene must be a whole number from 1"),
        ("z.toml", TOML.replace("1.2", "nan"), r"z\.toml, line 6: zone 1: strength must be from 0 to 2, not nan"),
        ("z.toml", TOML.replace("-0.25", "'x'"), r"line 11: zone 2: offset must be a number of seconds"),
        ("z.toml", TOML.replace('"120@640,360"', "[1, 2]"), r"12: zone 2: target must be a place .*, not \[1, 2\]"),
        ("z.toml", TOML.replace('"120@640,360"', "7"), r"line 12: zone 2: target must be a text, or a place"),
        ("z.toml", TOML.replace('"wav2lip:lips.pth"', "7"), r"line 13: zone 2: model must be a name, not 7"),
        ("z.toml", TOML.replace("start = 10", "start = 'x'\nstrt = 1"), r"line 3: zone 1: start: 'x'"),
        ("z.toml", TOML.replace("start = 10", "strt = 1\nstart = 'x'"), r"3: zone 1: .*'strt'; did you mean start"),
        ("z.toml", TOML.replace("= 10", "= "), r"z\.toml, line 3: "),
        ("z.toml", TOML + "start = [", r"z\.toml, line 20: "),
        ("z.toml", 'zones = [{start = 1}, {strt = 2}]', r"z\.toml: zone 2: .*'strt'; did you mean start"),
        ("z.toml", "zones = [1]", r"z\.toml: zone 1 must have names and values"),
        ("z.toml", "[zones]\nstart = 1", r"z\.toml must have a list of zones and nothing else"),
        ("z.toml", TOML.replace("[[zones]]\nstart", "dub = 'a.wav'\n[[zones]]\nstart"), "nothing else; it has 'dub'"),
        ("z.toml", "zones = []", r"z\.toml has no zone"),
        ("z.json", as_json([{"start": 1}, {"actoin": "pass"}]), r"line 7: zone 2: .*'actoin'; did you mean action"),
        ("z.json", as_json([{"start": 1}, 7]), r"z\.json, line 6: zone 2 must have names and values"),
        ("z.json", '{"zones": [\n{"start": 1,\n"start": 2}]}', r"z\.json: 'start' is given twice"),
        ("z.json", '{"zones": [\n{"start": 1,}]}', r"z\.json, line 2: "),
        ("z.json", "[1]", "must have a list of zones and nothing else"),
        ("z.json", "[" * 100_000, r"z\.json"),
        ("z.yaml", "", "must have the extension .toml or .json"),
    ],
)  # fmt: skip
def test_faults_are_told_by_line(name: str, text: str, said: str, folder: Path) -> None:
    with pytest.raises(ZoneFileError, match=said):
        read_zones(written(folder, name, text))


def test_a_place_as_a_list_and_what_json_calls_null(folder: Path) -> None:
    tables = [{"start": None, "stop": 9.5, "dub": None, "target": [3, 1.5, 2], "strength": None, "action": None}]
    file = read_zones(written(folder, "z.json", as_json(tables)))
    assert file.zones == [Zone(stop=9.5, target=(3, 1.5, 2))]


def test_every_setting_of_a_zone_is_one_of_its_file(folder: Path) -> None:
    values = {"start": 1, "stop": 2, "scene": None, "dub": "a.wav", "target": "main", "offset": 0.5, "strength": 1}
    values |= {"model": "warp", "exemplars": "a.wav", "silence": "pass", "outside": "close", "action": "dub"}
    assert list(values.keys() ^ {field.name for field in fields(Zone)}) == []
    (zone,) = read_zones(written(folder, "z.json", as_json([values]))).zones
    assert asdict(zone) == values | {"dub": folder / "a.wav", "exemplars": folder / "a.wav"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("2.5", '"4s"'), r"z\.toml, line 10: zone 2 has no frame: it starts at frame 100 and stops at 88"),
        (("2.5", "1.9"), r"z\.toml, line 8: zone 1 \(frames 10 to 49\) and zone 2 \(frames 48 to 87\) overlap"),
        (("scene = 3", "scene = 9"), r"z\.toml, line 16: zone 3: there is no scene 9"),
    ],
)
def test_what_is_found_later_is_told_by_line_too(change: tuple[str, str], said: str, folder: Path) -> None:
    text = TOML.replace(*change)
    file = read_zones(written(folder, "z.toml", text))
    shots = [(0, 100), (100, 110), (110, 120)]
    with pytest.raises(ZoneError) as caught:
        for zone in place_zones(file.zones, 120, ConstantRate(Fraction(25)), lambda: shots):
            zone.voice(Voice("call.wav"), ConstantRate(Fraction(25)))
    with pytest.raises(ZoneFileError, match=said):
        raise file.located(caught.value)


WORDS = st.sampled_from(
    ["[[zones]]", "[zones]", "zones", "start", "stop", "dub", "scene", "=", "1", "2.5", "nan", '"a.wav"', "'''", '"""',
     "\n", "{", "}", "[", "]", ",", ":", '"zones"', '"start"', "true", "null", "00:00:01", "1979-05-27", "\\", "é"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("a.wav"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["start", "stop", "scene", "dub", "offset", "strength", "model", "action", "silence", "outside"]
)
TABLES = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=3)


def refused_or_placed(path: Path) -> None:
    """Anything but zones or one of the errors that say what is wrong is a fault of ours."""
    try:
        file = read_zones(path)
    except ZoneFileError as error:
        assert path.name in str(error)
        return
    assert len(file.lines) in (0, len(file.zones))
    try:
        for zone in place_zones(file.zones, 100, ConstantRate(Fraction(25)), lambda: [(0, 100)]):
            zone.voice(Voice("call.wav"), ConstantRate(Fraction(25)))
    except ZoneError as error:
        assert path.name in str(file.located(error))


@settings(max_examples=150, deadline=None)
@given(text=st.lists(WORDS, max_size=25).map(" ".join), name=st.sampled_from(["f.toml", "f.json"]))
def test_no_text_does_worse_than_be_refused(text: str, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    refused_or_placed(written(tmp_path_factory.getbasetemp(), name, text))


@settings(max_examples=150, deadline=None)
@given(tables=TABLES)
def test_no_values_do_worse_than_be_refused(
    tables: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "a.wav").write_bytes(b"")
    refused_or_placed(written(folder, "v.json", as_json(tables)))
