"""Settings: defaults, then variables, then options; what does not fit is refused in words."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tutorbot.config import Settings
from tutorbot.errors import BadInput


def complaint(**environment: str) -> str:
    with pytest.raises(BadInput) as caught:
        Settings.from_environment(environment)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_anything_the_defaults_hold():
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"HOME": "/x", "PATH": "/y", "TUTOR": "z"}) == Settings()


def test_a_variable_wins_over_the_default_and_an_option_over_the_variable():
    environment = {"TUTORBOT_PORT": "9000", "TUTORBOT_STUDY": "pilot-camera", "TUTORBOT_MODEL": "m.tar.gz"}
    assert Settings.from_environment(environment, port=9001, study=None) == Settings(
        port=9001, study="pilot-camera", model=Path("m.tar.gz")
    )


def test_every_setting_can_be_a_variable(tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    values = {
        field.name: "9000" if field.type == "int" else str(file) for field in dataclasses.fields(Settings)
    }
    values["rasa_listen"], values["blind"] = "127.0.0.1:9001", "True"
    read = Settings.from_environment({f"TUTORBOT_{name.upper()}": value for name, value in values.items()})
    assert {name: str(value) for name, value in dataclasses.asdict(read).items()} == values
    assert isinstance(read.tls_cert, Path)
    assert read.port == 9000


def test_a_variable_that_is_no_setting_is_refused_and_the_known_ones_are_named():
    text = complaint(TUTORBOT_PROT="9000")
    assert text.startswith("TUTORBOT_PROT is set")
    assert "TUTORBOT_PORT" in text


@pytest.mark.parametrize("port", ["", "x", "80.5", "-1", "0", "65536", "²", "1 000"])
def test_a_port_that_is_none_is_refused(port: str):
    assert re.search(
        r"^Port \d+ does not exist|^TUTORBOT_PORT is .* no whole number", complaint(TUTORBOT_PORT=port)
    )


@pytest.mark.parametrize(
    "listen", ["", "8801", ":8801", "localhost", "localhost:", "localhost:x", "127.0.0.1:65536"]
)
def test_a_place_to_listen_that_is_none_is_refused(listen: str):
    assert "rasa_listen" in complaint(TUTORBOT_RASA_LISTEN=listen)


def test_a_certificate_goes_with_its_key_and_both_must_be_there(tmp_path: Path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.touch()
    assert "both a certificate and a key" in complaint(TUTORBOT_TLS_CERT=str(cert))
    assert "both a certificate and a key" in complaint(TUTORBOT_TLS_KEY=str(cert))
    assert f"There is no file {key}" in complaint(TUTORBOT_TLS_CERT=str(cert), TUTORBOT_TLS_KEY=str(key))


@pytest.mark.parametrize("given", [{}, {"TUTORBOT_RASA_TOKEN": "a"}, {"TUTORBOT_TUTOR_TOKEN": "b"}])
def test_a_rasa_elsewhere_needs_both_secrets(given: dict[str, str]):
    text = complaint(TUTORBOT_RASA_URL="http://rasa:5005", **given)
    assert "TUTORBOT_RASA_TOKEN and TUTORBOT_TUTOR_TOKEN" in text


def test_secrets_are_not_printed():
    environment = {
        "TUTORBOT_RASA_URL": "http://rasa:5005",
        "TUTORBOT_RASA_TOKEN": "sesame",
        "TUTORBOT_TUTOR_TOKEN": "abracadabra",
    }
    text = repr(Settings.from_environment(environment))
    assert "http://rasa:5005" in text
    assert "sesame" not in text
    assert "abracadabra" not in text


@pytest.mark.parametrize("said", ["", "2", "on", "maybe"])
def test_what_says_neither_yes_nor_no_is_refused(said: str):
    assert complaint(TUTORBOT_BLIND=said).startswith("TUTORBOT_BLIND is")
