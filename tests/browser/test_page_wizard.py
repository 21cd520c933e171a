"""The wizard at the console, in a real browser: choose, confirm, veto, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import tab_to, until
from tutorbot.errors import LogUnwritable

pytestmark = pytest.mark.browser

PROPOSED = (
    "SUGGESTION proposed: signs of frustration; the face, with behaviour beside it; wrong checks in a row."
)
OWN_REST_MS = 700
"""After this long a second press is one of its own."""


@pytest.fixture
def opened(make_stub: Callable[..., Any], browser_page: Callable[..., Page]) -> Callable[..., Any]:
    """The console with two WZ sessions and one of AD between them."""

    def open_console(**how: Any) -> tuple[Page, Any, Any, Any]:
        serving, host, keys = make_stub()
        for _ in range(3):
            serving.run(host.join())
        first, _, third = host.sessions.values()
        for session in (first, third):
            session.under_wizard()
            session.surface = Nobody()
        page = browser_page(**how)
        page.goto(f"{serving.url}/console?token={keys.issue()}")
        expect(page.locator("#rows tr")).to_have_count(3)
        return page, host, first, third

    return open_console


class Nobody:
    """A page that is open and shows nothing."""

    async def show(self, view: Any) -> None:
        """Nothing to show it on."""

    async def say(self, line: Any, *, at_s: float) -> None:
        """Nobody listens."""


def button(page: Page, name: str) -> Locator:
    return page.locator("#wizard").get_by_role("button", name=name)


def pick(page: Page, participant: str = "P001") -> None:
    page.get_by_role("button", name=participant).click()
    expect(page.get_by_role("heading", name=f"Your choice for {participant}")).to_be_visible()


def enabled(page: Page) -> None:
    expect(button(page, "Suggestion")).to_be_enabled()


def test_the_proposal_stands_there_in_words_and_is_confirmed(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    first.propose()
    pick(page)
    expect(page.locator("#proposal")).to_have_text(PROPOSED)
    expect(page.locator("#proposal")).to_have_attribute("role", "status")
    expect(page.locator("#waits")).to_have_text("Waiting 12 s")
    button(page, "Do it").click()
    expect(page.locator("#proposal")).to_have_text("Nothing is proposed.")
    expect(page.locator("#waits")).to_be_empty()
    expect(page.locator("#verdict")).to_have_text("Suggestion: said")
    assert first.choices == [(2, "T1")]
    first.judge("said", ago_s=3)
    expect(page.locator("#verdict-ago")).to_have_text(" 3 s ago")


def test_a_veto_and_an_own_choice_name_the_proposal_they_answer(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    first.propose(3)
    pick(page)
    expect(page.locator("#proposal")).to_contain_text("INTERVENTION proposed")
    button(page, "Say nothing").click()
    expect(page.locator("#verdict")).to_have_text("Say nothing: done, the wizard's veto")
    first.propose(2, trigger_id="T2")
    expect(page.locator("#proposal")).to_have_text(PROPOSED)
    enabled(page)
    button(page, "Notification").click()
    expect(page.locator("#verdict")).to_have_text("Notification: said")
    assert first.choices == [(0, "T1"), (1, "T2")]


def test_without_a_proposal_only_an_own_choice_can_be_made(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    pick(page)
    for name in ("Do it", "Say nothing"):
        expect(button(page, name)).to_be_disabled()
        button(page, name).click(force=True)
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    button(page, "Intervention").click()
    until(page, lambda: first.choices == [(3, None)], "the intervention was chosen")


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        (
            "refused",
            "too soon after the last act",
            "Notification: refused, too soon after the last act, 4 s ago",
        ),
        ("waiting", None, "Notification: waits for its moment, for 4 s"),
        ("given_up", None, "Notification: given up, its moment did not come, 4 s ago"),
        ("said", None, "Notification: said 4 s ago"),
    ],
)
def test_what_became_of_the_choice_is_said(
    opened: Callable[..., Any], state: str, why: str | None, words: str
) -> None:
    page, _, first, _ = opened()
    first.judge(state, level=1, why=why, ago_s=4)
    pick(page)
    expect(page.locator("p:has(> #verdict)")).to_have_text(words)


def test_nothing_can_be_chosen_without_a_board_and_the_reason_is_said(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    first.propose()
    first.wizard["can_choose"] = False
    first.phase = "probe"
    pick(page)
    expect(page.locator("#cannot")).to_have_text("Nothing can be chosen: no board is open (phase probe).")
    for name in ("Do it", "Say nothing", "Notification", "Suggestion", "Intervention"):
        expect(button(page, name)).to_be_disabled()
        button(page, name).click(force=True)
    page.keyboard.press("1")
    first.standing = "paused"
    expect(page.locator("#cannot")).to_contain_text("the learner takes a break")
    first.held = True
    expect(page.locator("#cannot")).to_contain_text("the session is paused here")
    first.held = False
    first.surface = None
    expect(page.locator("#cannot")).to_contain_text("the learner's page is not open")
    first.wizard["can_choose"] = True
    enabled(page)
    expect(page.locator("#cannot")).to_be_hidden()
    assert first.choices == []


@pytest.mark.parametrize(("key", "level"), [("Enter", 2), ("0", 0), ("1", 1), ("2", 2), ("3", 3)])
def test_a_key_chooses_while_the_panel_has_the_focus(
    opened: Callable[..., Any], key: str, level: int
) -> None:
    page, _, first, _ = opened()
    first.propose()
    pick(page)  # by mouse: the panel has the focus
    expect(page.locator("#proposal")).to_have_text(PROPOSED)
    expect(page.get_by_text("The keys 0 to 3, + and -, and Enter work now.")).to_be_visible()
    page.keyboard.press(key)
    until(page, lambda: first.choices == [(level, "T1")], "it was chosen")
    expect(page.locator("#verdict")).not_to_be_empty()
    first.propose(1, trigger_id="T2")
    expect(page.locator("#proposal")).to_contain_text("NOTIFICATION proposed")
    enabled(page)
    page.keyboard.press("Enter")
    until(page, lambda: first.choices[1:] == [(1, "T2")], "the focus stayed and the keys still work")


def test_no_key_chooses_with_a_modifier_held_down_or_outside_of_the_panel(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    first.propose()
    pick(page)
    expect(page.locator("#proposal")).to_have_text(PROPOSED)
    for key in ("Shift+1", "Alt+1", "Meta+1", "Shift+Enter", "4", "a"):
        page.keyboard.press(key)
    page.evaluate(
        """() => document.getElementById("machine").dispatchEvent(
          new KeyboardEvent("keydown", { key: "1", ctrlKey: true, bubbles: true }))"""
    )
    page.evaluate(
        """() => document.getElementById("machine").dispatchEvent(
          new KeyboardEvent("keydown", { key: "1", repeat: true, bubbles: true }))"""
    )
    page.evaluate(
        """() => { const field = document.createElement("input");
          document.getElementById("machine").append(field); field.focus(); }"""
    )
    page.keyboard.type("123")
    page.get_by_role("button", name="P003").focus()
    expect(page.get_by_text("once you click here")).to_be_visible()
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert first.choices == []


def test_buttons_are_pressed_with_enter_and_space_alone(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    first.propose()
    tab_to(page, "#rows tr:nth-child(1) button")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr:nth-child(1) button")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#proposal")).to_have_text(PROPOSED)
    tab_to(page, '[data-choice="1"]')
    page.keyboard.press("Enter")
    until(page, lambda: first.choices == [(1, "T1")], "Enter pressed the button, not the proposal")
    expect(button(page, "Notification")).to_be_focused()
    enabled(page)
    tab_to(page, '[data-choice="3"]')
    page.keyboard.press("Space")
    until(page, lambda: first.choices[1:] == [(3, None)], "Space pressed the button")


@pytest.mark.parametrize("takes_s", [0.0, 0.6])
def test_a_double_click_or_a_double_press_chooses_once(opened: Callable[..., Any], takes_s: float) -> None:
    page, host, first, _ = opened()
    host.desk.choosing_takes_s = takes_s
    pick(page)
    button(page, "Suggestion").dblclick()
    until(page, lambda: len(first.choices) == 1, "it was chosen")
    page.wait_for_timeout(OWN_REST_MS)
    enabled(page)
    button(page, "Suggestion").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    page.wait_for_timeout(int(1000 * takes_s) + OWN_REST_MS)
    assert first.choices == [(2, None), (2, None)]


def test_a_choice_whose_answer_was_lost_is_sent_again_with_its_id(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    sent: list[str] = []

    def lose_the_first(route: Any) -> None:
        sent.append(route.request.post_data_json["client_id"])
        if len(sent) > 1:
            route.continue_()
            return
        route.fetch()  # the server has it, the page never hears
        route.abort()

    page.route("**/console/wizard", lose_the_first)
    pick(page)
    button(page, "Suggestion").click()
    expect(page.locator("#verdict")).to_have_text("Suggestion: said")
    until(page, lambda: len(sent) == 2, "it was sent again")
    assert sent[0] == sent[1]
    assert first.choices == [(2, None)]


def test_an_error_is_an_alert_that_stays_until_the_next_choice(opened: Callable[..., Any]) -> None:
    page, host, first, _ = opened()
    host.desk.broken = LogUnwritable("The disk is full.", remedy="Free some space.")
    pick(page)
    button(page, "Suggestion").click()
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("P001, Suggestion: The disk is full. Free some space.")
    page.wait_for_timeout(1200)  # rows were renewed meanwhile
    expect(alert).to_be_visible()
    host.desk.broken = None
    enabled(page)
    button(page, "Notification").click()
    expect(page.locator("#wizard-error")).to_be_hidden()
    expect(page.locator("#verdict")).to_have_text("Notification: said")
    assert first.choices == [(1, None)]


def test_a_silent_server_is_said_and_nothing_can_be_chosen(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, keys = make_stub()
    serving.run(host.join())
    (first,) = host.sessions.values()
    first.under_wizard()
    first.surface = Nobody()
    page = browser_page()
    page.goto(f"{serving.url}/console?token={keys.issue()}")
    pick(page)
    serving.stop()
    expect(page.locator("#cannot")).to_have_text("Nothing can be chosen while the server does not answer.")
    expect(button(page, "Suggestion")).to_be_disabled()
    assert first.choices == []


def test_with_several_sessions_the_one_that_waits_is_seen(opened: Callable[..., Any]) -> None:
    page, _, first, third = opened()
    expect(page).to_have_title("Console")
    pick(page)
    third.propose(1, waits_s=7)
    line = page.locator("#rows tr").filter(has_text="P003")
    expect(page.locator("#rows tr").first).to_contain_text("P003")  # who waits stands first
    expect(line.get_by_text("NOTIFICATION? 7 s")).to_be_visible()
    expect(page).to_have_title("(1) Console")
    expect(page.locator("#state")).to_have_text("3 sessions. Waiting for you: P003")
    first.propose()
    expect(page).to_have_title("(2) Console")
    pick(page, "P003")
    button(page, "Do it").click()
    until(page, lambda: third.choices == [(1, "T1")], "the choice is for the session that is shown")
    expect(page).to_have_title("(1) Console")
    expect(line.get_by_text("NOTIFICATION?")).to_be_hidden()
    assert first.choices == []


def test_another_condition_has_no_wizard(opened: Callable[..., Any]) -> None:
    page, _, first, _ = opened()
    pick(page)
    page.get_by_role("button", name="P002").click()
    expect(page.get_by_role("heading", name="Initiative of P002")).to_be_visible()
    expect(page.locator("#wizard")).to_be_hidden()
    page.locator("#machine").focus()
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert first.choices == []


SIZES = {"desktop": (1280, 900), "tablet": (820, 1180), "phone": (390, 844)}


@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_wizard_is_accessible_and_fits_the_screen(
    opened: Callable[..., Any], screenshot: Callable[[Page, str], None], device: str, dark: bool
) -> None:
    width, height = SIZES[device]
    page, host, first, third = opened(
        phone=device == "phone", width=width, height=height, dark=dark, reduced_motion=True
    )
    first.propose()
    first.judge("refused", level=1, why="too soon after the last act", ago_s=8)
    third.propose(3, waits_s=4)
    third.judge("said", level=2, ago_s=40)
    expect(page).to_have_title("(2) Console")
    pick(page)
    scheme = "dark" if dark else "light"
    screenshot(page, f"{device}-{scheme}-console-wizard")
    for name in ("Do it", "Say nothing", "Notification", "Suggestion", "Intervention"):
        box = button(page, name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("document.getAnimations().length") == 0
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    host.desk.broken = LogUnwritable("The disk is full.", remedy="Free some space, then choose again.")
    button(page, "Suggestion").click()
    expect(page.get_by_role("alert")).to_be_visible()
    first.wizard["can_choose"] = False
    first.phase = "probe"
    expect(page.locator("#cannot")).to_be_visible()
    screenshot(page, f"{device}-{scheme}-console-wizard-error")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
