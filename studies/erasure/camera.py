"""The scores of somebody who took the consent to the camera back, deleted from the log by command."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from typing import Any

from studies.erasure.erase import held, opened
from studies.erasure.folder import as_values
from studies.erasure.receipt import operator, sealed
from studies.log import migrations
from studies.log.database import shown, write
from studies.log.person import find_person
from studies.log.scores import erase_scores, withdrawn_at_seq
from studies.log.scrub import compact
from studies.log.store import audit, utc_now
from tutorbot.errors import BadInput


def erase_camera(db: str, study_id: str, code: str, *, by: str | None = None) -> dict[str, Any]:
    """Delete the scores of every session in which camera consent was taken back; returns the receipt.

    Raises: BadInput: an unknown code, or one whose camera consent was never taken back, or nothing is left;
    LogUnwritable: a tutor runs on the log.
    """
    receipt_id, at_utc = str(uuid.uuid4()), utc_now()
    with ExitStack() as stack:
        engine = opened(db)
        stack.callback(engine.dispose)
        stack.callback(held(engine))
        with write(engine) as connection:
            migrations.require_head(connection)
            person = find_person(connection, study_id, code)
            back = [one for one in person.sessions if withdrawn_at_seq(connection, one) is not None]
            if not back:
                raise BadInput(
                    f"{code} did not take the consent to the camera back in any session.",
                    remedy="Leave out --partial to remove the whole person.",
                )
            done = [
                gone
                for one in back
                if (gone := erase_scores(connection, one, at_utc=at_utc, receipt=receipt_id)) is not None
            ]
            if not done:
                raise BadInput(
                    f"The camera scores of {code} are deleted already, or there never were any.",
                    remedy="There is nothing to do; `tutorbot replay` says from when on they are missing.",
                )
            for gone in done:
                audit(
                    connection,
                    study_id,
                    at_utc=at_utc,
                    actor="operator",
                    action="withdraw",
                    session_id=gone.session_id,
                    detail=f"scores of the camera from second {gone.from_s:g} on, receipt {receipt_id}",
                )
        note = compact(engine)
        deleted: dict[str, int] = {}
        for gone in done:
            for table, n in gone.deleted.items():
                deleted[table] = deleted.get(table, 0) + n
        return sealed(
            {
                "receipt": receipt_id,
                "what": "deletion of camera scores",
                "study": study_id,
                "participants": [code],
                "reason": "camera_withdrawn",
                "at_utc": at_utc,
                "by": by or operator(),
                "log": {
                    "url": shown(engine.url),
                    "deleted": {table: n for table, n in deleted.items() if n},
                    "n_sessions": len(done),
                    "kept": "the session with an empty row in each one's place, a tombstone, the audit log",
                    "note": note,
                },
                "exports": as_values([]),
                "bags": as_values([]),
                "tracker": "holds no scores",
                "key": "not concerned",
                "searched": {"n_files": 0, "left": []},
            }
        )
