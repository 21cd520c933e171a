"""The camera: only after consent, off at once, and a session goes on without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import agree, join, to_task, until
from tests.browser.stub_host import StubSession, StubSitting

pytestmark = pytest.mark.browser

LIVE = "window.cameraTracks.filter((track) => track.readyState === 'live').length"


def only(host: Any) -> StubSession:
    (session,) = host.sessions.values()
    return session  # type: ignore[no-any-return]


def test_pictures_arrive_after_consent_and_not_before(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(baseline_s=0.5)
    page = browser_page()
    join(page, serving.url)
    page.get_by_label("camera picture").check()
    assert page.evaluate("window.cameraTracks.length") == 0
    agree(page, camera=True)
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    until(page, lambda: len(only(host).frames) >= 5, "five pictures")
    expect(page.locator("#task")).to_be_visible()
    assert all(1_000 < size < 100_000 for size in only(host).frames)
    assert only(host).of_type("camera_state")[0]["state"] == "on"


def test_a_break_stops_the_camera_at_once_says_so_and_ends_when_the_learner_goes_on(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(baseline_s=0.3)
    page = browser_page()
    to_task(page, serving.url, camera=True)
    session = only(host)
    until(page, lambda: len(session.frames) >= 3, "three pictures")
    page.keyboard.press("Alt+p")
    assert page.evaluate(LIVE) == 0
    expect(page.locator("#sensing-text")).to_have_text("Break: camera off")
    expect(page.get_by_role("status").filter(has_text="the camera is off")).to_have_text(
        "Break: the camera is off, the tutor stays quiet, and the time does not count."
    )
    until(page, lambda: session.paused, "the pause")
    seen = len(session.frames)
    serving.run(StubSitting(session).say("Take your time."))
    expect(page.get_by_role("log")).to_contain_text("Take your time.")
    assert len(session.frames) == seen
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    expect(page.locator("#break")).to_be_empty()
    until(page, lambda: len(session.frames) > seen, "pictures again")


def test_a_break_without_a_camera_speaks_of_no_camera(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(camera=False)
    page = browser_page()
    to_task(page, serving.url)
    page.get_by_role("button", name="Take a break").click()
    expect(page.locator("#sensing-text")).to_have_text("Break")
    expect(page.locator("#break")).to_have_text("Break: the tutor stays quiet, and the time does not count.")
    page.keyboard.press("Alt+p")
    expect(page.locator("#sensing-text")).to_have_text("Camera not used")
    expect(page.get_by_role("button", name="Take a break")).to_be_focused()
    until(page, lambda: [p["on"] for p in only(host).of_type("pause")] == [True, False], "both")


def test_the_camera_can_be_withdrawn_for_good(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(baseline_s=0.3)
    page = browser_page()
    to_task(page, serving.url, camera=True)
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    page.reload()  # the text agreed to is no longer in the view, its version must still be known
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    until(page, lambda: page.evaluate(LIVE) == 1, "the camera after the reload")
    page.get_by_role("button", name="Switch off the camera").click()
    assert page.evaluate(LIVE) == 0
    expect(page.locator("#sensing-text")).to_have_text("Camera off")
    until(page, lambda: len(only(host).of_type("consent")) == 2, "the withdrawal")
    withdrawal = only(host).of_type("consent")[1]
    assert (withdrawal["participation"], withdrawal["camera"]) == (True, False)
    assert withdrawal["version"] == "stub-1"


def test_the_end_stops_the_camera(make_stub: Callable[..., Any], browser_page: Callable[..., Page]) -> None:
    serving, _, _ = make_stub(baseline_s=0.3)
    page = browser_page()
    to_task(page, serving.url, camera=True)
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    assert page.evaluate(LIVE) == 0
    expect(page.locator("#ended")).to_be_visible()


@pytest.mark.parametrize(
    ("camera", "told", "shown"),
    [("deny", "denied", "Camera blocked by the browser"), ("absent", "absent", "No camera found")],
)
def test_a_session_goes_on_without_a_camera(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page], camera: str, told: str, shown: str
) -> None:
    serving, host, _ = make_stub(baseline_s=30.0)
    page = browser_page(camera=camera)
    join(page, serving.url)
    agree(page, camera=True)
    expect(page.locator("#sensing-text")).to_have_text(shown)
    expect(page.get_by_role("button", name="Try the camera again")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#task")).to_be_visible()
    assert [message["state"] for message in only(host).of_type("camera_state")] == [told]
    assert only(host).frames == []


def test_a_camera_that_is_pulled_out_is_noticed_and_can_be_tried_again(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(baseline_s=0.3)
    page = browser_page()
    to_task(page, serving.url, camera=True)
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    page.evaluate("window.cameraTracks.at(-1).dispatchEvent(new Event('ended'))")
    expect(page.locator("#sensing-text")).to_have_text("Camera lost")
    until(page, lambda: only(host).camera == "lost", "the loss")
    seen = len(only(host).frames)
    page.get_by_role("button", name="Try the camera again").click()
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    until(page, lambda: len(only(host).frames) > seen, "pictures again")


def test_a_robot_that_watches_is_named_and_the_page_opens_no_camera(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(baseline_s=0.3)
    code = serving.run(host.join())
    session = host.sessions[code]
    session.camera_of = "robot"

    def camera(state: str) -> None:
        session.camera = state
        serving.run(session.surface.show(session.view()))

    page = browser_page()
    page.goto(f"{serving.url}/p/{code}")
    page.get_by_label("I have read this").check()
    expect(page.get_by_label("camera picture")).to_have_count(0)
    page.get_by_label("through the robot's camera").check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#baseline-time-text")).to_have_text("Waiting for the robot's camera.")
    camera("on")
    expect(page.locator("#task")).to_be_visible()
    expect(page.locator("#sensing-text")).to_have_text("Robot's camera on")
    camera("lost")
    expect(page.locator("#sensing-text")).to_have_text("Robot's camera lost")
    expect(page.get_by_role("button", name="Try the camera again")).to_be_hidden()
    page.keyboard.press("Alt+p")
    expect(page.locator("#sensing-text")).to_have_text("Break: robot's camera off")
    page.keyboard.press("Alt+p")
    page.get_by_role("button", name="Switch off the camera").click()
    expect(page.locator("#sensing-text")).to_have_text("Robot's camera off")
    until(page, lambda: len(session.of_type("consent")) == 2, "the withdrawal")
    assert page.evaluate("window.cameraTracks.length") == 0
    assert (session.frames, session.of_type("camera_state")) == ([], [])


def test_in_german_the_robots_camera_is_named_too(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    serving, host, _ = make_stub(language="de")
    code = serving.run(host.join())
    host.sessions[code].camera_of = "robot"
    page = browser_page()
    page.goto(f"{serving.url}/p/{code}")
    expect(page.get_by_label("durch die Kamera des Roboters")).to_be_visible()
    expect(page.get_by_label("mein Kamerabild")).to_have_count(0)
