"""What the console tells so that nothing is missed: ends, parts, levels barred, notes not saved yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.driving import until
from tests.browser.test_page_wizard import SIZES, Nobody
from tutorbot.adapters.web.passwords import new_password, password_hash
from tutorbot.errors import LogUnwritable

pytestmark = pytest.mark.browser

PARTS = {
    "now": 2,
    "order": [
        {"condition": "C0", "cell": "help=none", "n_blocks": 1},
        {"condition": "WZ", "cell": "help=wizard", "n_blocks": 2},
        {"condition": "AD", "cell": "help=adaptive", "n_blocks": 1},
    ],
}


@pytest.fixture
def opened(make_stub: Callable[..., Any], browser_page: Callable[..., Page]) -> Callable[..., Any]:
    """The console with three sessions: one at work, one that has ended, one of WZ in a within design."""

    def open_console(
        *, standing: Any = None, study_broken: Any = None, **how: Any
    ) -> tuple[Page, Any, list[Any]]:
        serving, host, keys = make_stub()
        host.desk.standing, host.desk.study_broken = standing, study_broken
        for _ in range(3):
            serving.run(host.join())
        sessions = list(host.sessions.values())
        for session in sessions:
            session.phase, session.surface = "task", Nobody()
        sessions[1].phase, sessions[1].ended_by = "ended", "stopped_by_learner"
        sessions[1].ended_how = "stopped by the learner"
        sessions[2].under_wizard()
        sessions[2].parts = PARTS
        page = browser_page(**how)
        page.goto(f"{serving.url}/console?token={keys.issue()}")
        expect(page.locator("#rows tr")).to_have_count(3)
        return page, host, sessions

    return open_console


def pick(page: Page, participant: str = "P001") -> None:
    page.get_by_role("button", name=participant).click()
    expect(page.get_by_role("heading", name=f"Session {participant}")).to_be_visible()


def row(page: Page, participant: str) -> Any:
    return page.locator("#rows tr").filter(has_text=participant)


def blind(page: Page) -> None:
    page.get_by_role("button", name="Hide conditions").click()
    expect(page.locator("#blinded")).to_be_visible()


# ---------------------------------------------------------------- how it ended, and where it is


def test_the_list_and_the_panel_say_how_a_session_ended_to_who_is_blinded_too(
    opened: Callable[..., Any],
) -> None:
    page, _, _ = opened()
    expect(row(page, "P002")).to_contain_text("stopped by the learner")
    pick(page, "P002")
    expect(page.locator("#facts")).to_contain_text("stopped by the learner")
    blind(page)
    expect(row(page, "P002")).to_contain_text("stopped by the learner")


def test_a_page_that_is_away_says_for_how_long(opened: Callable[..., Any]) -> None:
    page, _, sessions = opened()
    sessions[0].surface, sessions[0].away_s = None, 125
    expect(row(page, "P001")).to_contain_text("page away 2:05")


def test_the_order_of_conditions_is_shown_with_the_part_it_is_in_and_not_to_who_is_blinded(
    opened: Callable[..., Any],
) -> None:
    page, _, sessions = opened()
    expect(row(page, "P003")).to_contain_text("part 2 of 3")
    pick(page, "P003")
    parts = page.get_by_role("list", name="Order of conditions").get_by_role("listitem")
    expect(parts).to_have_text(
        ["C0, over help=none, 1 block", "WZ, now help=wizard, 2 blocks", "AD help=adaptive, 1 block"]
    )
    expect(parts.nth(1)).to_have_attribute("aria-current", "step")
    sessions[2].parts = {**PARTS, "now": 3}
    expect(parts.nth(2)).to_have_attribute("aria-current", "step")
    pick(page, "P001")
    expect(page.locator("#order")).to_be_hidden()
    blind(page)
    pick(page, "P003")
    expect(page.locator("#order")).to_be_hidden()
    assert "help=adaptive" not in page.content().split("<tbody")[1].split("</tbody")[0]


# ---------------------------------------------------------------- the study as a whole


def standing(**changes: Any) -> dict[str, Any]:
    stop = {"n": 3, "people": 2, "mean": -0.5, "fall": 1.0, "least": 10}
    cells = [("help=none", 5, 1), ("help=notify", 4, 2), ("help=adaptive", 0, 0)]
    return {
        "completed": 9,
        "running": 3,
        "planned": 60,
        "full": False,
        "stop_reached": False,
        "cells": [{"cell": cell, "completed": done, "running": on} for cell, done, on in cells],
        "stop": stop,
        **changes,
    }


REACHED = standing(
    stop_reached=True, stop={"n": 12, "people": 9, "mean": -1.3, "fall": 1.0, "least": 10}, full=True
)


def test_the_study_s_line_counts_places_and_says_when_the_stop_rule_is_reached(
    opened: Callable[..., Any],
) -> None:
    page, _, _ = opened(standing=standing())
    expect(page.locator("#study-places")).to_have_text("Study: 9 of 60 planned completed, 3 running.")
    expect(page.locator("#study-cells li")).to_have_text(
        [
            "help=none: 5 completed, 1 running",
            "help=notify: 4 completed, 2 running",
            "help=adaptive: 0 completed, 0 running",
        ]
    )
    expect(page.locator("#study-stop")).to_contain_text("change so far -0.50 in 3 answers of 2 people.")
    expect(page.locator("#study-reached")).to_be_hidden()


def test_a_reached_stop_rule_is_an_alert_and_blinded_it_holds_no_count(opened: Callable[..., Any]) -> None:
    page, _, _ = opened(standing=REACHED)
    expect(page.locator("#study-places")).to_contain_text("All places are taken: newcomers are told so.")
    alert = page.locator("#study-reached")
    expect(alert).to_have_role("alert")
    expect(alert).to_contain_text("Stop rule reached: trust changed by -1.30 in 12 answers of 9 people")
    expect(alert).to_contain_text("Look at the study before it goes on.")
    blind(page)
    expect(alert).to_have_text("Stop rule reached. Look at the study before it goes on.")
    expect(page.locator("#study-places")).to_contain_text("9 of 60 planned completed")
    expect(page.locator("#study-cells li")).to_have_count(0)


def test_counts_that_cannot_be_read_are_said_to_be_so(opened: Callable[..., Any]) -> None:
    page, _, _ = opened(study_broken=LogUnwritable("The disk is gone.", remedy="Bring it back."))
    expect(page.locator("#study-places")).to_have_text("How the study stands cannot be read at the moment.")
    expect(page.locator("#rows tr")).to_have_count(3)


# ---------------------------------------------------------------- levels that cannot be chosen


def test_a_level_that_would_be_refused_is_off_with_the_reason_beside_it(opened: Callable[..., Any]) -> None:
    page, host, sessions = opened()
    pick(page, "P003")
    wizard = page.locator("#wizard")
    suggestion, intervention = (wizard.get_by_role("button", name=name) for name in ("Suggestion", "Interv"))
    expect(intervention).to_be_enabled()
    fallen = {"level": 3, "why": "trust had fallen too far after INTERVENTIONs", "left_s": None}
    sessions[2].wizard["limits"] = [fallen]
    expect(intervention).to_be_disabled()
    expect(suggestion).to_be_enabled()
    said = "Intervention cannot be chosen: trust had fallen too far after INTERVENTIONs."
    expect(page.locator("#barred li")).to_have_text([said])
    expect(intervention).to_have_attribute("title", f"Cannot be chosen: {fallen['why']}")
    expect(intervention).to_have_accessible_description(said)
    page.locator("#machine").focus()
    page.keyboard.press("3")
    rest = {"why": "too soon after the last act", "left_s": 8}
    sessions[2].wizard["limits"] = [{"level": 1, **rest}, {"level": 2, **rest}, fallen]
    expect(page.locator("#barred li")).to_have_text(
        [
            "Notification and Suggestion cannot be chosen, for 8 s more: too soon after the last act.",
            said,
        ]
    )
    expect(suggestion).to_be_disabled()
    wizard.get_by_label("When").select_option("10")  # by then the rest is over
    expect(suggestion).to_be_enabled()
    expect(intervention).to_be_disabled()
    suggestion.click()
    until(page, lambda: len(host.desk.of("wizard")) == 1, "it was put off")
    assert host.desk.of("wizard")[0]["level"] == 2
    sessions[2].wizard["can_choose"] = False  # one reason for all buttons says enough
    expect(page.locator("#barred li")).to_have_count(0)


def test_a_proposal_cannot_be_raised_to_a_level_that_is_barred(opened: Callable[..., Any]) -> None:
    page, _, sessions = opened()
    sessions[2].propose(2)
    sessions[2].wizard["limits"] = [{"level": 3, "why": "trust had fallen", "left_s": None}]
    pick(page, "P003")
    expect(page.locator("#wizard").get_by_role("button", name="Raise")).to_be_disabled()
    expect(page.locator("#wizard").get_by_role("button", name="Do it")).to_be_enabled()


# ---------------------------------------------------------------- notes that are not saved


def test_a_note_not_saved_is_marked_and_stays_when_the_panel_or_the_page_would_be_closed(
    opened: Callable[..., Any],
) -> None:
    page, host, _ = opened()
    pick(page)
    expect(page.locator("#note-unsaved")).to_be_hidden()
    page.locator("#note-text").fill("looks out of the window")
    expect(page.locator("#note-unsaved")).to_have_text("Not saved yet. About 2:05, when you began to write.")
    expect(page.locator("#unsaved")).to_have_text("A note is not saved yet: P001")
    expect(row(page, "P001").locator(".draft")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#unsaved")).to_have_text("A note is not saved yet: P001")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.reload()")
    until(page, lambda: asked == ["beforeunload"], "the browser asked before leaving")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("What you typed about P001 is not saved")
    page.get_by_role("button", name="Cancel").click()
    pick(page)
    expect(page.locator("#note-text")).to_have_value("looks out of the window")
    page.get_by_label("You are").fill("E1")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#care-said")).to_contain_text("Note kept")
    expect(page.locator("#note-unsaved")).to_be_hidden()
    expect(page.locator("#unsaved")).to_be_empty()
    expect(row(page, "P001").locator(".draft")).to_be_hidden()
    assert len(host.desk.of("note")) == 1
    page.reload()  # nobody asks any more
    expect(page.locator("#rows tr")).to_have_count(3)


def test_who_signs_out_all_the_same_loses_the_note_and_is_not_asked_twice(opened: Callable[..., Any]) -> None:
    page, _, _ = opened()
    pick(page)
    page.locator("#note-text").fill("looks out of the window")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="The console is closed")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_note_not_saved_outlasts_a_restart_and_a_sign_in_in_the_same_tab(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, keys = make_stub()
    password = new_password()
    keys.password = password_hash(password)
    serving.run(host.join())
    session = next(iter(host.sessions.values()))
    session.phase, session.surface = "task", Nobody()
    page = browser_page()
    page.goto(f"{serving.url}/console?token={keys.issue()}")
    pick(page)
    page.locator("#note-text").fill("looks out of the window")
    serving.stop()
    keys._visitors.clear()
    serving.start()
    expect(page.locator("#state")).to_contain_text("seems to have been restarted", timeout=15_000)
    expect(page.locator("#state")).to_contain_text("a new password")
    left = page.get_by_role("textbox", name="Note about P001, not saved")
    expect(left).to_have_value("looks out of the window")
    assert Axe().run(page).violations_count == 0
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#unsaved")).to_have_text("A note is not saved yet: P001")
    expect(left).to_have_count(0)
    pick(page)
    expect(page.locator("#note-text")).to_have_value("looks out of the window")
    page.get_by_label("You are").fill("E1")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#care-said")).to_contain_text("Note kept")
    assert [note["text"] for note in host.desk.of("note")] == ["looks out of the window"]
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.includes('note'))") == []
    assert page.evaluate("Object.values(localStorage)") == ["E1"]


def test_a_note_whose_session_is_gone_can_be_read_and_given_up(opened: Callable[..., Any]) -> None:
    page, host, _ = opened()
    pick(page)
    page.locator("#note-text").fill("looks out of the window")
    expect(page.locator("#left-notes")).to_be_hidden()
    host.sessions.pop(next(iter(host.sessions)))
    left = page.get_by_role("textbox", name="Note about P001, not saved")
    expect(left).to_have_value("looks out of the window")
    page.get_by_role("button", name="Give up the note about P001").click()
    page.get_by_role("dialog").get_by_role("button", name="Give it up").click()
    expect(page.locator("#left-notes")).to_be_hidden()
    expect(page.locator("#unsaved")).to_be_empty()


def test_a_mark_of_a_note_moves_no_column_and_the_chosen_row_differs_from_the_one_pointed_at(
    opened: Callable[..., Any],
) -> None:
    page, _, _ = opened(width=1280, height=800)
    pick(page, "P003")
    columns = "[...document.querySelectorAll('thead th')].map((one) => one.getBoundingClientRect().x)"
    before = page.evaluate(columns)
    page.locator("#note-text").fill("looks out of the window")
    expect(row(page, "P003").locator(".draft")).to_be_visible()
    assert page.evaluate(columns) == before
    row(page, "P001").hover()
    looks = "one => getComputedStyle(one).backgroundColor"
    assert row(page, "P001").evaluate(looks) != row(page, "P003").evaluate(looks)
    assert row(page, "P003").locator("th").evaluate("one => getComputedStyle(one).boxShadow") != "none"


def test_a_blinded_panel_says_that_parts_of_it_are_hidden_and_shows_none_of_them(
    opened: Callable[..., Any],
) -> None:
    page, _, _ = opened()
    pick(page, "P001")
    expect(page.locator("#hidden-parts")).to_be_hidden()
    expect(page.get_by_role("heading", name="Possible next moves")).to_be_visible()
    blind(page)
    expect(page.locator("#hidden-parts")).to_be_visible()
    for heading in ("Possible next moves", "Last moves", "Last acts", "Initiative"):
        expect(page.get_by_role("heading", name=heading)).to_have_count(0)


def test_without_an_answer_after_an_intervention_the_stop_rule_says_which_answer_is_meant(
    opened: Callable[..., Any],
) -> None:
    nothing = {"n": 0, "people": 0, "mean": None, "fall": 1.0, "least": 10}
    page, _, _ = opened(standing=standing(stop=nothing))
    expect(page.locator("#study-stop")).to_contain_text(": no trust answer after an intervention yet.")


# ---------------------------------------------------------------- as a whole


@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_of_it_is_accessible_and_fits_the_screen(
    opened: Callable[..., Any], screenshot: Callable[[Page, str], None], device: str, dark: bool
) -> None:
    width, height = SIZES[device]
    page, _, sessions = opened(
        phone=device == "phone",
        width=width,
        height=height,
        dark=dark,
        reduced_motion=True,
        standing=REACHED if dark else standing(),
    )
    sessions[0].surface, sessions[0].away_s = None, 725
    rest = {"why": "too soon after the last act", "left_s": 42}
    fallen = {"level": 3, "why": "trust had fallen too far after INTERVENTIONs", "left_s": None}
    sessions[2].wizard["limits"] = [{"level": 1, **rest}, {"level": 2, **rest}, fallen]
    pick(page, "P003")
    expect(page.locator("#barred li")).to_have_count(2)
    page.locator("#note-text").fill("looks out of the window")
    name = f"{device}-{'dark' if dark else 'light'}-console-told"
    page.evaluate("scrollTo(0, 0)")
    screenshot(page, f"{name}-table")
    page.locator("#machine").scroll_into_view_if_needed()
    page.locator("#panel-title").evaluate("one => one.scrollIntoView()")
    screenshot(page, f"{name}-panel")
    page.locator("#care").scroll_into_view_if_needed()
    screenshot(page, f"{name}-note")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
