"""What the start says of where the pages are."""

from __future__ import annotations

import datetime as dt

import pytest

from studies.protocol import PROTOCOLS, load_protocol
from tutorbot.bootstrap import pages
from tutorbot.bootstrap.pages import Announcement, announcement, network_address
from tutorbot.cli_pilot import say_where
from tutorbot.config import Settings

TODAY = dt.date(2026, 11, 25)


def start(monkeypatch: pytest.MonkeyPatch, *, host: str, ours: str | None = "192.168.1.5") -> Announcement:
    monkeypatch.setattr(pages, "network_address", lambda: ours)
    settings = Settings.from_environment(host=host, port=8811)
    protocol = load_protocol(PROTOCOLS / "pilot.yml")
    return announcement(settings, protocol, "t", None, today=TODAY)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104  # the very case
def test_pages_for_the_whole_network_have_the_address_that_a_tablet_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
):
    made = start(monkeypatch, host=host)
    assert (made.base, made.elsewhere) == ("http://127.0.0.1:8811", "http://192.168.1.5:8811")
    say_where(made, Settings.from_environment(host=host))
    assert "On a tablet:  http://192.168.1.5:8811/join" in capsys.readouterr().out


def test_pages_for_this_machine_alone_have_one_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    made = start(monkeypatch, host="127.0.0.1")
    assert made.elsewhere is None
    say_where(made, Settings.from_environment())
    assert "tablet" not in capsys.readouterr().out


def test_a_machine_without_a_network_has_none(monkeypatch: pytest.MonkeyPatch):
    assert start(monkeypatch, host="0.0.0.0", ours=None).elsewhere is None  # noqa: S104


def test_the_address_is_one_of_this_machine_or_there_is_none():
    found = network_address()
    assert found is None or found.count(".") == 3
