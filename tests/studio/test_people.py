"""Who is who and who speaks what, on the page: matched, joined, split; shots too. And what is made of it: played,
measured (about 35 s of processor time for the module)."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import vapoursynth as vs
from numpy.typing import NDArray

from tests.conftest import DEMO_CLIP, DEMO_DUB
from tests.made_jobs import digest, sound_of
from tests.report.browser import Browser
from tests.running import run
from tests.studio.conftest import Page, Studio, held, opened, write_film
from vs_lipsync.media.source import SourceClip
from vs_lipsync.speech.dub import Dub
from vs_lipsync.studio.project_text import new_text

SPEAKING = 64
STILL = 14
FRAMES = SPEAKING + STILL
TONE = 440.0
"""Hertz of the film's own sound."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of somebody who speaks, then of somebody who is still; a stem that speaks all the time, and its copy."""
    folder = tmp_path_factory.mktemp("people")
    source = vs.core.bs.VideoSource(str(DEMO_CLIP), cachemode=0)
    times = np.arange(FRAMES * 640) / 16000
    tone = (0.3 * np.sin(2 * np.pi * TONE * times)).astype(np.float32)
    write_film(folder / "film.mkv", source[20 : 20 + SPEAKING] + source[180] * STILL, tone)
    noise = np.random.default_rng(1).uniform(-0.05, 0.05, FRAMES * 640).astype(np.float32)  # so that it never pauses
    voice = Dub.open(DEMO_DUB).read(2 * 16000, 2 * 16000 + FRAMES * 640) + noise
    for name in ("anna.wav", "bernd.wav"):
        with av.open(str(folder / name), "w") as container:
            stream = container.add_stream("pcm_f32le", rate=16000, layout="mono")
            block = av.AudioFrame.from_ndarray(voice[None], "flt", "mono")
            block.sample_rate = 16000
            container.mux(stream.encode(block))
            container.mux(stream.encode(None))
    (folder / "film.toml").write_text(new_text("film.mkv"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def page(studio: Studio, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with Browser.opened(chromium, studio.address, tmp_path_factory.mktemp("profile") / "one") as browser:
        page = Page(browser)
        page.until("document.querySelectorAll('.person').length === 2")
        browser.press("1")  # no mouths are made meanwhile
        yield page
        assert browser.troubles == []


def document(studio: Studio) -> dict[str, Any]:
    return studio.session.project.document


def ready(studio: Studio) -> None:
    studio.wait(lambda state: state["analysis"]["stage"] == "ready" and not state["analysis"]["message"])


def rendered(studio: Studio, page: Page) -> Path:
    """Render the project on the page; returns the file, in which is what the command line writes of the project."""
    made = studio.path.parent / "film.dubbed.mkv"
    is_there = made.exists()
    page.click("#render")
    if is_there:
        page.click("#ask-yes")
    page.until("document.getElementById('render-said').textContent.startsWith('film.dubbed.mkv is finished')")
    done = run("dub", studio.path, "-o", made.with_name("cli.mkv"))
    assert done.returncode == 0, done.stderr
    assert digest(made) == digest(made.with_name("cli.mkv"))
    assert np.array_equal(sound_of(made)[0], sound_of(made.with_name("cli.mkv"))[0])
    made.with_name("cli.mkv").unlink()
    return made


def apart(one: Path, other: Path) -> float:
    """Return by how much squares of 16 x 16 samples differ at most, early in the second shot."""
    planes = [np.asarray(SourceClip.open(path).clip.get_frame(SPEAKING + 3)[0], np.float64) for path in (one, other)]
    difference = np.abs(planes[0] - planes[1])
    height, width = (side // 16 * 16 for side in difference.shape)
    squares = difference[:height, :width].reshape(height // 16, 16, width // 16, 16).mean((1, 3))
    return float(squares.max())


def somebody_split_off_and_joined_with_a_third_person_is_neither_the_first_one_nor_shown_so(
    studio: Studio,
) -> None:
    """The first one's lane has the best view, and looks like both; only its second shot is the new person's."""
    half = SPEAKING // 2
    assert studio.ask("POST", "/api/cut", {"frame": half, "is_cut": True})[0] == 200
    studio.wait(
        lambda state: state["analysis"]["stage"] == "ready" and len(studio.session.casting.footage().shots) == 3
    )
    assert studio.ask("POST", "/api/split", {"person": {"lane": 0}, "frame": 0})[0] == 200
    people = {"kept": {"lane": 1}, "other": {"path": ["people", 1]}}
    assert studio.ask("POST", "/api/merge", people)[0] == 200
    first, joined = document(studio)["people"]
    assert first["zones"] == [{"start": half, "stop": FRAMES}]
    assert joined["zones"] == [{"start": 0, "stop": half}, {"start": SPEAKING, "stop": FRAMES}]
    one, other = studio.state()["who"]
    pictures = {span.picture: span for lane in studio.session.casting.footage().named for span in lane.spans}
    assert pictures[one["picture"]].first == half == pictures[one["picture"]].stop - half
    assert set(other["lanes"]) == {0, 1} and pictures[other["picture"]].first in (0, SPEAKING)
    assert other["place"] == list(pictures[other["picture"]].place or ())
    for _ in range(3):
        assert studio.ask("POST", "/api/undo")[0] == 200
    assert "people" not in document(studio)
    ready(studio)


def undo_and_redo_keep_the_focus(studio: Studio, page: Page) -> None:
    page.browser.value("(document.getElementById('name-1').focus(), document.getElementById('name-1').select(), null)")
    page.browser("Input.insertText", text="Grace")
    page.browser.press("Tab")
    page.until("document.getElementById('more-1')?.ariaLabel === 'Join or split Grace'")
    assert document(studio)["people"] == [{"who": studio.state()["people"][1]["place"], "name": "Grace"}]
    for button, other in (("undo", "redo"), ("redo", "undo")):
        page.click(f"#{button}")
        page.until(f"document.getElementById('{button}').ariaDisabled === 'true'")
        page.until(f"document.getElementById('{other}').ariaDisabled === 'false'")
        assert page.browser.value("document.activeElement.id") == button


def a_name_that_is_given_before_the_stem_is_answered_stays(studio: Studio, page: Page) -> None:
    before = studio.path.read_text()
    page.browser.value(
        "(() => { const [stem, name] = ['stem-1', 'name-1'].map((id) => document.getElementById(id));"
        "stem.value = 'anna.wav'; name.value = 'Hopper';"
        "for (const one of [stem, name]) one.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    page.until("document.getElementById('choose-1')?.ariaLabel === 'Choose Hopper'")
    assert "people" not in document(studio)
    assert [(one["name"], one["dub"]) for one in document(studio)["cast"]] == [("Hopper", "anna.wav")]
    page.click("#undo")
    page.click("#undo")
    page.until("document.getElementById('stem-1').value === ''")
    assert studio.path.read_text() == before


def stems_that_are_not_clear_are_given_to_nobody(studio: Studio, page: Page) -> None:
    before = studio.path.read_text()
    page.click("#match")
    page.click("#match-start")
    page.until("document.getElementById('match-said').textContent.startsWith('Nothing is given to anybody: ')")
    assert page.browser.value("document.querySelectorAll('#match-found tbody tr').length") == 2
    assert page.browser.value("document.getElementById('match-use').hidden")
    status, _, data = studio.ask("POST", "/api/match", {"use": True})
    assert status == 409 and json.loads(data)["error"] in page.browser.text("#match-said")
    assert studio.path.read_text() == before
    page.until("document.getElementById('matching').contains(document.activeElement)")
    page.browser.press("Escape")
    page.until("!document.getElementById('matching').open && document.activeElement.id === 'match'")
    assert studio.ask("POST", "/api/match", {"stems": ["../anna.wav"]})[0] == 409


def a_stem_finds_whose_mouth_moves(studio: Studio, page: Page) -> None:
    page.click("#match")
    page.browser.value("document.querySelectorAll('#match-stems input')[1].click()")
    page.click("#match-start")
    page.until("document.getElementById('match-said').textContent === 'It is clear who speaks what.'")
    row = "[...document.querySelectorAll('#match-found tbody tr *')].map((cell) => cell.textContent)"
    assert page.browser.value(row)[:2] == ["anna.wav", "Person 1"]
    page.click("#match-use")
    page.until("!document.getElementById('matching').open && document.getElementById('stem-0').value === 'anna.wav'")
    cast = [{"who": studio.state()["people"][0]["place"], "name": "Person 1", "dub": "anna.wav"}]
    assert document(studio)["cast"] == cast and [one["name"] for one in document(studio)["people"]] == ["Grace"]
    page.click("#undo")
    page.until("document.getElementById('stem-0').value === ''")
    assert "cast" not in document(studio)
    page.click("#redo")
    page.until("document.getElementById('stem-0').value === 'anna.wav'")


def two_people_become_one_and_one_becomes_two(studio: Studio, page: Page) -> None:
    """The second one speaks a copy, in frames where the first one does not."""
    ready(studio)
    page.click("#more-1")
    page.pick("#same-as", "0")
    assert page.browser.text("#unlike").startswith("They do not look like one person: ")
    page.click("#merge")
    page.until("document.querySelectorAll('.person').length === 1")
    assert page.browser.text("#said").endswith("though they do not look alike; Undo takes it back")
    assert page.browser.value("document.activeElement.id") == "more-0"
    (one,) = document(studio)["cast"]
    assert one == {"who": "film.Person-1.json", "name": "Person 1", "dub": "anna.wav"}
    assert "people" not in document(studio)
    ready(studio)
    parts = studio.session.analyst.parts
    assert parts is not None and parts["parts"][0]["changed"] == FRAMES
    made = rendered(studio, page)
    # Nobody spoke there before.
    assert apart(made, studio.path.parent / "film.mkv") > 10
    shutil.copy(made, studio.path.parent / "joined.mkv")
    page.go_to(SPEAKING + 3)
    page.click("#more-0")
    page.until("document.getElementById('split-text').textContent.includes('frames 64–77')")
    page.click("#split")
    page.until("document.querySelectorAll('.person').length === 2")
    (one,), (other,) = document(studio)["cast"], document(studio)["people"]
    assert one["zones"] == [{"start": 0, "stop": SPEAKING}] and one["who"] == "film.Person-1.json"
    assert other["name"] == "Person 3" and other["zones"] == [{"start": SPEAKING, "stop": FRAMES}]
    key = page.browser.value("document.querySelector('.person:not([data-person]) select').id")
    page.pick(f"#{key}", "bernd.wav")
    page.until("document.querySelectorAll('.person[data-person]').length === 2")
    assert "people" not in document(studio) and document(studio)["cast"][1]["zones"] == other["zones"]
    ready(studio)
    parts = studio.session.analyst.parts
    assert parts is not None and [part["changed"] for part in parts["parts"]] == [SPEAKING, STILL]


def who_drags_along_sees_where_they_are(page: Page) -> None:
    """The film's frame that was asked for first, though somebody has left it when it comes, and the last one."""
    page.browser.value(
        "(async () => { const {goTo} = await import('/page/script/view.js'); window.seen = 0;"
        "new MutationObserver(() => { window.seen += 1; }).observe("
        "document.getElementById('before'), {attributes: true, attributeFilter: ['src']});"
        "for (const frame of [3, 9, 15, 21]) goTo(frame); })()"
    )
    page.until("window.seen === 2")


def shots_are_split_and_joined(studio: Studio, page: Page) -> None:
    """In the plan, which the command line reads; taken back with all else."""
    plan = studio.path.with_name("film.plan.json")

    def cuts() -> list[int]:
        found = json.loads(plan.read_text())["cuts"]
        studio.wait(lambda state: state["analysis"]["stage"] == "ready")
        footage = studio.session.analyst.footage
        assert footage is not None and footage["shots"] == [0, *found]
        return list(found)

    assert cuts() == [SPEAKING]
    page.go_to(10)
    page.until("document.getElementById('cut').textContent === 'Split shot here'")
    page.browser.press("c")
    page.until("document.getElementById('cut').textContent === 'Join to shot before'")
    assert cuts() == [10, SPEAKING]
    page.go_to(SPEAKING)
    page.click("#cut")
    page.until("document.getElementById('cut').textContent === 'Split shot here'")
    assert cuts() == [10]
    page.click("#undo")
    page.until("document.getElementById('cut').textContent === 'Join to shot before'")
    assert cuts() == [10, SPEAKING]
    for frame, is_cut in ((0, True), (10, True), (11, False), (FRAMES, True), (-1, True)):
        assert studio.ask("POST", "/api/cut", {"frame": frame, "is_cut": is_cut})[0] == 409
    assert studio.ask("POST", "/api/cut", {"frame": "1"})[0] == 400
    assert cuts() == [10, SPEAKING]


def heard(path: Path) -> float:
    """Return the strongest frequency of a file's sound."""
    with av.open(str(path)) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
        rate = container.streams.audio[0].rate
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
    return float(np.argmax(spectrum) * rate / len(samples))


def alike(stretch: Path, whole: Path, begin: float) -> float:
    """Return the correlation of a stretch's sound with that of a file from a second on, no more than 2 ms apart."""
    one, other = Dub.open(stretch), Dub.open(whole)
    sound, at = one.read(1600, 9600), round(begin * 16000)
    return max(float(np.corrcoef(sound, other.read(at + 1600 + n, at + 9600 + n))[0, 1]) for n in range(-32, 33, 4))


def samples(jpeg: bytes) -> NDArray[np.int64]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.int64)


def played(studio: Studio, page: Page, key: str) -> Path:
    """Play a version on the page; returns the file that is played."""
    page.browser.press(key)
    page.browser.press(" ")
    page.until("!document.getElementById('video').hidden && document.getElementById('video').videoWidth === 640")
    number = page.browser.value("document.getElementById('video').src.split('/').at(-1)")
    page.browser.press(" ")
    page.until("document.getElementById('video').hidden")
    studio.wait(lambda state: state["preview"]["stage"] != "running")
    path = studio.session.previews.file(int(number))
    assert path is not None
    return path


def what_is_not_made_yet_is_waited_for(studio: Studio, page: Page) -> None:
    """The page plays what there is, says that it waits, goes on, and ends where the stretch does."""
    page.browser.press("1")
    page.go_to(0)
    with held(studio.session.source, FRAMES - 10) as (slow, gate), pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio.session, "source", slow)
        page.browser.press(" ")
        page.until("document.getElementById('video').currentTime > 1 && !document.getElementById('waiting').hidden")
        assert "Making" in page.browser.value("document.getElementById('waiting').textContent")
        assert studio.state()["preview"]["stage"] == "running"
        gate.set()
        page.until("document.getElementById('video').hidden && document.getElementById('waiting').hidden")
    assert page.browser.value("Number(document.getElementById('timeline').ariaValueNow)") == FRAMES - 1


def the_result_is_rendered_and_played_and_so_is_the_film(studio: Studio, page: Page) -> None:
    page.browser.press("1")
    # What is seen before is what `vs-lipsync dub film.toml` writes, here of somebody split off, who speaks later.
    assert studio.change({"path": ["cast", 1, "offset"], "value": 0.2}) == ""
    result = rendered(studio, page)
    assert apart(result, studio.path.parent / "joined.mkv") > 5
    answers = [studio.ask("GET", f"/api/frame/{one}/{SPEAKING + 3}?side=640") for one in ("after", "result")]
    assert answers[0][1]["x-action"] == "dub"
    assert np.abs(samples(answers[0][2]) - samples(answers[1][2])).mean() < 2
    page.go_to(5)
    film = studio.path.parent / "film.mkv"
    for key, path, hertz in (("1", film, TONE), ("3", result, None), ("4", result, None)):
        file = played(studio, page, key)
        first = page.browser.value("Number(document.getElementById('timeline').ariaValueNow)")
        shown, whole = SourceClip.open(file).clip, SourceClip.open(path).clip
        assert first >= 5 and shown.num_frames == FRAMES - 5
        luma = [np.asarray(clip.get_frame(n)[0], int) for clip, n in ((shown, 2), (whole, 7))]
        assert np.abs(luma[0] - luma[1]).mean() < 4
        assert hertz is None or abs(heard(file) - hertz) < 5
        assert hertz is not None or (abs(heard(file) - TONE) > 50 and alike(file, path, 5 / 25) > 0.9)
        page.go_to(5)
    assert studio.ask("POST", "/api/play", {"first": 0, "stop": 5, "version": "../film"})[0] == 400


def the_mouths_of_the_result_are_measured(studio: Studio, page: Page) -> None:
    """The one who is seen for long enough; the other one's 14 frames are too few to say anything."""
    page.click("#judge")
    page.until("document.querySelectorAll('#judged tbody').length === 2")
    cells = "[...body.querySelectorAll('th, td')].map((cell) => cell.textContent)"
    figures = f"[...document.querySelectorAll('#judged tbody')].map((body) => {cells})"
    one, other = page.browser.value(figures)
    assert one[0] == "Person 1" and float(one[1]) > 0.5 and abs(int(one[3])) <= 1
    assert one[5:] == ["64", "64"]
    assert other[0] == "Person 3" and other[1] == "–" and other[5:] == ["14", "14"]
    page.click("[id^=choose-0]")
    known = "judgedOf(0)?.filter((value) => value < 255).length"
    page.until(f"import('/page/script/judging.js').then(({{judgedOf}}) => {known} === {SPEAKING})")


def what_has_become_old_is_said_after_reopening_too(studio: Studio, page: Page) -> None:
    assert not studio.state()["render"]["outdated"]
    people = document(studio)["cast"]
    assert studio.change({"path": ["cast", 0, "name"], "value": "Anna"}) == ""
    assert not studio.state()["render"]["outdated"]  # names are not heard or seen
    assert studio.change({"path": ["cast", 0, "strength"], "value": 0.5}) == ""
    page.until(
        "document.getElementById('render-said').textContent === 'film.dubbed.mkv was made before the last changes.'"
    )
    assert studio.ask("POST", "/api/judge", {})[0] == 409
    for button in ("render", "ask-yes", "stop"):
        page.click(f"#{button}")
    stopped = "Stopped. film.dubbed.mkv was made before the last changes."
    page.until(f"document.getElementById('render-said').textContent === '{stopped}'")
    with opened(studio.path) as again:
        assert again.state()["render"]["outdated"]
        assert again.change({"path": ["cast", 0, "strength"], "remove": True}) == ""
        assert not again.state()["render"]["outdated"]
        stem = studio.path.parent / people[0]["dub"]
        stem.write_bytes(stem.read_bytes() + b"\0\0\0\0")
        assert again.state()["render"]["outdated"]


def test_a_film_from_its_people_to_a_result_that_has_become_old(studio: Studio, page: Page) -> None:
    """Each of these goes on from what the one before has made: they are one test, for workers to share tests out."""
    somebody_split_off_and_joined_with_a_third_person_is_neither_the_first_one_nor_shown_so(studio)
    undo_and_redo_keep_the_focus(studio, page)
    a_name_that_is_given_before_the_stem_is_answered_stays(studio, page)
    stems_that_are_not_clear_are_given_to_nobody(studio, page)
    a_stem_finds_whose_mouth_moves(studio, page)
    two_people_become_one_and_one_becomes_two(studio, page)
    who_drags_along_sees_where_they_are(page)
    shots_are_split_and_joined(studio, page)
    what_is_not_made_yet_is_waited_for(studio, page)
    the_result_is_rendered_and_played_and_so_is_the_film(studio, page)
    the_mouths_of_the_result_are_measured(studio, page)
    what_has_become_old_is_said_after_reopening_too(studio, page)
