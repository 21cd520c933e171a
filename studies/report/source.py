"""From the log to the tables a report is computed from. Words that somebody typed stay in the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from sqlalchemy import Connection, func, select

from studies.export.flow import FLOW_FIELDS, Standing
from studies.log.models import ROW_TABLES, Arrival, Invitation, Place, ProtocolFile, Session
from studies.protocol import Protocol, parse_protocol
from studies.protocol.arms import between_cells, within_cells
from studies.report.analysis.frames import newest
from studies.report.scales import scored
from tutorbot.core.events import ROW_TYPES
from tutorbot.errors import BadFile

Frame: TypeAlias = pd.DataFrame
KINDS = {kind.table: kind for kind in ROW_TYPES}
WHO = ("session_id", "participant", "condition", "cell", "part", "cell_in_force", "seq", "at_s")
"""Columns of every row table."""
TAKEN: dict[str, tuple[str, ...]] = {
    "block": ("block", "problem", "part", "run"),
    "probe": ("item_id", "trust", "concentration"),
    "trust_state": ("trust", "cause"),
    "concentration_state": ("concentration",),
    "item": ("item_id", "n", "block", "problem"),
    "item_end": ("item_id", "outcome", "n_attempts", "duration_s", "first_try"),
    "trigger": ("trigger_id", "kind", "basis", "level_offered", "level_allowed", "outcome", "reason"),
    "act": ("act_id", "trigger_id", "item_id", "level", "move"),
    "delivery": ("act_id", "delivered", "level", "latency_s"),
    "reaction": ("act_id", "reaction", "latency_s"),
    "affect_window": ("coverage", "confusion", "frustration", "concentration"),
    "validity_probe": ("probe_id", "outcome", "why", "kind", "basis"),
    "validity_answer": ("probe_id", "confused", "frustrated"),
    "wizard_choice": ("trigger_id", "level", "proposed", "latency_s", "reason", "delay_s"),
    "observation": ("observer", "from_s", "to_s", "affect", "behaviour"),
    "stop_rule": ("n", "mean_change"),
    "questionnaire_answer": (
        "instrument",
        "version",
        "phase",
        "block",
        "item_id",
        "value",
        "choice",
        "not_applicable",
    ),
    "questionnaire_end": (
        "instrument",
        "version",
        "phase",
        "block",
        "n_items",
        "n_answered",
        "outcome",
        "duration_s",
        "n_checks",
        "n_checks_passed",
    ),
    "consent": ("purpose", "granted", "language"),
}
"""Row table -> columns a report uses; none of them holds words of a person."""
JOINED = {"item", "item_end", "act", "delivery", "reaction", "questionnaire_answer", "consent"}
"""Tables that go into others and are not handed on by themselves."""

CriterionOf = Callable[[Protocol, str], int | None]
"""Boards in a row that end a block, of a protocol's lesson with this hash; None when it is not at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What of a log is read. texts: a folder with a lab's own instruments."""

    connection: Connection
    study_id: str
    test_only: bool
    standings: Sequence[Standing]
    criterion_of: CriterionOf
    texts: Path | None


def frames_of(study: Study, told: Callable[[str], None] = lambda name: None) -> dict[str, Frame]:
    """Every table by name. told: of each table as its turn comes."""
    sessions = _sessions(study)
    kept = sessions[sessions["analysed"]]
    blocks = _rows(study, "block", None, kept)
    rows = {}
    for name in TAKEN:
        told(name)
        rows[name] = _rows(study, name, blocks, kept)
    sessions = _with_start(sessions, rows)
    rows["wizard_choice"] = _with_proposals(rows["wizard_choice"], rows["trigger"])
    protocols, newest = _protocols(study, sessions)
    return {
        "study": _study(study, sessions, newest),
        "protocol": protocols,
        "amendment": _amendments(newest),
        "hypothesis": _hypotheses(newest),
        "session": sessions,
        "board": boards(rows, sessions),
        "act_whole": whole_acts(rows),
        **{name: frame for name, frame in rows.items() if name not in JOINED},
        **scored(_answers(rows["questionnaire_answer"], sessions), study.texts),
    }


def _read(connection: Connection, chosen: Any, columns: Sequence[str]) -> Frame:
    return pd.DataFrame([tuple(row) for row in connection.execute(chosen)], columns=list(columns))


def _sessions(study: Study) -> Frame:
    """A row for each session in the order of an export: its standing and its set-up."""
    names = (
        "id",
        "cell",
        "sequence",
        "started_at_utc",
        "protocol_hash",
        "lesson_hash",
        "model_hash",
        "software_version",
        "n_rows",
    )
    table = Session.__table__
    chosen = select(*(table.c[name] for name in names)).where(
        table.c.study_id == study.study_id, table.c.test_only == study.test_only
    )
    known = _read(study.connection, chosen, ("session_id", *names[1:]))
    standing = pd.DataFrame(
        [
            (n, one.session_id, one.participant, one.condition, *one.values)
            for n, one in enumerate(study.standings, start=1)
        ],
        columns=[
            "session_n",
            "session_id",
            "participant",
            "condition",
            *(field.name for field in FLOW_FIELDS),
        ],
    )
    places = _places(study)
    sessions = standing.merge(known, on="session_id").merge(places, on="session_id", how="left")
    sessions["analysed"] = sessions["consented"].astype(bool) & (
        sessions["end_reason"] != "consent_withdrawn"
    )
    return sessions


def _places(study: Study) -> Frame:
    chosen = select(Place.session_id, Place.stratum, Place.origin).where(Place.study_id == study.study_id)
    found = _read(study.connection, chosen, ("session_id", "stratum", "origin"))
    return found.replace({"stratum": {"": None}}).drop_duplicates("session_id", keep="last")


def _rows(study: Study, name: str, blocks: Frame | None, kept: Frame) -> Frame:
    """Rows of one class of the sessions that are analysed, with part and cell in force."""
    table = ROW_TABLES[KINDS[name]]
    own = [column for column in TAKEN[name] if column not in WHO]
    columns = ("session_id", "condition", "seq", "at_s", *own)
    extra = [table.c[column] for column in own]
    if name == "block":
        extra += [table.c.part, table.c.cell]
        columns = (*columns, "part", "cell_in_force")
    chosen = (
        select(table.c.session_id, table.c.condition, table.c.seq, table.c.at_s, *extra)
        .join(Session, Session.id == table.c.session_id)
        .where(Session.study_id == study.study_id, Session.test_only == study.test_only)
    )
    frame = _read(study.connection, chosen, columns)
    frame = frame.merge(
        kept[["session_id", "session_n", "participant", "cell"]], on="session_id", how="inner"
    )
    frame = frame.sort_values(["session_n", "seq"], kind="stable")
    if blocks is not None:
        frame = _in_force(frame, blocks)
    frame["cell_in_force"] = frame["cell_in_force"].where(frame["cell_in_force"].notna(), frame["cell"])
    rest = [column for column in frame.columns if column not in (*WHO, "session_n")]
    return frame[[*WHO, *rest]].reset_index(drop=True)


def _in_force(frame: Frame, blocks: Frame) -> Frame:
    """Part and cell of the newest block before each row; the first block's before that."""
    frame = frame.drop(columns=[one for one in ("part", "cell_in_force") if one in frame])
    starts = blocks[["session_id", "seq", "part", "cell_in_force"]].copy()
    first = starts.drop_duplicates("session_id").assign(seq=0)
    joined = newest(frame, pd.concat([first, starts]), "seq")
    return joined.sort_values(["session_n", "seq"], kind="stable")


def _with_start(sessions: Frame, rows: dict[str, Frame]) -> Frame:
    """Language of the consent and the first trust estimate beside each session."""
    trust = rows["trust_state"].drop_duplicates("session_id").set_index("session_id")["trust"]
    consent = rows["consent"]
    given = consent[(consent["purpose"] == "participation") & consent["granted"].astype(bool)]
    language = given.drop_duplicates("session_id").set_index("session_id")["language"]
    return sessions.assign(
        language=sessions["session_id"].map(language), trust_start=sessions["session_id"].map(trust)
    )


def boards(rows: dict[str, Frame], sessions: Frame) -> Frame:
    """A row for each board that ended: answers after it, online values at its end, how it was solved."""
    keys = ["session_id", "item_id"]
    begun = rows["item"].rename(columns={"n": "item_n"})[[*keys, "item_n", "block", "problem"]]
    runs = rows["block"][["session_id", "block", "run", "seq"]].sort_values("seq", kind="stable")
    board = rows["item_end"].merge(begun, on=keys, how="left")
    answers = rows["probe"].drop_duplicates(keys, keep="last")[[*keys, "trust", "concentration"]]
    board = board.merge(answers, on=keys, how="left")
    board = board.merge(sessions[["session_id", "session_n"]], on="session_id")
    board = _at_end(board, rows["trust_state"], "trust", "trust_estimate")
    board = _at_end(board, rows["concentration_state"], "concentration", "concentration_index")
    board = newest(board, runs[["session_id", "seq", "run"]], "seq")
    return board.sort_values(["session_n", "seq"], kind="stable").reset_index(drop=True)


def _at_end(board: Frame, states: Frame, column: str, name: str) -> Frame:
    return newest(board, states[["session_id", "seq", column]].rename(columns={column: name}), "seq")


def whole_acts(rows: dict[str, Frame]) -> Frame:
    """A row for each act: decision, delivery, reaction."""
    keys = ["session_id", "act_id"]
    delivery = rows["delivery"].rename(
        columns={
            "level": "level_delivered",
            "latency_s": "delivery_latency_s",
            "at_s": "delivered_at_s",
            "seq": "delivered_seq",
        }
    )
    delivery = delivery[
        [*keys, "delivered", "level_delivered", "delivery_latency_s", "delivered_at_s", "delivered_seq"]
    ].drop_duplicates(keys, keep="last")
    reaction = rows["reaction"].rename(columns={"latency_s": "reaction_latency_s"})
    reaction = reaction[[*keys, "reaction", "reaction_latency_s"]].drop_duplicates(keys, keep="last")
    return rows["act"].merge(delivery, on=keys, how="left").merge(reaction, on=keys, how="left")


def _with_proposals(choices: Frame, triggers: Frame) -> Frame:
    """Older rows do not say what was proposed; the finding they are about does."""
    found = triggers.drop_duplicates(["session_id", "trigger_id"])[
        ["session_id", "trigger_id", "level_offered"]
    ]
    joined = choices.merge(found, on=["session_id", "trigger_id"], how="left")
    proposed = joined["proposed"].where(joined["proposed"].notna(), joined["level_offered"])
    return joined.assign(proposed=proposed).drop(columns="level_offered")


def _answers(answers: Frame, sessions: Frame) -> Frame:
    """Answers with the number of the filling in, within person, instrument and phase."""
    first = sessions.set_index("session_id")["condition"]
    filling = ["session_id", "instrument", "phase", "block", "part"]
    order = answers.groupby(filling, dropna=False, sort=False).ngroup()
    answers = answers.assign(filling=order, first_condition=answers["session_id"].map(first))
    numbers = answers.groupby(["participant", "instrument", "phase"])["filling"].rank(method="dense")
    return answers.assign(filling_n=numbers).drop(columns="filling")


def _protocols(study: Study, sessions: Frame) -> tuple[Frame, Protocol | None]:
    """The protocol files in force, and the newest of them; None when this version cannot read it."""
    chosen = (
        select(ProtocolFile.hash, ProtocolFile.text, ProtocolFile.first_seen_at_utc)
        .where(
            ProtocolFile.study_id == study.study_id,
            ProtocolFile.hash.in_(sorted(set(sessions["protocol_hash"]))),
        )
        .order_by(ProtocolFile.first_seen_at_utc, ProtocolFile.hash)
    )
    rows, newest = [], None
    for file_hash, text, first_seen in study.connection.execute(chosen):
        try:
            newest = parse_protocol(text, name=f"protocol {file_hash[:12]}")
            version: str | None = newest.version
        except BadFile:
            newest, version = None, None
        n_sessions = int((sessions["protocol_hash"] == file_hash).sum())
        rows.append((version, file_hash, first_seen, n_sessions))
    return pd.DataFrame(rows, columns=["version", "hash", "first_seen_at_utc", "n_sessions"]), newest


def _study(study: Study, sessions: Frame, newest: Protocol | None) -> Frame:
    """One row: what is known of the study as a whole."""

    def count(column: Any, *where: Any) -> int:
        return int(study.connection.execute(select(func.count(column)).where(*where)).scalar_one())

    lessons = sorted(set(sessions["lesson_hash"]))
    criterion = study.criterion_of(newest, lessons[0]) if newest and len(lessons) == 1 else None
    row = {
        "id": study.study_id,
        "title": newest.title if newest else "(its protocol cannot be read by this version)",
        "ethics_id": newest.ethics_id if newest else None,
        "test_only": study.test_only,
        "conditions": "|".join(newest.conditions) if newest else None,
        "cells": "|".join(_cells(newest)) if newest else None,
        "planned_n": newest.sample.n if newest and newest.sample else None,
        "stop_fall": newest.stop_rule.fall if newest else 1.0,
        "stop_least": newest.stop_rule.least if newest else 10,
        "criterion": criterion,
        "n_invited": count(
            Invitation.link,
            Invitation.study_id == study.study_id,
            Invitation.test_only == study.test_only,
        ),
        "n_arrived": count(
            Arrival.token,
            Arrival.study_id == study.study_id,
            Arrival.session_id.in_(
                select(Session.id).where(
                    Session.study_id == study.study_id, Session.test_only == study.test_only
                )
            ),
        ),
        "n_refilled": int((sessions["origin"] == "refill").sum()),
    }
    return pd.DataFrame([row])


def _cells(protocol: Protocol) -> list[str]:
    """Names of cells in the protocol's order: between alone, and with the within-subject levels."""
    between, within = between_cells(protocol), within_cells(protocol)
    whole = [" ".join(one for one in (a.name, b.name) if one) for a in between for b in within]
    return [name for name in dict.fromkeys([*(cell.name for cell in between), *whole]) if name]


def _amendments(protocol: Protocol | None) -> Frame:
    rows = (
        [(one.version, one.date.isoformat(), one.reason) for one in protocol.amendments] if protocol else []
    )
    return pd.DataFrame(rows, columns=["version", "date", "reason"])


def _hypotheses(protocol: Protocol | None) -> Frame:
    rows = (
        [(one.id, one.text, one.measure, "|".join(one.contrast) or None) for one in protocol.hypotheses]
        if protocol
        else []
    )
    return pd.DataFrame(rows, columns=["id", "text", "measure", "contrast"])
