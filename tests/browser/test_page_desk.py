"""The console beyond the wizard, in a real browser: the door, the table, what is done, who is blinded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.driving import until
from tests.browser.test_page_wizard import SIZES, Nobody
from tutorbot.adapters.web.passwords import new_password, password_hash

pytestmark = pytest.mark.browser

LEVELS = {"confusion": 0.71, "frustration": 0.2, "concentration": 0.55, "coverage": 0.94}


@pytest.fixture
def opened(make_stub: Callable[..., Any], browser_page: Callable[..., Page]) -> Callable[..., Any]:
    """The console with three sessions: one watched by a camera, one in trouble, one of WZ."""

    def open_console(**how: Any) -> tuple[Page, Any, list[Any]]:
        serving, host, keys = make_stub()
        for _ in range(3):
            serving.run(host.join())
        sessions = list(host.sessions.values())
        for session in sessions:
            session.phase, session.surface = "task", Nobody()
        sessions[0].levels = LEVELS
        sessions[1].warnings = ["the participant's page is closed"]
        sessions[2].under_wizard()
        page = browser_page(**how)
        page.goto(f"{serving.url}/console?token={keys.issue()}")
        expect(page.locator("#rows tr")).to_have_count(3)
        return page, host, sessions

    return open_console


def pick(page: Page, participant: str = "P001") -> None:
    page.get_by_role("button", name=participant).click()
    expect(page.get_by_role("heading", name=f"Session {participant}")).to_be_visible()


def axe(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


# ---------------------------------------------------------------- the door


def test_the_password_opens_the_console_in_a_browser_and_signing_out_leaves_it(
    make_stub: Callable[..., Any],
    browser_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
) -> None:
    serving, _, keys = make_stub()
    password = new_password()
    keys.password = password_hash(password)
    page = browser_page()
    page.goto(f"{serving.url}/console")
    axe(page)
    page.get_by_label("Password").fill("guess")
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That password is not right.")
    screenshot(page, "desktop-light-sign-in")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#state")).to_have_text("No session is running.")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(f"{serving.url}/console")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_lost_server_is_said_and_the_page_comes_back_by_itself(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, keys = make_stub()
    serving.run(host.join())
    page = browser_page()
    page.goto(f"{serving.url}/console?token={keys.issue()}")
    pick(page)
    serving.stop()
    expect(page.locator("#state")).to_contain_text("does not answer")
    serving.start()
    expect(page.locator("#state")).to_have_text("1 session", timeout=15_000)
    expect(page.get_by_role("heading", name="Session P001")).to_be_visible()
    next(iter(host.sessions.values())).standing = "observing"
    expect(page.locator("#now")).to_have_text("now: observing")


def test_who_is_signed_out_elsewhere_is_told_so(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, keys = make_stub()
    serving.run(host.join())
    page = browser_page()
    page.goto(f"{serving.url}/console?token={keys.issue()}")
    expect(page.locator("#rows tr")).to_have_count(1)
    keys._visitors.clear()
    expect(page.locator("#state")).to_contain_text("Signed out")
    expect(page.locator("#table")).to_be_hidden()


# ---------------------------------------------------------------- the table


def test_a_row_tells_how_it_stands_and_who_needs_a_person_stands_first(opened: Callable[..., Any]) -> None:
    page, _, sessions = opened()
    names = page.locator("#rows th button")
    expect(names).to_have_text(["P002", "P001", "P003"])
    expect(page.locator("#rows tr").first).to_contain_text("the participant's page is closed")
    row = page.locator("#rows tr").filter(has_text="P001")
    expect(row).to_contain_text("block 1 of 1, board 1 of 2")
    expect(row).to_contain_text("0.71")
    expect(row).to_contain_text("face seen 94 %")
    expect(row).to_contain_text("suggestion · repeated errors · no reaction yet")
    expect(row).to_contain_text("no robot")
    expect(row.get_by_role("img", name="Trust 3.5 at 2:00; 3.5 at 0:00; between 3.3 and 3.7")).to_be_visible()
    expect(page.locator("#rows tr").filter(has_text="P003")).to_contain_text("no camera")
    sessions[1].warnings = []
    expect(names).to_have_text(["P001", "P002", "P003"])
    sessions[0].phase, sessions[0].ended_by = "ended", "criterion"
    expect(names).to_have_text(["P002", "P003", "P001"])
    expect(page.locator("#system")).to_have_text("Rasa: unknown")


def test_the_focus_stays_on_a_row_that_moves(opened: Callable[..., Any]) -> None:
    page, _, sessions = opened()
    button = page.get_by_role("button", name="P003")
    button.focus()
    sessions[2].propose()
    expect(page.locator("#rows th button")).to_have_text(["P002", "P003", "P001"])
    expect(button).to_be_focused()


# ---------------------------------------------------------------- pause, end, notes


def test_a_session_is_paused_goes_on_and_is_ended_after_a_question(opened: Callable[..., Any]) -> None:
    page, host, _ = opened()
    pick(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#care-said")).to_have_text("Paused. The participant is told so.")
    expect(page.locator("#facts")).to_contain_text("task, paused by you")
    page.get_by_role("button", name="Go on").click()
    until(page, lambda: len(host.desk.of("hold")) == 2, "it went on")
    page.get_by_role("button", name="End the session").click()
    dialog = page.get_by_role("dialog", name="End the session of P001?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert host.desk.of("end") == []
    page.get_by_role("button", name="End the session").click()
    dialog.get_by_role("button", name="End it").click()
    expect(page.locator("#facts")).to_contain_text("stopped by the experimenter")
    expect(page.locator("#end")).to_have_attribute("aria-disabled", "true")
    assert [one["on"] for one in host.desk.of("hold")] == [True, False]
    assert len(host.desk.of("end")) == 1


def test_after_a_loss_it_is_said_where_the_session_stands_and_the_block_can_begin_anew(
    opened: Callable[..., Any],
) -> None:
    page, host, sessions = opened()
    pick(page)
    expect(page.locator("#stands")).to_be_hidden()
    sessions[0].breaks = [
        {"what": "tutor", "away_s": None, "ago_s": 75},
        {"what": "robot", "away_s": 41, "ago_s": None},
    ]
    sessions[0].held_by, sessions[0].item = "robot", 1
    stands = page.locator("#stands")
    expect(stands).to_contain_text("The tutor was started anew 1:15 ago. The robot has been away for 0:41.")
    expect(stands).to_contain_text("block 1 of 1, board 2 of 2")
    expect(page.locator("#facts")).to_contain_text("paused because the robot is away")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "console-broken-off.png", full_page=True)
    axe(page)
    page.get_by_role("button", name="Begin the block anew").click()
    dialog = page.get_by_role("dialog", name="Begin block 1 of P001 anew?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert host.desk.of("restart") == []
    page.get_by_role("button", name="Begin the block anew").click()
    dialog.get_by_role("button", name="Begin it anew").click()
    expect(page.locator("#care-said")).to_have_text("The block begins anew.")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert [one["participant"] for one in host.desk.of("restart")] == ["P001"]


@pytest.mark.parametrize("phase", ["baseline", "consent", "ended"])
def test_a_block_that_is_not_open_cannot_begin_anew(opened: Callable[..., Any], phase: str) -> None:
    page, host, sessions = opened()
    sessions[0].phase = phase
    pick(page)
    button = page.get_by_role("button", name="Begin the block anew")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert host.desk.of("restart") == []


def test_a_note_is_about_the_moment_writing_began_and_stays_with_its_session(
    opened: Callable[..., Any],
) -> None:
    page, host, _ = opened()
    pick(page)
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("looks out of the window, 1 2 3")
    expect(page.locator("#note-about")).to_have_text("About 2:05, when you began to write.")
    pick(page, "P002")
    expect(page.locator("#note-text")).to_have_value("")
    pick(page, "P001")
    expect(page.locator("#note-text")).to_have_value("looks out of the window, 1 2 3")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#care-error")).to_contain_text("Say who you are")
    page.get_by_label("You are").fill("E1")
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#care-said")).to_have_text("Note kept, about 2:05.")
    expect(page.locator("#note-text")).to_have_value("")
    (kept,) = host.desk.of("note")
    assert (kept["participant"], kept["observer"]) == ("P001", "E1")
    assert kept["text"] == "looks out of the window, 1 2 3"
    assert kept["began_ago_s"] >= 1.0


# ---------------------------------------------------------------- the wizard's further controls


def test_a_proposal_is_raised_or_lowered_with_a_reason_and_a_delay(opened: Callable[..., Any]) -> None:
    page, host, sessions = opened()
    sessions[2].propose(2)
    pick(page, "P003")
    wizard = page.locator("#wizard")
    expect(wizard.get_by_role("button", name="Raise")).to_be_enabled()
    wizard.get_by_label("Reason").select_option("too_weak")
    wizard.get_by_label("When").select_option("10")
    wizard.get_by_role("button", name="Raise").click()
    until(page, lambda: len(host.desk.of("wizard")) == 1, "it was chosen")
    assert host.desk.of("wizard")[0] == {
        "participant": "P003",
        "level": 3,
        "reason": "too_weak",
        "delay_s": 10.0,
    }
    expect(wizard.get_by_label("Reason")).to_have_value("")
    expect(wizard.get_by_label("When")).to_have_value("")
    sessions[2].propose(2, trigger_id="T2")
    expect(page.locator("#proposal")).to_contain_text("SUGGESTION")
    page.locator("#machine").focus()
    page.wait_for_timeout(700)
    page.keyboard.press("-")
    until(page, lambda: len(host.desk.of("wizard")) == 2, "it was lowered by key")
    assert (host.desk.of("wizard")[1]["level"], host.desk.of("wizard")[1]["delay_s"]) == (1, None)
    sessions[2].propose(1, trigger_id="T3")
    expect(page.locator("#proposal")).to_contain_text("NOTIFICATION")
    expect(wizard.get_by_role("button", name="Lower")).to_be_disabled()
    sessions[2].propose(3, trigger_id="T4")
    expect(wizard.get_by_role("button", name="Raise")).to_be_disabled()


def test_a_line_is_prepared_or_typed_and_a_refusal_is_said(opened: Callable[..., Any]) -> None:
    page, host, sessions = opened()
    sessions[2].wizard["agreement"] = {"n": 4, "share": 0.75, "kappa": 0.6}
    pick(page, "P003")
    expect(page.locator("#kappa")).to_have_text("As proposed in 75 % of 4, kappa 0.60.")
    page.get_by_label("Line").select_option("take-your-time")
    page.get_by_role("button", name="Have it said").click()
    expect(page.locator("#said")).to_have_text("P003 hears: Take your time. There is no hurry.")
    page.get_by_label("or in your words").fill("Nearly there!")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("P003 hears: Nearly there!")
    assert [(one["prepared"], one["text"]) for one in host.desk.of("line")] == [
        ("take-your-time", None),
        (None, "Nearly there!"),
    ]
    sessions[2].surface = None
    page.get_by_label("or in your words").fill("Hello?")
    page.keyboard.press("Enter")
    expect(page.locator("#wizard-error")).to_contain_text("Nobody listens")
    expect(page.get_by_label("or in your words")).to_have_value("Hello?")


# ---------------------------------------------------------------- keys, blinding, looks


def test_keys_walk_through_the_sessions_and_help_lists_them(opened: Callable[..., Any]) -> None:
    page, host, _ = opened()
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    expect(help_).to_be_visible()
    page.keyboard.press("j")  # nothing happens behind an open dialog
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    expect(page.locator("#machine")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Session P002")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Session P001")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Session P002")).to_be_visible()
    page.keyboard.press("p")
    until(page, lambda: len(host.desk.of("hold")) == 1, "it was paused")
    page.keyboard.press("Escape")
    expect(page.locator("#machine")).to_be_hidden()


def test_a_blinded_console_shows_no_condition_and_unblinding_asks_first(
    opened: Callable[..., Any], screenshot: Callable[[Page, str], None]
) -> None:
    page, _, _ = opened()
    expect(page.get_by_role("columnheader", name="Condition")).to_be_visible()
    page.get_by_role("button", name="Hide conditions").click()
    expect(page.locator("#blinded")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Condition")).to_be_hidden()
    pick(page, "P003")
    for words in ("WZ", "suggestion", "Initiative", "no camera"):
        expect(page.get_by_text(words, exact=True).locator("visible=true")).to_have_count(0)
    expect(page.locator("#wizard")).to_be_hidden()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    screenshot(page, "desktop-light-console-blinded")
    axe(page)
    page.get_by_role("button", name="Show conditions").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#blinded")).to_be_visible()
    page.get_by_role("button", name="Show conditions").click()
    expect(page.get_by_role("dialog")).to_contain_text("audit log")
    page.get_by_role("button", name="Show them").click()
    expect(page.locator("#blinded")).to_be_hidden()
    expect(page.locator("#rows")).to_contain_text("WZ")


@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_console_is_accessible_and_fits_the_screen(
    opened: Callable[..., Any], screenshot: Callable[[Page, str], None], device: str, dark: bool
) -> None:
    width, height = SIZES[device]
    page, host, sessions = opened(
        phone=device == "phone", width=width, height=height, dark=dark, reduced_motion=True
    )
    host.desk.agreed = [
        {
            "observers": ["O1", "O2"],
            "affect": {"n": 12, "share": 0.83, "kappa": 0.71},
            "behaviour": {"n": 12, "share": 1.0, "kappa": None},
        }
    ]
    sessions[2].propose(2)
    expect(page.locator("#agreements li")).to_have_text(
        "O1 and O2: affect: kappa 0.71, alike in 83 % of 12; "
        "behaviour: no kappa (one code throughout), alike in 100 % of 12."
    )
    name = f"{device}-{'dark' if dark else 'light'}-console"
    screenshot(page, f"{name}-table")
    axe(page)
    pick(page, "P001")
    page.locator("#care").scroll_into_view_if_needed()
    screenshot(page, f"{name}-panel")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("document.getAnimations().length") == 0
    page.keyboard.press("?")
    screenshot(page, f"{name}-keys")
    axe(page)
