"""Studies whose retention date is over, by the protocol that was in force last."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlalchemy import Connection, Engine, func, select

from studies.log import migrations
from studies.log.database import snapshot
from studies.log.models import Invitation, Participant, ProtocolFile, Session, Study
from studies.log.person import require_study
from tutorbot.errors import LogDamaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a study's data are kept. until: last day; None where no protocol was ever in force.

    n_people: who came, and who was only invited.
    """

    study_id: str
    until: dt.date | None
    n_people: int
    n_sessions: int

    def over(self, today: dt.date) -> bool:
        """Whether the last day has passed."""
        return self.until is not None and self.until < today


def retentions(engine: Engine, study_id: str | None = None) -> tuple[Retention, ...]:
    """Every study of a log, or one. Raises: BadInput: none such; LogDamaged: a protocol without a date."""
    with snapshot(engine) as connection:
        migrations.require_head(connection)
        if study_id is not None:
            require_study(connection, study_id)
        known = connection.execute(select(Study.id).order_by(Study.id)).scalars().all()
        return tuple(_one(connection, name) for name in known if study_id in (None, name))


def _one(connection: Connection, study_id: str) -> Retention:
    text = connection.execute(
        select(ProtocolFile.text)
        .where(ProtocolFile.study_id == study_id)
        .order_by(ProtocolFile.first_seen_at_utc.desc(), ProtocolFile.hash)
        .limit(1)
    ).scalar_one_or_none()
    people: set[str] = set()
    for model, code in ((Participant, Participant.code), (Invitation, Invitation.participant)):
        people.update(connection.execute(select(code).where(model.study_id == study_id)).scalars())
    n_sessions = connection.execute(select(func.count()).where(Session.study_id == study_id)).scalar_one()
    until = None if text is None else _date(study_id, text)
    return Retention(study_id=study_id, until=until, n_people=len(people), n_sessions=n_sessions)


def _date(study_id: str, text: str) -> dt.date:
    """``retention_until`` alone: protocols of older versions have it too, whatever else they hold."""
    try:
        found = YAML(typ="safe").load(io.StringIO(text))["retention_until"]
        return found if isinstance(found, dt.date) else dt.date.fromisoformat(str(found))
    except (YAMLError, KeyError, TypeError, ValueError) as error:
        raise LogDamaged(
            f"The protocol of study {study_id!r} in the log has no retention_until that is a date.",
            remedy="Take people out one by one with `studies withdraw`, or name another study with --study.",
        ) from error
