"""What the learner's page shows when the experimenter pauses or ends the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.serving import Serving
from tests.session.room import CODE, Room, header
from tutorbot.adapters.web import ConsoleKeys, make_app
from tutorbot.lessons import pack_folder
from tutorbot.session.view import END_WORDS, HELD

pytestmark = pytest.mark.browser


class RealHost:
    """A room behind the real application."""

    def __init__(self) -> None:
        self.serving = Serving(self._app)
        self.serving.run(self.room.log.begin(header()))

    def _app(self) -> Any:
        self.room = Room()
        lessons = pack_folder("card-sorting").parent
        return make_app(self.room.sessions, lessons=lessons, console=ConsoleKeys())

    def hold(self, *, on: bool) -> None:
        self.serving.run(self.room.sessions.desk.hold("P001", f"pause-{'on' if on else 'off'}-1", on=on))

    def stop(self) -> None:
        self.serving.run(self.room.sessions.close())
        self.serving.stop()


@pytest.fixture
def host() -> Iterator[RealHost]:
    made = RealHost()
    yield made
    made.stop()


def begin(page: Page, host: RealHost) -> None:
    page.goto(f"{host.serving.url}/p/{CODE}")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#task")).to_be_visible()


def test_a_pause_is_said_and_moves_wait_until_it_is_over(
    browser_page: Callable[..., Page], host: RealHost, screenshot: Callable[[Page, str], None]
) -> None:
    page = browser_page(camera="absent")
    begin(page, host)
    host.hold(on=True)
    expect(page.get_by_text(HELD)).to_be_visible()
    for part in ("#board", ".check-row", "#composer", "#stuck"):
        expect(page.locator(part)).to_have_js_property("inert", True)
    expect(page.locator("#pause")).to_be_hidden()
    expect(page.locator("#break")).to_be_empty()
    screenshot(page, "desktop-light-held")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    host.hold(on=False)
    expect(page.get_by_text("Test run.")).to_be_visible()  # the usual banner is back
    expect(page.locator("#pause")).to_be_visible()


def test_an_end_by_the_experimenter_is_said_kindly(
    browser_page: Callable[..., Page], host: RealHost, screenshot: Callable[[Page, str], None]
) -> None:
    page = browser_page(camera="absent")
    begin(page, host)
    host.serving.run(host.room.sessions.desk.end("P001", "end-number-1"))
    expect(page.locator("#ended")).to_contain_text(END_WORDS["stopped_by_experimenter"])
    screenshot(page, "desktop-light-ended-by-experimenter")


def test_in_the_learners_own_break_the_board_is_off_and_on_again_after_it(
    browser_page: Callable[..., Page], host: RealHost, screenshot: Callable[[Page, str], None]
) -> None:
    page = browser_page(camera="absent")
    begin(page, host)
    page.locator("#say").fill("half a thought")
    page.locator("#pause").click()
    still = page.locator("#work [data-still]:visible")
    for part in ("#board", ".check-row", "#composer", "#stuck"):
        expect(page.locator(part)).to_have_js_property("inert", True)
    assert still.count() >= 4
    screenshot(page, "desktop-light-break")
    page.emulate_media(color_scheme="dark")
    screenshot(page, "desktop-dark-break")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.locator("#pause").click()
    expect(page.locator("#board")).to_have_js_property("inert", False)
    expect(page.locator("#say")).to_have_value("half a thought")
    assert page.get_by_role("alert").filter(has_text="break").count() == 0


def test_what_was_refused_for_a_pause_is_no_longer_told_when_it_goes_on(
    browser_page: Callable[..., Page], host: RealHost
) -> None:
    page = browser_page(camera="absent")
    begin(page, host)
    host.hold(on=True)
    expect(page.get_by_text(HELD)).to_be_visible()
    page.locator("#board").evaluate(
        "board => { board.inert = false; }"
    )  # a page that is slower than its server
    card = page.locator("[data-card]:not([aria-disabled='true'])").last
    card.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("alert").filter(has_text="has paused the session")).to_be_visible()
    host.hold(on=False)
    expect(page.locator(".alert")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_off_in_a_break_stays_readable_and_go_on_has_the_focus(
    browser_page: Callable[..., Page], host: RealHost, screenshot: Callable[[Page, str], None], dark: bool
) -> None:
    page = browser_page(camera="absent", dark=dark)
    begin(page, host)
    page.locator("#say").fill("half a sentence")
    page.keyboard.press("Alt+KeyP")
    go_on = page.get_by_role("button", name="Go on")
    expect(go_on).to_be_focused()
    expect(page.locator("#composer")).to_have_css("opacity", "1")
    expect(page.locator("#stuck")).to_have_css("border-style", "dashed")
    screenshot(page, f"desktop-{'dark' if dark else 'light'}-break")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Alt+KeyP")
    expect(page.locator("#say")).to_be_focused()
    expect(page.locator("#say")).to_have_value("half a sentence")
