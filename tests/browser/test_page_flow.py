"""Around the lesson: questionnaires that lose nothing, the check of the device, the steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import join, until
from tests.browser.stub_flow import StubSheet
from tests.browser.stub_host import StubSession

pytestmark = pytest.mark.browser


@pytest.fixture
def stub(make_stub: Callable[..., Any]) -> Any:
    return make_stub(flow=True, baseline_s=0.3)


def only(stub: Any) -> StubSession:
    (session,) = stub[1].sessions.values()
    return session  # type: ignore[no-any-return]


def to_check(page: Page, stub: Any, *, camera: bool = False) -> None:
    join(page, stub[0].url)
    page.locator("#consent-participation").check()
    if camera:
        page.locator("#consent-camera").check()
    page.locator("#consent-form").get_by_role("button").first.click()
    expect(page.locator("#device-check")).to_be_visible()


def to_questions(page: Page, stub: Any) -> None:
    to_check(page, stub)
    page.locator("#check-next").click()
    expect(page.locator("#questions")).to_be_visible()


def item(page: Page, name: str) -> Locator:
    return page.locator(f'[data-item="{name}"]')


def choose(page: Page, name: str, value: str) -> None:
    item(page, name).locator(f'input[value="{value}"]').check()


def answer_required(page: Page) -> None:
    """All that must be answered in the first questionnaire."""
    choose(page, "machines", "6")
    item(page, "warned").get_by_label("Does not apply").check()
    choose(page, "games", "3")
    item(page, "load").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    item(page, "age").get_by_role("textbox").fill("31")
    choose(page, "sight", "yes")


def lies(page: Page) -> Any:
    """How far down the page its last button lies, in CSS px."""
    return page.locator("#questions-next").evaluate("(one) => one.getBoundingClientRect().top + scrollY")


def newest(session: StubSession) -> dict[str, tuple[Any, ...]]:
    """The newest answer to each item, as it was sent."""
    return {
        one["item_id"]: (one["value"], one["choice"], one["text"], one["not_applicable"])
        for one in session.of_type("answer")
    }


def test_an_answer_to_an_optional_item_moves_nothing_below_it(
    stub: Any, browser_page: Callable[..., Page], screenshot: Callable[[Page, str], None]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    clear = item(page, "devices").locator(".clear")
    expect(clear).to_be_hidden()
    before = lies(page)
    choose(page, "devices", "phone")
    expect(clear).to_be_visible()
    assert lies(page) == before
    screenshot(page, "desktop-light-clear")


def test_every_kind_of_answer_is_sent_as_it_is_given(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_questions(page, stub)
    answer_required(page)
    choose(page, "devices", "phone")
    choose(page, "devices", "robot")
    item(page, "remarks").get_by_role("textbox").fill("Ünd nun?\nDoch.")
    session = only(stub)
    until(page, lambda: "remarks" in newest(session), "the text is saved by itself")
    assert newest(session) == {
        "machines": (6, None, None, False),
        "warned": (None, None, None, True),
        "games": (3, None, None, False),
        "load": (55, None, None, False),
        "age": (31, None, None, False),
        "sight": (None, "yes", None, False),
        "devices": (None, "phone robot", None, False),
        "remarks": (None, None, "Ünd nun?\nDoch.", False),
    }
    first = session.of_type("answer")[0]
    assert (first["instrument"], first["part"], first["block"]) == ("about-you", "pre", None)
    times = [one["response_ms"] for one in session.of_type("answer")]
    assert times == sorted(times)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#baseline")).to_be_visible()


def test_what_is_missing_is_named_and_the_first_of_it_has_the_focus(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    choose(page, "machines", "2")
    page.get_by_role("button", name="Continue").click()
    missing = page.locator("#questions-missing")
    expect(missing).to_contain_text("5 questions still need an answer")
    expect(missing.get_by_role("button")).to_have_count(5)
    expect(item(page, "warned").get_by_role("radio", name="1, not at all")).to_be_focused()
    expect(item(page, "warned")).to_have_accessible_description(
        "Please answer this question, or tick that it does not apply."
    )
    missing.get_by_role("button", name="How old are you?").click()
    expect(item(page, "age").get_by_role("textbox")).to_be_focused()
    page.keyboard.type("31")
    page.keyboard.press("Tab")
    expect(missing).to_contain_text("4 questions still need an answer")
    assert only(stub).of_type("questions_done") == []


def test_what_may_be_left_open_is_asked_about_once_and_may_stay_open(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    answer_required(page)
    page.get_by_role("button", name="Continue").click()
    dialog = page.get_by_role("dialog", name="Go on without these answers?")
    expect(dialog).to_contain_text("2 questions are still open")
    dialog.get_by_role("button", name="Back to the questions").click()
    expect(item(page, "devices").get_by_role("checkbox").first).to_be_focused()
    page.get_by_role("button", name="Continue").click()
    dialog.get_by_role("button", name="Go on without them").click()
    expect(page.locator("#baseline")).to_be_visible()
    assert not {"devices", "remarks"} & set(newest(only(stub)))


def test_a_slider_that_nobody_touched_is_no_answer(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_questions(page, stub)
    slider = item(page, "load").get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "not yet answered")
    slider.focus()
    page.keyboard.press("Tab")
    assert "load" not in newest(only(stub))
    # A press on the very place where the thumb lies is an answer, and so is Enter.
    slider.focus()
    page.keyboard.press("Enter")
    until(page, lambda: "load" in newest(only(stub)), "the middle was chosen")
    assert newest(only(stub))["load"][0] == 50
    expect(slider).to_have_attribute("aria-valuetext", "50")
    page.keyboard.press("End")
    until(page, lambda: newest(only(stub))["load"][0] == 100, "the end was chosen")
    expect(slider).to_have_attribute("aria-valuetext", "100, very high")


def test_a_number_out_of_range_is_told_and_never_sent(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_questions(page, stub)
    box = item(page, "age").get_by_role("textbox")
    for wrong in ("7", "1e3", "old", "40.5"):
        box.fill(wrong)
        box.blur()
        expect(item(page, "age").locator(".field-error")).not_to_be_empty()
        expect(box).to_have_attribute("aria-invalid", "true")
    assert [one for one in only(stub).of_type("answer") if one["item_id"] == "age"] == []
    box.fill("40")
    box.blur()
    expect(item(page, "age").locator(".field-error")).to_be_empty()
    until(page, lambda: "age" in newest(only(stub)), "the number is saved")


def test_an_answer_can_be_changed_and_taken_back(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_questions(page, stub)
    choose(page, "devices", "phone")
    item(page, "devices").get_by_role("button", name="Clear the answer").click()
    until(page, lambda: len(only(stub).of_type("answer")) == 2, "taken back")
    assert newest(only(stub))["devices"] == (None, None, None, False)
    expect(item(page, "devices").get_by_role("checkbox").first).to_be_focused()
    choose(page, "warned", "5")
    item(page, "warned").get_by_label("Does not apply").check()
    expect(item(page, "warned").locator("input[value='5']")).not_to_be_checked()
    choose(page, "warned", "2")
    expect(item(page, "warned").get_by_label("Does not apply")).not_to_be_checked()


def test_answers_survive_a_lost_line_and_a_reload_once_each(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = stub
    page = browser_page()
    to_questions(page, stub)
    choose(page, "machines", "1")
    until(page, lambda: "machines" in newest(only(stub)), "the first answer is there")
    serving.stop()
    expect(page.locator("#connection")).not_to_be_empty()
    for value in ("2", "3", "4"):
        choose(page, "machines", value)
    choose(page, "games", "5")
    item(page, "remarks").get_by_role("textbox").fill("written without a line")
    item(page, "remarks").get_by_role("textbox").blur()
    serving.start()
    until(page, lambda: "remarks" in newest(only(stub)), "all of it comes through")
    expect(page.locator("#connection")).to_be_empty()
    sent = [(one["item_id"], one["value"]) for one in only(stub).of_type("answer")]
    assert sent == [("machines", 1), ("machines", 4), ("games", 5), ("remarks", None)]
    page.reload()
    expect(item(page, "machines").locator("input[value='4']")).to_be_checked()
    expect(item(page, "remarks").get_by_role("textbox")).to_have_value("written without a line")
    assert len(only(stub).of_type("answer")) == 4


def test_a_text_in_the_middle_of_a_word_is_kept_over_a_reload(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    item(page, "remarks").get_by_role("textbox").press_sequentially("half a sen")
    page.reload()
    expect(item(page, "remarks").get_by_role("textbox")).to_have_value("half a sen")
    until(page, lambda: "remarks" in newest(only(stub)), "it reached the server")


def test_an_answer_the_server_refuses_is_marked_and_sent_again_on_going_on(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    only(stub).refuse_answers = True
    choose(page, "machines", "5")
    expect(item(page, "machines")).to_contain_text("could not be saved")
    only(stub).refuse_answers = False
    answer_required(page)
    choose(page, "machines", "5")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Go on without them").click()
    expect(page.locator("#baseline")).to_be_visible()
    assert newest(only(stub))["machines"][0] == 5


def test_a_whole_questionnaire_can_be_answered_with_the_keyboard_alone(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    expect(page.get_by_role("heading", name="Some questions about you")).to_be_focused()
    for keys in (
        ["Tab", "Space", "ArrowRight"],  # machines: 2
        ["Tab", "Space"],  # warned: 1
        ["Tab", "Tab", "Space"],  # past "does not apply"; games
        ["Tab", "ArrowLeft"],  # load
        ["Tab", *"42"],
        ["Tab", "ArrowDown"],  # sight: the second
        ["Tab", "Space"],  # devices
    ):
        for key in keys:
            page.keyboard.press(key)
    page.keyboard.press("Enter")  # in a checkbox: goes on
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    session = only(stub)
    until(page, lambda: "devices" in newest(session), "the last one")
    got = {name: value[0] if value[1] is None else value[1] for name, value in newest(session).items()}
    assert got == {
        "machines": 2,
        "warned": 1,
        "games": 1,
        "load": 45,
        "age": 42,
        "sight": "no",
        "devices": "phone",
    }


def test_the_check_tells_what_works_and_sends_each_result_once(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_check(page, stub, camera=True)
    expect(page.locator('[data-check="light"]')).not_to_have_attribute("data-outcome", "running")
    assert page.evaluate("window.cameraTracks.every((track) => track.readyState === 'ended')")
    page.get_by_role("button", name="Press here").click()
    expect(page.locator('[data-check="input"]')).to_contain_text("You use a mouse")
    expect(page.get_by_role("button", name="Continue")).to_be_focused()
    session = only(stub)
    until(page, lambda: len(session.of_type("device_check")) == 6, "all are sent")
    outcomes = {one["check"]: one["outcome"] for one in session.of_type("device_check")}
    assert outcomes.pop("light") in {"passed", "warned"}
    assert outcomes == dict.fromkeys(("browser", "screen", "connection", "input", "camera"), "passed")
    details = {one["check"]: one["detail"] for one in session.of_type("device_check")}
    assert details["input"] == "mouse"
    assert details["connection"].startswith("median ")
    assert session.frames == [], "no picture leaves the page in the check"
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#questions")).to_be_visible()
    assert len(session.of_type("check_done")) == 1


def test_a_camera_that_is_blocked_says_what_to_do_and_one_may_go_on(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page(camera="deny", width=300)
    to_check(page, stub, camera=True)
    camera = page.locator('[data-check="camera"]')
    expect(camera).to_have_attribute("data-outcome", "failed")
    expect(camera).to_contain_text("Allow it with the camera sign")
    expect(page.locator('[data-check="screen"]')).to_have_attribute("data-outcome", "warned")
    page.get_by_role("button", name="Check again").click()
    until(page, lambda: len(only(stub).of_type("device_check")) >= 9, "all but the input, twice")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#questions")).to_be_visible()
    last = {one["check"]: one["outcome"] for one in only(stub).of_type("device_check")}
    assert last["input"] == last["light"] == "skipped"
    assert last["camera"] == "failed"


def test_a_check_that_is_left_early_says_skipped_and_the_camera_goes_out(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_check(page, stub, camera=True)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#questions")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.cameraTracks.every((track) => track.readyState === 'ended')")
    assert only(stub).of_type("device_check")[-1]["outcome"] == "skipped"


def test_the_steps_of_the_session_are_told_in_words_and_as_a_bar(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    join(page, stub[0].url)
    expect(page.locator("#steps")).to_contain_text("Step 1 of 6: your decision")
    expect(page.get_by_role("progressbar", name="Step 1 of 6: your decision")).to_be_visible()
    page.locator("#consent-participation").check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#steps")).to_contain_text("Step 2 of 6: check of your device")


def test_questions_that_may_all_stay_open_say_so_once_and_one_without_a_title_has_a_heading(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_check(page, stub)
    sheet = only(stub).stages[0]
    assert isinstance(sheet, StubSheet)
    sheet.title = ("", "")
    sheet.items = tuple(replace(one, required=False) for one in sheet.items)
    page.locator("#check-next").click()
    expect(page.get_by_role("heading", name="Questions", exact=True)).to_be_focused()
    expect(page.locator("#questions-optional")).to_have_text("You may leave any of these questions open.")
    expect(page.locator(".item .optional")).to_have_count(0)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Go on without them").click()
    expect(page.locator("#baseline")).to_be_visible()
