"""The way of a learner through a session, as a real browser shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import (
    agree,
    answer_probe,
    card,
    check,
    join,
    sort_all,
    tab_to,
    to_probe,
    to_task,
    until,
)
from tests.browser.stub_host import CARDS, ITEMS, StubSession, StubSitting
from tutorbot.errors import BadInput
from tutorbot.session.view import NO_CAMERA
from tutorbot.session.words import EN

pytestmark = pytest.mark.browser


@pytest.fixture
def stub(make_stub: Callable[..., Any]) -> Any:
    return make_stub()


def only(host: Any) -> StubSession:
    (session,) = host.sessions.values()
    return session  # type: ignore[no-any-return]


def test_nobody_starts_without_a_tick_and_the_page_says_where_it_is_missing(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    join(page, serving.url)
    for box in page.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_label("I have read this")).to_be_focused()
    expect(page.locator("#consent-error")).to_contain_text("Please tick this box")
    assert only(host).phase == "consent"
    agree(page)
    (sent,) = only(host).of_type("consent")
    assert (sent["participation"], sent["camera"], sent["version"]) == (True, False, "stub-1")


def test_who_does_not_want_to_take_part_is_thanked(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    join(page, serving.url)
    page.get_by_role("button", name="I do not want to take part").click()
    expect(page.get_by_role("heading", name="Thank you for your time")).to_be_focused()
    assert only(host).of_type("consent")[0]["participation"] is False


def test_a_study_without_camera_says_why_and_offers_no_tick(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub(camera=False)
    page = browser_page()
    join(page, serving.url)
    expect(page.locator("#consent-camera")).to_be_hidden()
    expect(page.locator("#consent-camera-note")).to_have_text(NO_CAMERA)
    agree(page)
    expect(page.locator("#sensing-text")).to_have_text("Camera not used")


def test_a_whole_session_by_keyboard_alone(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    page.goto(f"{serving.url}/join")
    expect(page.locator("#consent-title")).to_be_focused()
    tab_to(page, "#consent-participation")
    page.keyboard.press("Space")
    tab_to(page, "#consent-form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("#baseline-title")).to_be_focused()
    tab_to(page, "#baseline-done")
    page.keyboard.press("Enter")
    for item in ITEMS:
        expect(page.locator("#task-title")).to_be_focused()
        for name in CARDS[1:]:
            tab_to(page, f'[data-card="{name}"]') if name == CARDS[1] else card(page, name).focus()
            page.keyboard.press("l" if name.endswith("triangle") else "R")
            expect(card(page, name)).to_be_focused()
            box = "in left box" if name.endswith("triangle") else "in right box"
            expect(card(page, name)).to_have_accessible_name(f"{name.replace('-', ' ')}, {box}")
        tab_to(page, "#check")
        page.keyboard.press("Enter")
        expect(page.locator("#probe-title")).to_be_focused()
        tab_to(page, "input[name=trust]")
        page.keyboard.press("ArrowRight")
        tab_to(page, "input[name=concentration]")
        page.keyboard.press("Space")
        tab_to(page, "#probe-form button")
        page.keyboard.press("Enter")
        until(page, lambda item=item: len(only(host).of_type("probe")) == ITEMS.index(item) + 1, "probe")
    expect(page.locator("#ended-title")).to_be_focused()
    assert [(p["trust"], p["concentration"]) for p in only(host).of_type("probe")] == [(2, 1), (2, 1)]


def test_a_card_is_chosen_and_then_a_box_by_finger(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page(phone=True)
    to_task(page, serving.url)
    card(page, CARDS[1]).tap()
    expect(card(page, CARDS[1])).to_have_attribute("aria-pressed", "true")
    page.locator('.place[data-box="right"] .put').tap()
    expect(page.locator(f'.place[data-box="right"] [data-card="{CARDS[1]}"]')).to_be_visible()
    card(page, CARDS[1]).tap()
    page.get_by_role("button", name="Take back").tap()
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, not sorted yet")
    until(page, lambda: [p["box"] for p in only(host).of_type("place")] == ["right", "none"], "two moves")


def test_a_card_is_dragged_with_the_mouse_and_a_given_one_stays(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    for name in (CARDS[0], CARDS[1]):
        card(page, name).hover()
        page.mouse.down()
        page.locator('.place[data-box="right"] .cards').hover()
        page.mouse.up()
    until(page, lambda: len(only(host).of_type("place")) == 1, "one move")
    assert only(host).of_type("place")[0]["card_id"] == CARDS[1]
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, in right box")
    expect(card(page, CARDS[0])).to_have_accessible_name(
        "large red triangle, in left box, given as an example"
    )


def test_a_check_says_how_many_cards_are_in_place_and_not_which(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    sort_all(page, wrongly=True)
    check(page)
    expect(page.get_by_role("status").filter(has_text="Correct so far: 4 of 8 cards")).to_be_visible()
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, in left box")


def test_the_tutors_words_come_once_in_the_one_log_with_the_speaker_named(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    sort_all(page, wrongly=True)
    check(page)
    log = page.get_by_role("log")
    expect(log).to_have_count(1)
    expect(log.locator(".msg")).to_have_count(2)
    expect(log.locator(".msg").nth(1)).to_have_text(
        "Tutor: Compare these two cards. Shall I show what differs?"
    )
    page.get_by_role("button", name="Yes, please").click()
    expect(log.locator(".msg").nth(2)).to_have_text("You: Yes, please")
    expect(log.locator(".msg").nth(3)).to_have_text("Tutor: Look at the shape of the cards first.")
    expect(page.locator("#choices")).to_be_hidden()
    assert [said["text"] for said in only(host).of_type("say")] == ["Yes, please"]
    page.reload()
    expect(log.locator(".msg")).to_have_count(4)
    inside = page.evaluate(
        "document.querySelectorAll('[role=log] [aria-live], [role=log] [role=alert]').length"
    )
    assert inside == 0


def test_stuck_gives_a_hint_and_a_worked_step_that_can_be_undone(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    page.get_by_role("button", name="I'm stuck").click()
    expect(page.locator("#hint")).to_contain_text("Hint 1:")
    expect(card(page, CARDS[2])).to_have_accessible_name(
        "large blue triangle, not sorted yet, look at this card"
    )
    page.get_by_role("button", name="I'm stuck").click()
    expect(card(page, CARDS[2])).to_have_accessible_name(
        "large blue triangle, in left box, placed by the tutor"
    )
    page.get_by_role("button", name="Undo this step").click()
    expect(card(page, CARDS[2])).to_have_accessible_name("large blue triangle, not sorted yet")
    assert only(host).of_type("undo")[0]["act_id"] == "A2"


def test_help_stays_at_its_place_in_every_phase_with_the_tutor(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    stuck = page.get_by_role("button", name="I'm stuck")
    before = stuck.bounding_box()
    sort_all(page)
    check(page)
    expect(page.locator("#probe")).to_be_visible()
    assert stuck.bounding_box() == before


def test_a_text_of_20_kb_is_refused_and_stays_in_the_box(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    box = page.get_by_label("Write to the tutor")
    box.fill("x" * 20_000)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("20000 characters; the tutor reads at most 2000")
    expect(box).to_have_value("x" * 20_000)
    page.get_by_role("button", name="Close this message").click()
    expect(page.get_by_role("alert")).to_be_empty()
    assert only(host).of_type("say") == []


def test_what_the_server_does_not_take_comes_back_into_the_box(
    stub: Any, browser_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: StubSitting, message: Any) -> None:
        raise BadInput("The log is full.", remedy="Tell the study team.")

    monkeypatch.setattr(StubSitting, "_say", refuse)
    serving, _, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    box = page.get_by_label("Write to the tutor")
    box.fill("why is this one wrong?")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The log is full. Tell the study team.")
    expect(box).to_have_value("why is this one wrong?")


def test_the_page_says_when_the_tutor_cannot_talk(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    session = only(host)
    session.available = False
    serving.run(session.surface.show(session.view()))
    expect(page.locator("#tutor-note")).to_have_text(EN.dialogue_down)
    session.available = True
    serving.run(session.surface.show(session.view()))
    expect(page.locator("#tutor-note")).to_have_text("Here when you need help")


def test_the_end_is_asked_about_and_keep_going_keeps_going(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    page.get_by_role("button", name="End now").click()
    expect(page.get_by_role("button", name="Keep going")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert only(host).of_type("end") == []
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    expect(page.locator("#ended")).to_contain_text("This study looks at when a tutor should speak up")


def test_the_two_questions_want_both_answers(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_probe(page, serving.url)
    page.locator("#probe").get_by_role("button", name="Continue").click()
    expect(page.locator("#probe-error")).to_have_text("Please choose a number for both questions.")
    answer_probe(page)
    expect(page.locator("#task-title")).to_contain_text("Board 2")
    assert only(host).of_type("probe")[0]["item_id"] == ITEMS[0]


def test_nothing_is_lost_while_the_server_is_started_anew(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    serving.stop()
    banner = page.locator("#connection")
    expect(banner).to_contain_text("Connection lost, trying again")
    card(page, CARDS[1]).focus()
    page.keyboard.press("ArrowRight")
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, in right box")
    page.get_by_label("Write to the tutor").fill("are you there?")
    page.keyboard.press("Enter")
    expect(page.locator("#pending")).to_contain_text("Sending: are you there?")
    serving.start()
    expect(banner).to_be_empty()
    expect(page.get_by_role("log")).to_contain_text("You: are you there?")
    expect(page.locator("#pending")).to_be_empty()
    assert len(only(host).of_type("place")) == 1
    assert len(only(host).of_type("say")) == 1


def test_a_reload_in_the_middle_shows_the_same_board(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, _, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    sort_all(page)
    page.reload()
    expect(card(page, CARDS[1])).to_have_accessible_name("large red circle, in right box")
    expect(page.get_by_role("button", name="Check the board")).to_be_enabled()


def test_a_second_tab_is_sent_back_to_the_first(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, _, _ = stub
    first, second = browser_page(), browser_page()
    to_task(first, serving.url)
    second.goto(first.url)
    expect(second.get_by_role("heading", name="Your session is open in another tab")).to_be_visible()
    expect(second.locator("#waiting-remedy")).to_contain_text("go back to that tab")
    card(first, CARDS[1]).focus()
    first.keyboard.press("ArrowRight")
    expect(card(first, CARDS[1])).to_have_accessible_name("large red circle, in right box")
    first.close()
    second.get_by_role("button", name="Try again").click()
    expect(card(second, CARDS[1])).to_have_accessible_name("large red circle, in right box")


def test_an_unknown_link_is_explained(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, _, _ = stub
    page = browser_page()
    page.goto(f"{serving.url}/p/no-such-link")
    expect(page.get_by_role("heading", name="This link is not known")).to_be_visible()
    expect(page.locator("#waiting-remedy")).to_contain_text("Check that the link is complete")


def test_leaving_the_window_and_coming_back_is_told(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    page.evaluate(
        """() => {
          document.hasFocus = () => window.inFront;
          for (const inFront of [false, true]) {
            window.inFront = inFront;
            window.dispatchEvent(new Event(inFront ? "focus" : "blur"));
          }
        }"""
    )
    until(page, lambda: [a["state"] for a in only(host).of_type("attention")] == ["left", "returned"], "both")


def test_the_console_opens_once_and_shows_no_words(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, keys = stub
    page = browser_page()
    serving.run(host.join())
    page.goto(f"{serving.url}/console?token={keys.issue()}")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("P001")
    expect(row).to_contain_text("suggestion · repeated errors · no reaction yet, at 1:02")
    assert "token" not in page.url
    next(iter(host.sessions.values())).phase = "task"
    expect(row).to_contain_text("task")
