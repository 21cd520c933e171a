"""A dialogue model that is older than what it is trained from is told at the start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tutorbot.bootstrap.model_age import SCRIPT, stale_model
from tutorbot.config import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("config.yml", "domain.yml", "data/nlu.yml", "requirements/rasa.lock"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, encoding="utf-8")
    (tmp_path / "models").mkdir()
    printed = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)], capture_output=True, text=True, check=True
    )
    (tmp_path / "models" / "tutor.key").write_text(printed.stdout, encoding="utf-8")
    return Settings(dialogue=tmp_path, model=tmp_path / "models" / "tutor.tar.gz")


def test_a_model_of_these_very_files_is_not_stale(settings: Settings):
    assert stale_model(settings) is None


def test_a_changed_sentence_makes_it_stale_and_says_what_to_do(settings: Settings):
    (settings.dialogue / "data" / "nlu.yml").write_text("something new", encoding="utf-8")
    told = stale_model(settings)
    assert told is not None
    assert "run `make model`" in told


def test_of_a_rasa_elsewhere_nothing_is_known(settings: Settings):
    (settings.dialogue / "config.yml").write_text("other", encoding="utf-8")
    elsewhere = Settings(
        dialogue=settings.dialogue,
        model=settings.model,
        rasa_url="http://rasa:5005",
        rasa_token="a",  # noqa: S106
        tutor_token="b",  # noqa: S106
    )
    assert stale_model(elsewhere) is None
