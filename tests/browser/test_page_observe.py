"""The observer's page, in a real browser: a round of looks, by mouse and by keyboard, without estimates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.driving import until
from tests.browser.test_page_wizard import SIZES
from tutorbot.adapters.web.tokens import OBSERVER

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(make_stub: Callable[..., Any], browser_page: Callable[..., Page]) -> Callable[..., Any]:
    """An observer named O1 before three sessions, the second of them not at work."""

    def open_page(**how: Any) -> tuple[Page, Any, Any, Any]:
        serving, host, keys = make_stub()
        for _ in range(3):
            serving.run(host.join())
        for session in host.sessions.values():
            session.phase = "task"
        list(host.sessions.values())[1].held = True
        page = browser_page(**how)
        page.goto(f"{serving.url}/console/observe?token={keys.issue(OBSERVER)}")
        page.get_by_label("Your short name").fill("O1")
        page.keyboard.press("Enter")
        expect(page.locator("#next")).to_have_text("Next: P001")
        return page, host, serving, keys

    return open_page


def test_a_round_goes_through_those_at_work_in_a_fixed_order(opened: Callable[..., Any]) -> None:
    page, host, _, _ = opened()
    expect(page.locator("#rotation li")).to_have_text(["P001", "P002 (not at work)", "P003"])
    for who, following in (("P001", "P003"), ("P003", "P001"), ("P001", "P003")):
        page.get_by_role("button", name="I look now").click()
        expect(page.locator("#next")).to_have_text(f"Looking at {who}")
        page.locator("#affects").get_by_role("button", name="Confused").click()
        page.locator("#behaviours").get_by_role("button", name="On task", exact=False).first.click()
        expect(page.locator("#next")).to_have_text(f"Next: {following}")
        expect(page.locator("#kept")).to_have_text(f"{who}: confused, on task.")
    until(page, lambda: len(host.desk.of("observe")) == 3, "all are kept")
    assert [one["participant"] for one in host.desk.of("observe")] == ["P001", "P003", "P001"]
    assert {(one["affect"], one["behaviour"], one["observer"]) for one in host.desk.of("observe")} == {
        ("confused", "on_task", "O1")
    }


def test_the_keyboard_alone_codes(opened: Callable[..., Any]) -> None:
    page, host, _, _ = opened()
    page.keyboard.press("3")  # before the look nothing is coded
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    page.keyboard.press("3")
    expect(page.locator('#affects [data-code="frustrated"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("4")  # the last one before the behaviour counts
    page.keyboard.press("d")
    until(page, lambda: len(host.desk.of("observe")) == 1, "it was kept")
    (kept,) = host.desk.of("observe")
    assert (kept["affect"], kept["behaviour"]) == ("bored", "off_task")
    assert 0.3 <= kept["lasted_s"] <= 5.0
    page.keyboard.press("x")
    expect(page.locator("#kept")).to_contain_text("P003: passed over")
    expect(page.locator("#next")).to_have_text("Next: P001")


def test_after_20_seconds_what_is_missing_is_unclear(
    opened: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    page, host, _, _ = opened()
    page.evaluate(
        """() => {
          const now = performance.now.bind(performance);
          let more = 0;
          performance.now = () => now() + more;
          globalThis.later = (seconds) => { more += 1000 * seconds; };
        }"""
    )
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.evaluate("() => later(19)")
    expect(page.locator("#seconds")).to_have_text("19 of 20 s")
    assert host.desk.of("observe") == []
    page.evaluate("() => later(2)")
    until(page, lambda: len(host.desk.of("observe")) == 1, "it was kept")
    (kept,) = host.desk.of("observe")
    assert (kept["affect"], kept["behaviour"], kept["lasted_s"]) == ("engaged", "unclear", 20.0)


def test_two_observers_code_in_two_browsers_and_not_under_one_name(
    opened: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    first, host, serving, keys = opened()
    second = browser_page()
    second.goto(f"{serving.url}/console/observe?token={keys.issue(OBSERVER)}")
    second.get_by_label("Your short name").fill("O1")
    second.keyboard.press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("Somebody else codes under this name")
    second.get_by_label("Your short name").fill("O2")
    second.keyboard.press("Enter")
    for page in (first, second):
        expect(page.locator("#next")).to_have_text("Next: P001")
        page.keyboard.press("Space")
        page.keyboard.press("1")
        page.keyboard.press("a")
    until(first, lambda: len(host.desk.of("observe")) == 2, "both are kept")
    assert {one["observer"] for one in host.desk.of("observe")} == {"O1", "O2"}
    host.desk.agreed = [
        {
            "observers": ["O1", "O2"],
            "affect": {"n": 2, "share": 0.5, "kappa": 0.0},
            "behaviour": {"n": 2, "share": 1.0, "kappa": 1.0},
        }
    ]
    for page in (first, second):
        expect(page.locator("#agreements")).to_contain_text("affect: kappa 0.00, alike in 50 % of 2")


def test_what_is_coded_while_the_server_is_away_is_kept_and_sent_later(opened: Callable[..., Any]) -> None:
    page, host, serving, _ = opened()
    serving.stop()
    page.keyboard.press("Space")
    page.keyboard.press("2")
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_contain_text("1 not stored yet")
    page.wait_for_timeout(1500)
    serving.start()
    until(page, lambda: len(host.desk.of("observe")) == 1, "it came")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert host.desk.of("observe")[0]["ago_s"] >= 1.5


@pytest.mark.parametrize("device", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_accessible_and_fits_the_screen(
    opened: Callable[..., Any], screenshot: Callable[[Page, str], None], device: str, dark: bool
) -> None:
    width, height = SIZES[device]
    page, _, _, _ = opened(
        phone=device == "phone", width=width, height=height, dark=dark, reduced_motion=True
    )
    Axe().run(page)
    page.get_by_role("button", name="I look now").click()
    page.locator("#affects").get_by_role("button", name="Bored").click()
    screenshot(page, f"{device}-{'dark' if dark else 'light'}-observe")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("document.getAnimations().length") == 0
    for button in page.locator(".codes button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
