"""Everybody can go the whole way in both languages: axe, widths, targets, no word left over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.driving import join, sort_all, until
from tests.browser.stub_host import StubSession
from tests.browser.test_page_access import TOO_SMALL, TOO_WIDE
from tests.browser.test_page_flow import choose, item

pytestmark = pytest.mark.browser

LIVE = """Array.from(document.querySelectorAll('[role="log"], [aria-live]'), (one) => one.id)"""
# All that can be read or is told to a screen reader, without what stands in another language on purpose.
READ = """() => {
  const skip = (one) => !one.checkVisibility() || one.closest("noscript, [lang]:not(html)");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (!skip(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
  const named = Array.from(document.querySelectorAll("[aria-label], [aria-valuetext]"));
  for (const one of named.filter((one) => !skip(one)))
    found.push(one.getAttribute("aria-label") ?? "", one.getAttribute("aria-valuetext") ?? "");
  return found.join("\\n");
}"""
ENGLISH = re.compile(
    r"\b(the|you|your|and|is|are|not|with|this|please|answer|continue|card|cards|board|question|camera|break)\b",
    re.IGNORECASE,
)


def only(host: Any) -> StubSession:
    (session,) = host.sessions.values()
    return session  # type: ignore[no-any-return]


def around(page: Page, host: Any, url: str) -> Iterator[str]:
    """From consent to the first board, stopping wherever the page looks different."""
    join(page, url)
    yield "consent"
    page.locator("#consent-participation").check()
    page.locator("#consent-camera").check()
    page.locator("#consent-form .primary").click()
    expect(page.locator('[data-check="light"]')).not_to_have_attribute("data-outcome", "running")
    yield "check"
    page.locator("#check-press").click()
    page.locator("#check-next").click()
    expect(page.locator("#questions")).to_be_visible()
    yield "questions"
    choose(page, "machines", "6")
    page.locator("#questions-next").click()
    yield "questions-missing"
    item(page, "warned").locator(".not-apply input").check()
    choose(page, "games", "3")
    item(page, "load").get_by_role("slider").press("End")
    item(page, "age").get_by_role("textbox").fill("7")
    item(page, "age").get_by_role("textbox").blur()
    yield "questions-fault"
    item(page, "age").get_by_role("textbox").fill("31")
    choose(page, "sight", "yes")
    page.locator("#questions-next").click()
    yield "questions-open"
    page.locator("#open-keep").click()
    page.locator("#rights-open").click()
    page.locator('[data-purpose="camera"] button').click()
    yield "rights"
    page.locator("#rights-yes").click()
    page.locator("#rights-close").click()
    only(host).notice = "Willkommen zurück." if only(host).language == "de" else "Welcome back."
    page.locator("#questions-next").click()
    page.locator("#open-go").click()
    expect(page.locator("#baseline")).to_be_visible()
    expect(page.locator("#notice-text")).not_to_be_empty()
    yield "baseline"
    page.locator("#notice-close").click()
    page.locator("#baseline-done").click()
    expect(page.get_by_role("log").locator(".msg")).to_have_count(1)


def lesson(page: Page, host: Any) -> Iterator[str]:
    """From the first board to the end."""
    sort_all(page, wrongly=True)
    page.locator("#check").click()
    expect(page.locator("#choices button")).to_have_count(2)
    yield "task"
    sort_all(page)
    page.locator("#check").click()
    expect(page.locator("#probe")).to_be_visible()
    yield "probe"
    answer_probe_anywhere(page)
    expect(page.locator("#task")).to_be_visible()
    sort_all(page)
    page.locator("#check").click()
    expect(page.locator("#probe")).to_be_visible()
    answer_probe_anywhere(page)
    expect(page.locator("#questions")).to_be_visible()
    choose(page, "helped", "7")
    until(page, lambda: only(host).of_type("answer")[-1]["item_id"] == "helped", "the last answer")
    yield "questions-after"
    page.locator("#questions-next").click()
    expect(page.locator("#ended")).to_be_visible()
    yield "ended"


def answer_probe_anywhere(page: Page) -> None:
    for name in ("trust", "concentration"):
        page.locator(f'input[name="{name}"][value="4"]').check()
    page.locator("#probe-form .primary").click()


def whole_way(page: Page, host: Any, url: str) -> Iterator[str]:
    yield from around(page, host, url)
    yield from lesson(page, host)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("de", 820), ("de", 390)])
def test_no_phase_has_an_axe_violation_in_either_scheme(
    make_stub: Callable[..., Any],
    browser_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
    language: str,
    width: int,
) -> None:
    serving, host, _ = make_stub(flow=True, baseline_s=0.3, language=language)
    page = browser_page(phone=width < 1000, width=width, height=1000, reduced_motion=True)
    for phase in whole_way(page, host, serving.url):
        assert page.evaluate(LIVE) == ["log"], phase
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"flow-{language}-{width}-{scheme}-{phase}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{phase}, {scheme}: {found.generate_report()}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_narrowest_phone_scrolls_in_one_direction_and_every_target_is_large_enough(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page], language: str
) -> None:
    serving, host, _ = make_stub(flow=True, baseline_s=0.3, language=language)
    page = browser_page(phone=True, width=320, height=568)
    for phase in whole_way(page, host, serving.url):
        assert page.evaluate(TOO_WIDE) <= 0, phase
        assert page.evaluate(TOO_SMALL) == [], phase
        if language == "de":
            english = [line for line in page.evaluate(READ).splitlines() if ENGLISH.search(line)]
            assert english == [], phase


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_pages_around_the_session_are_whole_in_their_language(
    make_stub: Callable[..., Any],
    browser_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
    language: str,
) -> None:
    serving, host, _ = make_stub(language=language)
    host.asks = True
    code = serving.run(host.join())
    page = browser_page(phone=True, width=320, height=568)
    page.set_extra_http_headers({"Accept-Language": language})
    for name, path in {"join": "/join", "copy": f"/p/{code}/consent", "no-copy": "/p/nobody/consent"}.items():
        page.goto(serving.url + path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.evaluate(TOO_WIDE) <= 0, name
        if language == "de":
            assert [line for line in page.evaluate(READ).splitlines() if ENGLISH.search(line)] == [], name
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            screenshot(page, f"around-{language}-{scheme}-{name}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"


def test_the_questions_before_a_place_lead_on_once_they_are_answered(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub()
    host.asks = True
    page = browser_page()
    page.goto(serving.url + "/join")
    page.get_by_role("button", name="Go on").click()
    assert host.sessions == {}, "nobody is taken in without an answer"
    page.get_by_role("group", name="Have you sorted cards before?").get_by_label("No").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#consent")).to_be_visible()
    assert len(host.sessions) == 1
