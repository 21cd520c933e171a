"""`tutorbot robot run --profile sim`: a whole session on the robot in the browser, with the real Rasa."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import agree, until
from tests.browser.pilot import Pilot

pytestmark = [pytest.mark.rasa, pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def pilot(tmp_path: Path) -> Iterator[Pilot]:
    running = Pilot(tmp_path, study="pilot", command=("robot", "run", "--profile", "sim"))
    yield running
    running.stop()


def address(pilot: Pilot, what: str) -> str:
    found = re.search(rf"{what}:\s+(\S+)", pilot.printed)
    assert found is not None, pilot.printed
    return found.group(1)


def column(pilot: Pilot, statement: str) -> list[Any]:
    path = pilot.db.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [value for (value,) in connection.execute(statement)]


def test_a_session_is_held_by_the_robot_in_the_browser(
    pilot: Pilot, browser_page: Callable[..., Page], screenshot: Callable[[Page, str], None]
) -> None:
    assert "Robot:        sim in the browser, beside P001" in pilot.printed
    robot, board = browser_page(), browser_page()
    robot.goto(address(pilot, "Robot's page"))
    robot.get_by_role("button", name="Start the robot").click()
    expect(robot.locator("#line")).to_have_attribute("data-where", "here")
    board.goto(address(pilot, "Their page"))
    agree(board)
    board.get_by_role("button", name="Continue").click()
    expect(board.locator("#task")).to_be_visible()

    ears = robot.get_by_label("Say something to the robot")
    ears.fill("Can I have a hint?")
    robot.keyboard.press("Enter")
    expect(board.get_by_role("log")).to_contain_text("Can I have a hint?")
    expect(robot.locator("#bubble")).to_be_visible(timeout=20_000)
    answer = robot.locator("#words").text_content()
    assert answer
    expect(board.get_by_role("log")).to_contain_text(answer)
    screenshot(robot, "robot-in-a-session")
    until(
        robot, lambda: column(pilot, "SELECT outcome FROM robot_speech") == ["spoken"], "said", timeout_s=30
    )
    assert column(pilot, "SELECT estimated FROM robot_speech") == [1]
    assert column(pilot, "SELECT outcome FROM robot_hearing") == ["taken"]
    assert column(pilot, "SELECT intent FROM understood") == ["ask_hint"]

    ears.fill("Can I have a hint?")
    robot.keyboard.press("Enter")
    expect(robot.locator("#face")).not_to_have_attribute("data-lips", "0", timeout=20_000)
    ears.press_sequentially("Wait", delay=60)
    until(
        robot, lambda: column(pilot, "SELECT outcome FROM robot_speech")[1:] == ["stopped"], "it falls silent"
    )
    expect(robot.locator("#bubble")).to_be_hidden()

    robot.close()
    expect(board.get_by_text("The robot is away right now")).to_be_visible()
    pilot.stop()
    assert "Wait" not in pilot.printed
    assert answer not in pilot.printed
