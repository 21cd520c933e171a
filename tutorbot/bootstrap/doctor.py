"""Looks at every part the system needs, without starting any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from affect.feed import AffectEngine
from tutorbot.adapters.rasa import check_environment, check_model
from tutorbot.bootstrap.model_age import stale_model
from tutorbot.bootstrap.parts import listen_on, open_log
from tutorbot.bootstrap.study import check_contents, find_protocol, texts_folder
from tutorbot.config import Settings
from tutorbot.errors import MissingPart, TutorbotError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. fault: None when all is well, else what to do."""

    what: str
    detail: str
    fault: str | None = None


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at every part the system needs, without starting any."""

    def networks() -> str:
        engine = AffectEngine()
        engine.close()
        return f"weights verified ({engine.model_hash[:12]})"

    def study() -> str:
        protocol = find_protocol(settings.study)
        check_contents(protocol, texts_folder(protocol, settings.study))
        return f"{protocol.id} {protocol.version}, conditions {', '.join(protocol.conditions)}"

    def dialogue() -> str:
        check_environment(settings.rasa_python)
        check_model(settings.model)
        stale = stale_model(settings)
        if stale:
            return f"environment and model are there, but {stale}"
        return "environment and model are there"

    def log() -> str:
        open_log(settings.db).close()
        return f"{settings.db} can be written"

    def port() -> str:
        listen_on(settings.host, settings.port).close()
        return f"{settings.host}:{settings.port} is free"

    def recording() -> str:
        if not settings.recording.is_file():
            raise MissingPart(f"{settings.recording} is not there.", remedy="Run `make media`.")
        return "there"

    checks = {
        "study": study,
        "affect networks": networks,
        "dialogue": dialogue,
        "study log": log,
        "port": port,
        "demo recording": recording,
    }
    return tuple(_look(what, check) for what, check in checks.items())


def _look(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, detail=check())
    except TutorbotError as error:
        return Finding(what=what, detail="", fault=str(error))
