"""A real Chromium for page tests; ``browser_page`` also serves whole-system tests with a recording as webcam.

Playwright's own loop runs while its driver does, so these tests are plain functions, and the
driver lives no longer than one module: tests with an event loop of their own can follow.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.serving import Serving
from tests.browser.stub_host import StubHost, draw_cards
from tutorbot.adapters.web import ConsoleKeys, make_app

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CAMERA_FLAGS = {
    "allow": ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
    "deny": ["--deny-permission-prompts", "--use-fake-device-for-media-stream"],
    "absent": ["--use-fake-ui-for-media-stream"],
}
SCREENSHOTS = Path(__file__).parents[2] / ".cache" / "screenshots"

# What the browser itself says of a server that is down or a page that is not there; the rest is a fault.
EXPECTED_ON_CONSOLE = (
    "WebSocket connection to",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_FAILED",
    "status of 403",
    "status of 404",
    "status of 409",
    "status of 503",
)

# Lets a test see whether the camera's light is really out.
WATCH_CAMERA = """
window.cameraTracks = [];
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.cameraTracks.push(...stream.getTracks());
    return stream;
  };
}
"""


def chromium() -> str:
    """The browser's program; its absence is a failure, never a skipped test."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.fail("Chromium is missing. Run `make test`: it installs it, or names the package to install.")


@pytest.fixture(scope="module")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def launch(playwright_driver: Playwright) -> Iterator[Callable[..., Browser]]:
    """Launch Chromium with a camera that is allowed, denied or absent; the same one is used again."""
    running: dict[tuple[str, ...], Browser] = {}

    def start(camera: str = "allow", video: Path | None = None) -> Browser:
        flags = (*FLAGS, *CAMERA_FLAGS[camera])
        if video is not None:
            flags = (*flags, f"--use-file-for-fake-video-capture={video}")
        if flags not in running:
            running[flags] = playwright_driver.chromium.launch(executable_path=chromium(), args=list(flags))
        return running[flags]

    yield start
    for browser in running.values():
        browser.close()


@pytest.fixture
def browser_page(launch: Callable[..., Browser]) -> Iterator[Callable[..., Page]]:
    """A new page in a context of its own.

    camera: allow, deny or absent. video: an MJPEG or Y4M file that plays as the webcam, in a loop.
    phone: touch, 390x844. dark, reduced_motion: the person's settings. Errors of the page fail the
    test at its end, and so does a request to another host.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(
        *,
        camera: str = "allow",
        video: Path | None = None,
        phone: bool = False,
        width: int | None = None,
        height: int | None = None,
        dark: bool = False,
        reduced_motion: bool = False,
    ) -> Page:
        context = launch(camera, video).new_context(
            viewport={
                "width": width or (390 if phone else 1280),
                "height": height or (844 if phone else 800),
            },
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH_CAMERA)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.on("console", lambda said: _note_console(said, faults))
        page.on("request", lambda request: _note_request(request, page, faults))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def _note_console(said: Any, faults: list[str]) -> None:
    if said.type in ("error", "warning") and not any(known in said.text for known in EXPECTED_ON_CONSOLE):
        faults.append(f"console: {said.text}")


def _note_request(request: Any, page: Page, faults: list[str]) -> None:
    local = ("http://127.0.0.1:", "ws://127.0.0.1:", "blob:")
    if not request.url.startswith(local):
        faults.append(f"request to another host: {request.url}")


@pytest.fixture
def make_stub(tmp_path: Path) -> Iterator[Callable[..., tuple[Serving, StubHost, ConsoleKeys]]]:
    """Serve a stub host; arguments are those of ``StubHost``."""
    served: list[Serving] = []

    def make(**settings: Any) -> tuple[Serving, StubHost, ConsoleKeys]:
        lessons = tmp_path / "lessons"
        draw_cards(lessons)
        host, keys = StubHost(**settings), ConsoleKeys()
        serving = Serving(lambda: make_app(host, lessons=lessons, console=keys))
        served.append(serving)
        return serving, host, keys

    yield make
    for serving in served:
        serving.stop()


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Save what a page looks like, for people to look at (.cache/screenshots)."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def save(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return save
