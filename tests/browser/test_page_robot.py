"""The robot's page in a real browser: it speaks by bubble or local voice, looks, gestures and hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.driving import tab_to, until
from tests.browser.serving import Serving
from tests.browser.test_page_access import TOO_SMALL, TOO_WIDE
from tests.fakes.robot import RobotDiary
from tutorbot.adapters.web.pages import WEB
from tutorbot.adapters.web.sim import SimRobot, robot_app
from tutorbot.errors import RobotUnreachable
from tutorbot.ports import EXPRESSIONS, GESTURES, LOOKS, Spoken

pytestmark = pytest.mark.browser

LINE = "Shall we look at the second card together? It differs from the first in one thing only."
LONG = LINE * 12
WITHIN_S = 3.0

VOICES = """
window.spokenBy = [];
window.cancelled = 0;
const voice = (name, lang, localService) => ({ name, lang, localService, default: false, voiceURI: name });
const mixed = [voice("Cloud", "en-GB", false), voice("Anna", "de-DE", true), voice("Home", "en-US", true)];
const voices = window.someVoices ?? mixed;
class Utterance extends EventTarget {
  constructor(text) { super(); this.text = text; this.voice = null; this.lang = ""; this.volume = 1; }
}
window.SpeechSynthesisUtterance = Utterance;
const synth = new EventTarget();
synth.getVoices = () => voices;
synth.speak = (one) => {
  if (one.text === "") return;
  window.spokenBy.push({ text: one.text, voice: one.voice?.name, utterance: one });
  one.dispatchEvent(new Event("start"));
};
synth.cancel = () => { window.cancelled += 1; };
window.tellVoice = (kind, fields = {}) =>
  window.spokenBy.at(-1).utterance.dispatchEvent(Object.assign(new Event(kind), fields));
Object.defineProperty(window, "speechSynthesis", { value: synth });
"""
REMOTE_ONLY = """
window.someVoices = [{ name: "Cloud", lang: "en-GB", localService: false, default: true, voiceURI: "Cloud" }];
"""


class Body:
    """A robot, its server, and what it told."""

    def __init__(self) -> None:
        self.robot, self.diary = SimRobot(), RobotDiary()
        self.serving = Serving(lambda: robot_app(self.robot))
        self.serving.run(self.robot.start(self.diary))

    @property
    def url(self) -> str:
        return self.serving.url + self.robot.path

    def say(self, text: str, language: str = "en") -> Future[Spoken]:
        """Begin to have it said."""
        work = self.robot.say(text, language=language, within_s=WITHIN_S)
        return asyncio.run_coroutine_threadsafe(work, self.serving.loop)

    def run(self, what: str, *args: Any) -> Any:
        """Have one command carried out."""
        return self.serving.run(getattr(self.robot, what)(*args, within_s=WITHIN_S))

    def wakes(self, page: Page, *, ask: str = "") -> None:
        """Open the page and press Start."""
        page.goto(self.url + ask)
        page.locator("#start").click()
        expect(page.locator("#line")).to_have_attribute("data-where", "here")


@pytest.fixture
def body() -> Iterator[Body]:
    made = Body()
    yield made
    made.serving.run(made.robot.close())
    made.serving.stop()


@pytest.fixture
def page(browser_page: Callable[..., Page]) -> Page:
    return browser_page()


@pytest.fixture
def speaking_page(page: Page) -> Page:
    """A page whose browser has a voice of this machine, which ends when ``tellVoice("end")`` is called."""
    page.add_init_script(VOICES)
    return page


def figure(page: Page, what: str) -> str | None:
    return page.locator("#face").get_attribute(f"data-{what}")


# ---------------------------------------------------------------- waking up


def test_the_robot_sleeps_until_start_is_pressed(page: Page, body: Body) -> None:
    page.goto(body.url)
    expect(page.get_by_role("heading", name="The robot sleeps")).to_be_visible()
    with pytest.raises(RobotUnreachable, match="Start was not pressed"):
        body.say(LINE).result(5)
    page.get_by_role("button", name="Start the robot").click()
    expect(page.get_by_label("Say something to the robot")).to_be_focused()
    expect(page.locator("#mood")).to_have_text("Calm, looks at you")
    assert body.diary.changes == [False, True]


def test_without_a_local_voice_a_line_stands_in_the_bubble_as_long_as_it_takes_to_read(
    page: Page, body: Body
) -> None:
    body.wakes(page)
    note = "No local voice for English on this machine: shown as text."
    expect(page.locator("#note")).to_have_text(note)
    saying = body.say(LINE)
    expect(page.locator("#words")).to_have_text(LINE)
    expect(page.locator("#mood")).to_have_text("Calm, looks at you, speaks")
    expect(page.locator("[aria-live=polite] #words")).to_have_count(1)
    lips: set[str | None] = set()

    def moved() -> bool:
        lips.add(figure(page, "lips"))
        return {"1", "2", "3"} <= lips

    until(page, moved, "the mouth moves")
    spoken = saying.result(15)
    assert (spoken.estimated, spoken.stopped) == (True, False)
    assert spoken.seconds == pytest.approx(1.5 + len(LINE) / 15, abs=1.5)
    expect(page.locator("#face")).to_have_attribute("data-lips", "0")
    expect(page.locator("#words")).to_have_text(LINE)


# ---------------------------------------------------------------- a voice


def test_a_voice_of_this_machine_says_it_and_tells_its_end(speaking_page: Page, body: Body) -> None:
    page = speaking_page
    body.wakes(page)
    saying = body.say(LINE)
    expect(page.locator("#words")).to_have_text(LINE)
    assert page.evaluate("window.spokenBy.map(({ text, voice }) => [text, voice])") == [[LINE, "Home"]]
    page.evaluate("tellVoice('boundary', { name: 'word', charLength: 5 })")
    assert figure(page, "lips") != "0"
    assert not saying.done()
    page.evaluate("tellVoice('end')")
    spoken = saying.result(5)
    assert (spoken.estimated, spoken.stopped) == (False, False)
    expect(page.locator("#note")).to_be_empty()


def test_the_voice_is_that_of_the_session_s_language_and_so_are_the_page_s_words(
    speaking_page: Page, body: Body
) -> None:
    page = speaking_page
    body.wakes(page)
    saying = body.say("Schau dir die Karte an.", "de")
    expect(page.locator("#words")).to_have_attribute("lang", "de")
    expect(page.get_by_label("Sagen Sie dem Roboter etwas")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.evaluate("window.spokenBy.at(-1).voice") == "Anna"
    page.evaluate("tellVoice('end')")
    saying.result(5)


def test_a_voice_that_sends_the_words_elsewhere_is_never_used(page: Page, body: Body) -> None:
    page.add_init_script(REMOTE_ONLY + VOICES)
    body.wakes(page)
    assert body.say("Hello.").result(10).estimated
    assert page.evaluate("window.spokenBy") == []
    expect(page.locator("#note")).to_contain_text("No local voice for English")


def test_a_voice_that_fails_is_told_and_the_words_stay_readable(speaking_page: Page, body: Body) -> None:
    page = speaking_page
    body.wakes(page)
    saying = body.say("Hello there.")
    expect(page.locator("#words")).to_have_text("Hello there.")
    page.evaluate("tellVoice('error', { error: 'synthesis-failed' })")
    expect(page.locator("#note")).to_have_text("The voice of this machine failed: shown as text.")
    assert saying.result(10).estimated


def test_silence_cuts_the_voice_and_the_bubble(speaking_page: Page, body: Body) -> None:
    page = speaking_page
    body.wakes(page)
    saying = body.say(LONG)
    expect(page.locator("#bubble")).to_be_visible()
    began = page.evaluate("window.cancelled")
    assert body.run("stop_speaking") is True
    assert saying.result(5).stopped
    expect(page.locator("#bubble")).to_be_hidden()
    assert page.evaluate("window.cancelled") > began


def test_who_wants_no_voice_reads_and_is_remembered(speaking_page: Page, body: Body) -> None:
    page = speaking_page
    body.wakes(page)
    saying = body.say("One, two.")
    expect(page.locator("#bubble")).to_be_visible()
    page.get_by_role("button", name="No voice").click()
    assert saying.result(10).estimated
    page.reload()
    expect(page.get_by_role("button", name="No voice")).to_have_attribute("aria-pressed", "true")


# ---------------------------------------------------------------- hearing and touch


def test_what_is_typed_is_heard_meanwhile_and_when_it_is_done(page: Page, body: Body) -> None:
    body.wakes(page)
    page.get_by_label("Say something to the robot").press_sequentially("I think it is left", delay=30)
    until(page, lambda: bool(body.diary.hearings), "half a sentence is heard")
    assert not body.diary.hearings[0].final
    page.keyboard.press("Enter")
    until(page, lambda: body.diary.hearings[-1].final, "the sentence is heard")
    last = body.diary.hearings[-1]
    assert (last.text, last.confidence, last.language) == ("I think it is left", None, "en-US")
    assert [one.final for one in body.diary.hearings].count(True) == 1
    expect(page.locator("#heard")).to_have_text("The robot heard: I think it is left")
    expect(page.get_by_label("Say something to the robot")).to_have_value("")


def test_what_is_typed_while_nobody_hears_stays_in_the_field(page: Page, body: Body) -> None:
    body.wakes(page)
    page.get_by_label("Say something to the robot").fill("wait")
    body.serving.stop()
    expect(page.locator("#line")).to_have_attribute("data-where", "offline")
    page.evaluate("document.getElementById('ears').requestSubmit()")  # Enter, a moment too late
    expect(page.locator("#said")).to_have_value("wait")
    expect(page.locator("#heard")).to_contain_text("cannot hear just now")
    body.serving.start()
    expect(page.locator("#line")).to_have_attribute("data-where", "here")
    assert not any(one.final for one in body.diary.hearings)


def test_the_head_is_touched_by_hand_and_by_key_and_the_hands_are_not(page: Page, body: Body) -> None:
    body.wakes(page)
    page.locator("#face .hand").first.click()
    page.locator("#face .visor").click()
    until(page, lambda: body.diary.touches == ["head"], "the head alone is touched")
    expect(page.locator("#doing")).to_have_text("It felt your touch.")
    page.get_by_role("button", name="Touch the robot's head").press("Enter")
    until(page, lambda: body.diary.touches == ["head", "head"], "and by key")


# ---------------------------------------------------------------- its body


def test_every_motion_is_shown_and_told_in_words(page: Page, body: Body) -> None:
    body.wakes(page)
    told = set()
    for name in GESTURES:
        body.run("gesture", name)
        assert figure(page, "gesture") == name
        told.add(page.locator("#doing").text_content())
    for name in EXPRESSIONS:
        body.run("express", name)
        assert figure(page, "expression") == name
        told.add(page.locator("#mood").text_content())
    for name in LOOKS:
        body.run("look", name)
        assert figure(page, "look") == name
        told.add(page.locator("#mood").text_content())
    assert len(told) == len(GESTURES) + len(EXPRESSIONS) + len(LOOKS) - 1  # glad at the learner comes twice
    assert page.locator("#doing").get_attribute("role") == "status"
    expect(page.locator("#face")).not_to_have_attribute("data-gesture", "greet", timeout=6000)


def test_nothing_moves_for_who_wants_no_motion_and_all_is_still_shown(
    browser_page: Callable[..., Page], body: Body
) -> None:
    page = browser_page(reduced_motion=True)
    body.wakes(page)
    saying = body.say("Hello there, you.")
    expect(page.locator("#face")).to_have_attribute("data-lips", "1")
    body.run("gesture", "greet")
    assert page.evaluate("document.getAnimations().length") == 0
    expect(page.locator("#doing")).to_have_text("It waves to you.")
    saying.result(10)


# ---------------------------------------------------------------- one page at a time


def test_a_second_tab_takes_the_robot_only_when_start_is_pressed_there(page: Page, body: Body) -> None:
    body.wakes(page)
    saying = body.say(LONG)
    expect(page.locator("#bubble")).to_be_visible()
    second = page.context.new_page()
    second.goto(body.url)
    expect(second.get_by_role("heading", name="The robot is on another page")).to_be_visible()
    assert not saying.done()
    second.get_by_role("button", name="Start the robot").click()
    with pytest.raises(RobotUnreachable, match="another page"):
        saying.result(5)
    expect(page.get_by_role("heading", name="The robot is on another page")).to_be_visible()
    expect(page.locator("#bubble")).to_be_hidden()
    assert body.say("Hi.").result(10).estimated
    expect(second.locator("#words")).to_have_text("Hi.")
    expect(page.locator("#words")).to_be_empty()


def test_a_reload_in_mid_utterance_loses_it_and_nothing_is_said_afterwards(page: Page, body: Body) -> None:
    body.wakes(page)
    saying = body.say(LONG)
    expect(page.locator("#bubble")).to_be_visible()
    page.reload()
    with pytest.raises(RobotUnreachable):
        saying.result(5)
    page.get_by_role("button", name="Start the robot").click()
    expect(page.locator("#line")).to_have_attribute("data-where", "here")
    expect(page.locator("#words")).to_be_empty()
    assert body.diary.changes == [False, True, False, True]


def test_a_line_that_breaks_is_made_again_without_a_press(page: Page, body: Body) -> None:
    body.wakes(page)
    body.serving.stop()
    expect(page.get_by_role("heading", name="The tutor cannot be reached")).to_be_visible()
    body.serving.start()
    expect(page.locator("#line")).to_have_attribute("data-where", "here")


def test_a_page_that_froze_is_noticed_and_says_nothing_when_it_goes_on(
    speaking_page: Page, body: Body
) -> None:
    page = speaking_page
    body.wakes(page)
    freeze = "() => setTimeout(() => { const end = Date.now() + 9000; while (Date.now() < end); }, 0)"
    page.evaluate(freeze)
    began_s = time.monotonic()
    with pytest.raises(RobotUnreachable, match="did not take the words"):
        body.say(LINE).result(10)
    assert time.monotonic() - began_s < WITHIN_S + 2
    expect(page.locator("#line")).to_have_attribute("data-where", "here", timeout=25_000)
    assert page.evaluate("window.spokenBy") == []
    expect(page.locator("#words")).to_be_empty()


def test_an_address_of_another_robot_is_told(page: Page, body: Body) -> None:
    page.goto(body.url)
    gone = body.robot
    body.serving.stop()
    body.robot = SimRobot()
    body.serving.start()
    expect(page.get_by_role("heading", name="No robot at this address")).to_be_visible()
    assert page.goto(f"{body.serving.url}{gone.path}").status == 404  # type: ignore[union-attr]


# ---------------------------------------------------------------- for developers


def test_what_others_are_told_is_shown_to_developers_alone(page: Page, body: Body) -> None:
    body.wakes(page)
    body.run("tell", "affect", {"confusion": 0.6})
    expect(page.locator("#developer")).to_be_hidden()
    body.wakes(page, ask="?developer")
    page.get_by_text("What other programs would be told").click()
    expect(page.locator("#untold")).to_be_visible()
    for n in range(25):
        body.run("tell", "affect", {"confusion": 0.5, "n": n})
    expect(page.locator("#told li")).to_have_count(20)
    expect(page.locator("#told li").first).to_have_text('affect {"confusion":0.5,"n":24}')
    page.get_by_role("button", name="Pause the session").click()
    expect(page.locator("#asked")).to_have_text("Done.")
    body.diary.refusal = "there is no session"
    page.get_by_role("button", name="End the session").click()
    expect(page.locator("#asked")).to_have_text("Not done: there is no session")
    assert body.diary.asks == [("pause", True), ("end", True)]


# ---------------------------------------------------------------- for everybody


def stages(page: Page, body: Body, language: str = "en") -> Iterator[str]:
    """The robot's page wherever it looks different."""
    page.goto(f"{body.url}?developer&lang={language}")
    expect(page.locator("#start")).to_be_visible()
    yield "asleep"
    page.locator("#start").click()
    expect(page.locator("#ears")).to_be_visible()
    body.run("express", "friendly")
    yield "awake"
    saying = body.say(LINE)
    expect(page.locator("#bubble")).to_be_visible()
    body.run("look", "task")
    body.run("gesture", "present")
    yield "speaks"
    body.run("stop_speaking")
    saying.result(5)
    body.run("look", "learner")
    body.run("express", "glad")
    body.run("gesture", "encourage")
    page.locator("summary").click()
    body.run("tell", "affect", {"at_s": 12.4, "confusion": 0.62, "frustration": None})
    expect(page.locator("#told li")).to_have_count(1)
    yield "developer"


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_no_stage_has_an_axe_violation_in_either_scheme(
    browser_page: Callable[..., Page], body: Body, screenshot: Callable[[Page, str], None], phone: bool
) -> None:
    page = browser_page(phone=phone, reduced_motion=True)
    for stage in stages(page, body):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            screenshot(page, f"robot-{'phone' if phone else 'desktop'}-{scheme}-{stage}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{stage}, {scheme}: {found.generate_report()}"


@pytest.mark.parametrize(("width", "height"), [(360, 640), (320, 568), (844, 390), (1280, 800)])
def test_no_stage_scrolls_sideways_and_every_target_is_large_enough(
    browser_page: Callable[..., Page], body: Body, width: int, height: int
) -> None:
    page = browser_page(phone=True, width=width, height=height)
    for language in ("en", "de"):
        for stage in stages(page, body, language):
            assert page.evaluate(TOO_WIDE) <= 0, stage
            assert page.evaluate(TOO_SMALL) == [], stage


def test_every_control_is_reached_by_the_keyboard(page: Page, body: Body) -> None:
    page.goto(body.url)
    tab_to(page, "#start")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Say something to the robot")).to_be_focused()
    for control in ("#ears button", "#mute", "#head", "#said"):
        tab_to(page, control)


def test_no_script_of_a_page_listens_by_a_microphone() -> None:
    scripts = sorted((WEB / "static/js").glob("*.js"))
    assert "robot_speech.js" in {path.name for path in scripts}
    for path in [*scripts, *WEB.glob("*.html")]:
        text = path.read_text()
        assert "SpeechRecognition" not in text, path.name
        assert "audio: true" not in text, path.name
