"""One small study in every format, made once for all tests that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from studies.export.study import export_study
from tests.studies.export_builders import small_study


@pytest.fixture(scope="session")
def small_study_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The log of a small study; not to be written to."""
    return small_study(tmp_path_factory.mktemp("study") / "log.db")


@pytest.fixture(scope="session")
def exported(small_study_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That study in every format, without words; a folder for each."""
    out = tmp_path_factory.mktemp("exports") / "out"
    export_study(small_study_url, "pilot", out, formats=["all"])
    return out
