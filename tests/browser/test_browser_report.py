"""A report in a real Chromium: nothing is asked of the network, and everybody can read it, everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytest.importorskip("statsmodels")
pytest.importorskip("nbformat")

from studies.report.study import Wanted, write_report
from tests.browser.conftest import SCREENSHOTS
from tests.studies.report_builders import CONDITIONS, protocol_text, whole_session, write_study

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
VIEWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    sessions = [(CONDITIONS[n % 4], whole_session(CONDITIONS[n % 4], n)) for n in range(8)]
    url = write_study(place / "log.db", sessions, protocol=protocol_text())
    write_report(
        Wanted(url=url, study_id="levels", include_test=False, pdf=False, version="1"), place / "out"
    )
    return place / "out/report.html"


@pytest.mark.parametrize("view", VIEWS)
def test_the_report_is_accessible_asks_for_nothing_and_fits(
    page_file: Path, launch: Callable[..., Browser], view: str
):
    options: dict[str, Any] = VIEWS[view]
    context = launch().new_context(**options)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    assert said == []
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"report-{view}.png", full_page=True)
    context.close()


def test_the_report_on_paper_is_light_and_cuts_nothing_off(page_file: Path, launch: Callable[..., Browser]):
    context = launch().new_context(color_scheme="dark", viewport={"width": 700, "height": 900})
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.emulate_media(media="print")
    assert (
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink').trim()") == "#000"
    )
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
