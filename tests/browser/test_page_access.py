"""Everybody can use the page: no axe violation, no sideways scrolling, large targets, calm motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.driving import agree, answer_probe, card, check, join, sort_all, to_task
from tests.browser.stub_host import CARDS, MOST_ATTEMPTS

pytestmark = pytest.mark.browser

TOO_SMALL = """() => Array.from(document.querySelectorAll("button, a, input, textarea, summary, label.tick"))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(".skip"))
  .map((one) => [one.id || one.className || one.name, one.getBoundingClientRect()])
  .filter(([, frame]) => frame.width < 24 || frame.height < 24)
  .map(([name, frame]) => `${name} ${Math.round(frame.width)}x${Math.round(frame.height)}`)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def phases(page: Page, url: str) -> Iterator[str]:
    """Walk through a session, stopping wherever the page looks different."""
    join(page, url)
    page.get_by_role("button", name="Start").click()
    yield "consent"
    agree(page)
    yield "baseline"
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("log")).to_contain_text("Hello!")
    yield "task"
    card(page, CARDS[1]).click()
    yield "task-chosen"
    sort_all(page, wrongly=True)
    check(page)
    expect(page.get_by_role("button", name="Not now")).to_be_visible()
    yield "task-checked"
    page.get_by_label("Write to the tutor").fill("x" * 2100)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("2100")
    yield "task-alert"
    page.get_by_role("button", name="Close this message").click()
    for _ in range(2):
        page.get_by_role("button", name="I'm stuck").click()
        expect(page.locator("#hint")).to_be_visible()
    expect(page.locator("#worked-step")).to_be_visible()
    page.keyboard.press("Alt+p")
    expect(page.locator("#break")).to_contain_text("the tutor stays quiet")
    yield "task-step"
    page.get_by_role("button", name="End now").click()
    yield "end-dialog"
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+p")
    expect(page.locator("#break")).to_be_empty()
    sort_all(page)
    check(page)
    expect(page.locator("#probe")).to_be_visible()
    page.locator('input[name="trust"][value="4"]').check()
    yield "probe"
    answer_probe(page)
    expect(page.locator("#task")).to_be_visible()
    sort_all(page, wrongly=True)
    for _ in range(MOST_ATTEMPTS):
        check(page)
    expect(page.locator("#probe")).to_contain_text("This rule is done.")
    yield "probe-revealed"
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.locator("#ended")).to_be_visible()
    yield "ended"


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_no_phase_has_an_axe_violation_in_either_scheme(
    make_stub: Callable[..., Any],
    browser_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
    phone: bool,
) -> None:
    serving, _, _ = make_stub()
    # Reduced motion: a colour half way through a change is no colour to judge.
    page = browser_page(phone=phone, reduced_motion=True)
    for phase in phases(page, serving.url):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"{'phone' if phone else 'desktop'}-{scheme}-{phase}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{phase}, {scheme}: {found.generate_report()}"


def test_the_other_pages_have_no_axe_violation(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page], screenshot: Callable[[Page, str], None]
) -> None:
    serving, host, keys = make_stub()
    serving.run(host.join())
    page = browser_page(reduced_motion=True)
    for name, path in {
        "notice": "/nowhere",
        "unknown": "/p/unknown",
        "console": f"/console?token={keys.issue()}",
    }.items():
        page.goto(serving.url + path)
        settled = {"notice": "h1", "unknown": "#waiting-retry", "console": "#rows tr"}[name]
        page.wait_for_selector(settled)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"desktop-{scheme}-{name}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"


@pytest.mark.parametrize(("width", "height"), [(360, 640), (320, 568), (844, 390)])
def test_no_phase_scrolls_sideways_and_every_target_is_large_enough(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page], width: int, height: int
) -> None:
    serving, _, _ = make_stub()
    page = browser_page(phone=True, width=width, height=height)
    for phase in phases(page, serving.url):
        assert page.evaluate(TOO_WIDE) <= 0, phase
        assert page.evaluate(TOO_SMALL) == [], phase


def test_nothing_moves_for_who_wants_no_motion(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub(baseline_s=0.3)
    still, moving = browser_page(reduced_motion=True), browser_page()
    for page in (still, moving):
        to_task(page, serving.url, camera=True)
        expect(page.locator("#sensing-text")).to_have_text("Camera on")
    assert still.evaluate("document.getAnimations().length") == 0
    assert moving.evaluate("document.getAnimations().length") > 0


def test_a_phone_shows_the_newest_words_beside_the_help(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, _, _ = make_stub()
    page = browser_page(phone=True)
    to_task(page, serving.url)
    expect(page.locator("#newest")).to_contain_text("Hello! Sort the cards")
    page.locator("#newest").tap()
    expect(page.get_by_label("Write to the tutor")).to_be_focused()
    expect(page.get_by_label("Write to the tutor")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 360, 375, 390, 412])
def test_a_phone_keeps_a_boxs_name_and_its_button_apart(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page], width: int
) -> None:
    serving, _, _ = make_stub()
    page = browser_page(phone=True, width=width)
    to_task(page, serving.url)
    card(page, CARDS[1]).tap()
    for box in ("left", "right"):
        place = page.locator(f'.place[data-box="{box}"]')
        frame, put = place.bounding_box(), place.get_by_role("button", name="Put here").bounding_box()
        name = place.get_by_role("heading").evaluate(
            """(one) => {
              const range = document.createRange();
              range.selectNodeContents(one);
              return range.getBoundingClientRect().toJSON();
            }"""
        )
        assert frame is not None
        assert put is not None
        assert put["x"] - name["right"] >= 6 or put["y"] - name["bottom"] >= 3, "they touch"
        assert put["x"] + put["width"] <= frame["x"] + frame["width"] - 4, "the button leaves its box"
