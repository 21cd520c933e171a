"""What came of a board, and the two questions beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import (
    answer_probe,
    card,
    check,
    sort_all,
    tab_to,
    to_probe,
    to_task,
    uncovered,
    until,
)
from tests.browser.stub_host import CARDS, EXPLANATION, MOST_ATTEMPTS, StubSitting, wording

pytestmark = pytest.mark.browser

SOLVED, REVEALED = wording("item_solved"), wording("item_revealed")
SCALES = ('input[name="trust"][value="1"]', 'input[name="concentration"][value="5"]')


def to_revealed(page: Page, url: str) -> None:
    """From the link to the last board of the rule, shown as it belongs after the last check."""
    to_probe(page, url)
    answer_probe(page)
    expect(page.locator("#task")).to_be_visible()
    sort_all(page, wrongly=True)
    for _ in range(MOST_ATTEMPTS):
        check(page)
    expect(page.locator("#probe")).to_be_visible()


def in_box(page: Page, box: str) -> list[str]:
    """Names of the pictures in one box of the finished board."""
    pictures = page.locator(f'#result-board .place[data-box="{box}"]').get_by_role("img")
    return [picture.get_attribute("alt") or "" for picture in pictures.all()]


def test_a_solved_board_is_told_with_the_heading_that_has_the_focus(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page()
    to_probe(page, serving.url)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Board 1 is finished")
    expect(heading).to_be_focused()
    expect(heading).to_have_accessible_description(SOLVED)
    expect(page.locator("#result-feedback")).to_be_visible()
    expect(page.locator("#result-feedback")).to_have_attribute("data-tone", "good")
    expect(page.locator("#result-key")).to_be_empty()
    page.reload()
    expect(heading).to_have_accessible_description(SOLVED)


def test_a_finished_board_is_there_to_look_at_only(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub()
    page = browser_page()
    to_probe(page, serving.url)
    assert in_box(page, "left")[:2] == ["large red triangle, given", "large blue triangle, correct"]
    assert len(in_box(page, "left") + in_box(page, "right")) == len(CARDS)
    expect(page.get_by_role("group", name="The finished board").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("button", name="Check the board")).to_be_hidden()
    (session,) = host.sessions.values()
    moves = len(session.of_type("place"))
    page.locator("#result-board .card").last.click()
    page.keyboard.press("ArrowLeft")
    tab_to(page, "input[name=trust]", most=1)  # nothing on the board holds up the keyboard
    assert len(session.of_type("place")) == moves


def test_a_move_that_is_still_under_way_changes_nothing_on_a_finished_board(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(self: StubSitting, message: Any) -> None:
        await asyncio.Event().wait()

    serving, host, _ = make_stub()
    page = browser_page()
    to_task(page, serving.url)
    monkeypatch.setattr(StubSitting, "_place", never)
    card(page, CARDS[1]).focus()
    page.keyboard.press("ArrowLeft")
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, in left box")
    (session,) = host.sessions.values()
    StubSitting(session).finish("item_revealed", "info")
    serving.run(session.surface.show(session.view()))
    expect(page.locator("#probe")).to_be_visible()
    assert in_box(page, "right")[0] == "large red circle"


def test_a_board_that_was_shown_says_the_rule_and_which_cards_were_moved(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page()
    to_revealed(page, serving.url)
    expected = f"{REVEALED} {wording('block_done', explanation=EXPLANATION['en'])}"
    expect(page.locator("#result-feedback")).to_have_text(expected)
    expect(page.get_by_role("heading", level=1)).to_have_accessible_description(expected)
    assert in_box(page, "left") == [
        "large red triangle, given",
        "large blue triangle, correct",
        "small red triangle, correct",
        "small blue triangle, correct",
    ]
    assert {name.split(", ")[1] for name in in_box(page, "right")} == {"moved here"}
    expect(page.locator("#result-key")).to_have_text("correctmoved heregiven")
    badges = page.locator("#result-board .badge use").evaluate_all(
        "uses => uses.map(u => u.getAttribute('href').split('#')[1])"
    )
    assert badges == ["lock", "right", "right", "right"] + ["contrast"] * 4  # not by colour alone


def test_a_desktop_shows_result_board_and_both_questions_at_once(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page()
    to_revealed(page, serving.url)
    for selector in ("#result-feedback", "#result-board", "#probe-form", *SCALES):
        expect(page.locator(selector)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Continue")).to_be_in_viewport(ratio=1)


def test_a_phone_shows_the_result_and_takes_both_answers_without_scrolling(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub()
    page = browser_page(phone=True)
    to_probe(page, serving.url)
    expect(page.locator("#result-feedback")).to_be_in_viewport(ratio=1)
    proceed = page.get_by_role("button", name="Continue")
    for element in (*(page.locator(scale) for scale in SCALES), proceed):
        assert uncovered(element)
    for scale in SCALES:
        page.locator(scale).tap()
    proceed.tap()
    expect(page.locator("#task-title")).to_contain_text("Board 2")
    (session,) = host.sessions.values()
    (sent,) = session.of_type("probe")
    assert (sent["trust"], sent["concentration"]) == (1, 5)
    assert page.evaluate("scrollY") == 0


def test_a_phone_has_the_result_above_the_questions_when_there_is_much_to_say(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page(phone=True)
    to_revealed(page, serving.url)
    expect(page.locator("#result-feedback")).to_be_in_viewport(ratio=1)
    expect(page.locator("#result-board")).to_be_in_viewport(ratio=1)
    assert uncovered(page.locator(SCALES[0]))
    expect(page.get_by_text("How concentrated were you")).to_be_in_viewport(ratio=1)


def test_a_phone_brings_the_result_of_a_check_into_sight(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page(phone=True)
    to_task(page, serving.url)
    sort_all(page, wrongly=True)
    page.get_by_role("button", name="Check the board").tap()
    feedback = page.locator("#feedback")
    expect(feedback).to_contain_text("Correct so far: 4 of 8 cards")
    until(page, lambda: uncovered(feedback), "the feedback is in sight")


def test_the_next_board_starts_without_the_last_result(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page()
    to_probe(page, serving.url)
    answer_probe(page)
    expect(page.locator("#task-title")).to_be_focused()
    expect(page.get_by_text(SOLVED)).to_be_hidden()
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, not sorted yet")
