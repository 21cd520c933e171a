"""The study's two questions over a board: a dialog that takes nothing away, and goes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import card, sort_all, tab_to, to_task, uncovered, until
from tests.browser.stub_host import CARDS, ITEMS, StubSession, StubSitting
from tests.browser.test_page_access import TOO_SMALL, TOO_WIDE
from tutorbot.errors import BadInput

pytestmark = pytest.mark.browser

TITLE = "Two questions from the study"


@pytest.fixture
def stub(make_stub: Callable[..., Any]) -> Any:
    return make_stub()


def only(host: Any) -> StubSession:
    (session,) = host.sessions.values()
    return session  # type: ignore[no-any-return]


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name=TITLE)


def ask(stub: Any, page: Page, probe_id: str = "V1") -> None:
    """The study asks, and the page shows it."""
    serving, host, _ = stub
    serving.run(only(host).ask(probe_id))
    expect(dialog(page)).to_be_visible()


def withdraw(stub: Any) -> None:
    serving, host, _ = stub
    serving.run(only(host).ask(None))


def answers(stub: Any) -> list[tuple[str, int | None, int | None]]:
    _, host, _ = stub
    sent = only(host).of_type("check_in")
    return [(one["probe_id"], one["confused"], one["frustrated"]) for one in sent]


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'input[name="{name}"][value="{value}"]').check()


def spoken_names(page: Page) -> set[str]:
    """Names in the tree that the browser gives to a screen reader."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return {str(node.get("name", {}).get("value")) for node in nodes if not node["ignored"]}


def test_the_questions_are_a_named_dialog_of_the_study_and_not_of_the_tutor(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    ask(stub, page)
    expect(page.get_by_role("heading", name=TITLE)).to_be_focused()
    expect(dialog(page)).to_have_accessible_description(
        "There are no right or wrong answers. The tutor does not use them."
    )
    for question in ("How confused did you feel just now?", "How frustrated did you feel just now?"):
        group = dialog(page).get_by_role("group", name=question)
        expect(group.get_by_role("radio")).to_have_count(6)
        for radio in group.get_by_role("radio").all():
            expect(radio).not_to_be_checked()
        expect(group.get_by_role("radio", name="1, not at all")).to_be_visible()
        expect(group.get_by_role("radio", name="5, completely")).to_be_visible()
        expect(group.get_by_role("radio", name="Pass")).to_be_visible()
    expect(dialog(page).locator("svg, .face")).to_have_count(0)
    assert "?" not in page.get_by_role("log").inner_text(), "the tutor did not say it"


def test_they_are_answered_by_keyboard_alone_and_the_focus_goes_back_to_its_card(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    card(page, CARDS[3]).focus()
    ask(stub, page)
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="4", exact=True).first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("2")
    expect(page.locator('input[name="frustrated"][value="2"]')).to_be_checked()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    expect(card(page, CARDS[3])).to_be_focused()
    assert answers(stub) == [("V1", 4, 2)]
    page.keyboard.press("ArrowRight")
    expect(card(page, CARDS[3])).to_have_attribute("data-box", "right")


def test_arrows_move_through_the_numbers_and_send_nothing(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    ask(stub, page)
    tab_to(page, "input[name=confused]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "input[name=frustrated]")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Pass").last).to_be_checked()
    assert answers(stub) == []
    tab_to(page, "#check-in-form button[type=submit]")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    assert answers(stub) == [("V1", 2, None)]


def test_sending_wants_a_number_or_a_pass_for_each(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    ask(stub, page)
    choose(page, "confused", "3")
    dialog(page).get_by_role("button", name="Send").click()
    expect(dialog(page).get_by_role("alert")).to_have_text(
        "Please choose a number or Pass for each question."
    )
    expect(page.locator('input[name="frustrated"]').first).to_be_focused()
    assert answers(stub) == []
    choose(page, "frustrated", "")
    expect(dialog(page).get_by_role("alert")).to_be_empty()
    dialog(page).get_by_role("button", name="Send").click()
    expect(dialog(page)).to_be_hidden()
    assert answers(stub) == [("V1", 3, None)]


def test_both_are_passed_over_with_one_press_also_after_a_number(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    ask(stub, page)
    choose(page, "confused", "3")
    dialog(page).get_by_role("button", name="Pass on both").click()
    expect(dialog(page)).to_be_hidden()
    assert answers(stub) == [("V1", None, None)]
    ask(stub, page, "V2")
    expect(dialog(page).locator("input:checked")).to_have_count(0)


def test_escape_takes_nothing_away(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    sort_all(page)
    ask(stub, page)
    choose(page, "confused", "3")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_visible()
    expect(page.locator('input[name="confused"][value="3"]')).to_be_checked()
    withdraw(stub)
    expect(dialog(page)).to_be_hidden()
    expect(card(page, CARDS[1])).to_have_attribute("data-box", "right")
    assert answers(stub) == []


def test_board_and_conversation_rest_while_it_is_open(stub: Any, browser_page: Callable[..., Page]) -> None:
    _, host, _ = stub
    page = browser_page()
    to_task(page, stub[0].url)
    frame = card(page, CARDS[1]).bounding_box()
    assert frame is not None
    card(page, CARDS[1]).focus()
    ask(stub, page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    page.mouse.click(frame["x"] + 20, frame["y"] + 20)
    page.mouse.down()
    page.mouse.move(frame["x"] + 300, frame["y"] + 400)
    page.mouse.up()
    page.keyboard.type("hello")
    for selector in ('[data-card="large-red-circle"]', "#check", "#say", "#stuck", "#log"):
        page.evaluate("(one) => document.querySelector(one).focus()", selector)
        assert not page.evaluate("(one) => document.activeElement.matches(one)", selector), selector
    names = spoken_names(page)
    assert "2" in names
    assert "End now" in names
    assert not {"large red circle, not sorted yet", "Check the board", "I'm stuck"} & names
    withdraw(stub)
    expect(dialog(page)).to_be_hidden()
    expect(page.get_by_label("Write to the tutor")).to_have_value("")
    expect(page.locator('[aria-pressed="true"]')).to_have_count(0)
    assert [kind for kind in ("place", "check", "say", "stuck") if only(host).of_type(kind)] == []
    card(page, CARDS[1]).click()
    expect(card(page, CARDS[1])).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (320, 568), (844, 390)])
def test_the_break_and_the_end_stay_within_reach(
    stub: Any, browser_page: Callable[..., Page], width: int, height: int
) -> None:
    _, host, _ = stub
    page = browser_page(phone=width < 1000, width=width, height=height)
    to_task(page, stub[0].url)
    ask(stub, page)
    tab_to(page, "#check-in-pass")
    tab_to(page, "#pause")
    tab_to(page, "#end-now")
    assert uncovered(page.locator("#pause"))
    page.get_by_role("button", name="End now").click()
    page.get_by_role("button", name="Keep going").click()
    expect(dialog(page)).to_be_visible()
    tab_to(page, "#check-in-pass")
    page.locator("#pause").click()
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#pause")).to_be_focused()
    until(page, lambda: len(only(host).of_type("pause")) == 1, "the break")
    assert answers(stub) == []
    page.keyboard.press("Alt+p")
    until(page, lambda: len(only(host).of_type("pause")) == 2, "the end of the break")
    ask(stub, page, "V2")
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog", name="End the session now?").get_by_role("button", name="End now").click()
    expect(page.locator("#ended-title")).to_be_focused()
    expect(dialog(page)).to_be_hidden()


def test_it_goes_by_itself_and_says_nothing(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_task(page, stub[0].url)
    expect(page.get_by_role("log")).to_contain_text("Hello!")
    page.evaluate(
        """() => {
          window.spoken = [];
          new MutationObserver((changes) => {
            for (const { target } of changes) {
              const element = target.closest ? target : target.parentElement;
              const live = element.closest("[role=status], [role=alert], [role=log]");
              if (live) window.spoken.push(live.id);
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    card(page, CARDS[2]).focus()
    ask(stub, page)
    choose(page, "confused", "5")
    withdraw(stub)
    expect(dialog(page)).to_be_hidden()
    expect(card(page, CARDS[2])).to_be_focused()
    assert page.evaluate("window.spoken") == []
    assert answers(stub) == []


def test_it_goes_with_the_board(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    ask(stub, page)

    async def over() -> None:
        only(host).asked = None
        only(host).phase = "probe"
        await only(host).surface.show(only(host).view())  # type: ignore[union-attr]

    serving.run(over())
    expect(page.locator("#probe-title")).to_be_focused()
    expect(dialog(page)).to_be_hidden()
    page.locator('input[name="trust"][value="4"]').check()


def test_it_waits_for_the_end_of_a_word_and_of_a_drag(stub: Any, browser_page: Callable[..., Page]) -> None:
    serving, host, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    box = page.get_by_label("Write to the tutor")
    box.press_sequentially("what is")
    serving.run(only(host).ask("V1"))
    box.press_sequentially(" this 5")
    expect(dialog(page)).to_be_hidden()
    expect(dialog(page)).to_be_visible()
    expect(box).to_have_value("what is this 5")
    expect(dialog(page).locator("input:checked")).to_have_count(0)
    dialog(page).get_by_role("button", name="Pass on both").click()
    expect(box).to_be_focused()
    card(page, CARDS[1]).hover()
    page.mouse.down()
    page.locator('.place[data-box="right"]').hover()
    serving.run(only(host).ask("V2"))
    page.wait_for_timeout(400)
    expect(dialog(page)).to_be_hidden()
    page.mouse.up()
    expect(dialog(page)).to_be_visible()
    expect(card(page, CARDS[1])).to_have_attribute("data-box", "right")


def test_an_answer_is_kept_while_the_line_is_down_and_survives_a_reload(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = stub
    page = browser_page()
    to_task(page, serving.url)
    ask(stub, page)
    serving.stop()
    expect(page.locator("#connection")).to_contain_text("Connection lost")
    page.keyboard.press("5")
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    waiting = (
        "Object.entries(sessionStorage).filter(([name]) => name.endsWith(':waiting')).map(([, kept]) => kept)"
    )
    (kept,) = page.evaluate(waiting)
    assert '"type":"check_in"' in kept
    serving.start()
    page.reload()
    until(page, lambda: len(answers(stub)) == 1, "the answer")
    expect(page.locator("#task")).to_be_visible()
    expect(dialog(page)).to_be_hidden()
    until(page, lambda: page.evaluate(waiting) == ["[]"], "its acknowledgement")
    page.reload()
    expect(page.locator("#task")).to_be_visible()
    assert answers(stub) == [("V1", 5, 1)]


def test_an_answer_that_could_not_be_stored_is_asked_for_again_as_it_was(
    stub: Any, browser_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: StubSitting, message: Any) -> None:
        raise BadInput("The log is full.", remedy="Tell the study team.")

    monkeypatch.setattr(StubSitting, "_check_in", refuse)
    page = browser_page()
    to_task(page, stub[0].url)
    ask(stub, page)
    choose(page, "confused", "2")
    choose(page, "frustrated", "3")
    dialog(page).get_by_role("button", name="Send").click()
    expect(page.locator("#alerts")).to_contain_text("The log is full.")
    expect(dialog(page)).to_be_visible()
    expect(page.locator('input[name="frustrated"][value="3"]')).to_be_checked()


def test_by_finger_on_a_phone_and_the_board_is_where_it_was(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page(phone=True)
    to_task(page, stub[0].url)
    page.evaluate("scrollTo(0, 300)")
    until(page, lambda: page.evaluate("scrollY") == 300, "scrolled")
    ask(stub, page)
    expect(dialog(page).get_by_role("button", name="Pass on both")).to_be_in_viewport(ratio=1)
    page.locator('label:has(input[name="confused"][value="4"])').tap()
    page.locator('label:has(input[name="frustrated"][value=""])').tap()
    dialog(page).get_by_role("button", name="Send").tap()
    expect(dialog(page)).to_be_hidden()
    assert page.evaluate("scrollY") == 300
    until(page, lambda: answers(stub) == [("V1", 4, None)], "the answer")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_it_has_no_axe_violation_in_either_scheme(
    stub: Any, browser_page: Callable[..., Page], screenshot: Callable[[Page, str], None], phone: bool
) -> None:
    page = browser_page(phone=phone, reduced_motion=True)
    to_task(page, stub[0].url)
    sort_all(page)
    ask(stub, page)
    choose(page, "confused", "4")
    for name in ("check-in", "check-in-incomplete"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"{'phone' if phone else 'desktop'}-{scheme}-{name}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"
        dialog(page).get_by_role("button", name="Send").click()
        expect(dialog(page).get_by_role("alert")).not_to_be_empty()
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize(("width", "height"), [(360, 640), (320, 568), (844, 390)])
def test_it_scrolls_nowhere_sideways_and_every_target_is_large_enough(
    stub: Any,
    browser_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
    width: int,
    height: int,
) -> None:
    page = browser_page(phone=True, width=width, height=height)
    to_task(page, stub[0].url)
    ask(stub, page)
    screenshot(page, f"{width}x{height}-light-check-in")
    assert page.evaluate(TOO_WIDE) <= 0
    assert page.evaluate(TOO_SMALL) == []
    box = dialog(page).bounding_box()
    assert box is not None
    assert box["x"] >= 8
    assert box["x"] + box["width"] <= width - 8
    for name in ("Send", "Pass on both"):
        button = dialog(page).get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        assert uncovered(button), name
    assert only(stub[1]).item == ITEMS.index("board-1")
