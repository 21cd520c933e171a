"""Whether the dialogue model was trained from the files that are in ``dialogue/`` now."""

from __future__ import annotations

import subprocess
import sys

from tutorbot.config import HOME, Settings

SCRIPT = HOME / "scripts" / "model_key.py"
"""Prints the hash over everything training depends on; the same that `make model` keeps beside the model."""


def stale_model(settings: Settings) -> str | None:
    """What to tell the operator of a model that is older than its sources; None when it is not, or unknown.

    Unknown is it where no key lies beside the model, or for a Rasa that runs elsewhere.
    """
    key = settings.model.with_name("tutor.key")
    if settings.rasa_url is not None or not key.is_file() or not SCRIPT.is_file():
        return None
    made = subprocess.run(  # noqa: S603 - our own script on our own folder
        [sys.executable, str(SCRIPT), str(settings.dialogue)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0 or made.stdout.strip() == key.read_text(encoding="utf-8").strip():
        return None
    return (
        f"the dialogue model {settings.model} was trained from other files than those in "
        f"{settings.dialogue}: run `make model`, or the tutor may not understand what it should"
    )
