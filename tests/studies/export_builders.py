"""A small study as a log: simulated learners, questionnaires, words, a refusal, a try-out, a comeback."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from studies.log.store import SqlStudyLog
from tests.builders import setup
from tests.studies.log_builders import act_story, consent, ended, header, page, probe, trigger
from tutorbot.core.events import (
    AffectWindow,
    Note,
    Observation,
    QuestionnaireAnswer,
    QuestionnaireEnd,
    Row,
    TutorSaid,
    WizardLine,
)
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

SECRETS = ("secret-link", "my own words", "a word of E1's", "free answer", "wizard's typed words", "squiggle")
"""Texts that no export may hold unless words were asked for; the first never."""
BEGAN = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def answer(item_id: str, value: float | None = None, **changes: Any) -> QuestionnaireAnswer:
    values = {"at_s": 1.0, "phase": "pre", "block": None, "not_applicable": False, **changes}
    return QuestionnaireAnswer(instrument="fks", version="1", item_id=item_id, value=value, **values)


def questionnaires(at_s: float) -> tuple[Row, ...]:
    """Two items answered, one of them twice, one not applicable, one chosen, one in words."""
    return (
        answer("fks01", 2.0, at_s=at_s),
        answer("fks01", 6.0, at_s=at_s + 1, response_s=1.5),
        answer("fks02", None, at_s=at_s + 2, not_applicable=True),
        answer("age", None, at_s=at_s + 3, choice="25-34"),
        answer("open", None, at_s=at_s + 4, text="free answer"),
        answer("fks01", 3.0, at_s=at_s + 5, phase="block", block=1),
        QuestionnaireEnd(
            at_s=at_s + 6,
            instrument="fks",
            version="1",
            phase="pre",
            block=None,
            n_items=4,
            n_answered=4,
            outcome="done",
            duration_s=6.0,
            n_checks=0,
            n_checks_passed=0,
        ),
    )


def simulated(condition: str, learner: int, *, boards: int = 4) -> list[Row]:
    """A whole session of a simulated learner, as the tutor logged it."""
    population = Population(parameters=load_parameters(), seed=1, auc=0.85, begin=begins, boards=boards)
    return population.play(setup(condition), learner).rows


def story() -> tuple[Row, ...]:
    """A session by hand, with what simulated learners do not do: words, notes, a wizard's line."""
    from tutorbot.core.events import LearnerSaid, Understood

    entities = (("shape", "squiggle"),)
    return (
        page(),
        consent(),
        *questionnaires(2.0),
        *act_story(),
        LearnerSaid(at_s=16.0, utterance_id="U1", text="my own words", item_id="I1"),
        Understood(at_s=16.2, utterance_id="U1", intent="ask_hint", confidence=0.5, entities=entities),
        Note(at_s=17.0, text="a word of E1's", observer="E1", about_s=16.0),
        Observation(at_s=18.0, observer="O1", from_s=15.0, to_s=18.0, affect="confused", behaviour="on_task"),
        WizardLine(at_s=19.0, text="the wizard's typed words", prepared=None, reason=None),
        TutorSaid(at_s=19.2, text="the wizard's typed words", wording_id="wizard/typed"),
        TutorSaid(at_s=19.4, text="Shall we look at it?", wording_id="suggestion/2"),
        AffectWindow.unseen(20.0, 1.0),
        trigger("T2", 21.0, outcome="suppressed", reason="rest", level_allowed=0),
        probe(22, 5),
    )


async def _fill(url: str, people: Sequence[tuple[dict[str, Any], Sequence[Row]]]) -> None:
    log = SqlStudyLog.open(url)
    for n, (changes, rows) in enumerate(people, start=1):
        began = BEGAN + dt.timedelta(days=n)
        one = header(f"s{n}", **{"started_at_utc": _stamp(began), **changes})
        await log.begin(one)
        for minute, some in groupby(rows, key=lambda row: row.at_s // 60):
            await log.append(f"s{n}", _stamp(began + dt.timedelta(minutes=minute + 1)), tuple(some))
    log.close()


def _stamp(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def small_study(path: Path) -> str:
    """The same as a new file; the log's URL."""
    fill_small_study(f"sqlite:///{path}")
    return f"sqlite:///{path}"


def fill_small_study(url: str) -> None:
    """A log of eight sessions.

    s1 to s3 simulated, s4 by hand and open, s5 refused, s6 no data, s7 P001 once more, s8 never opened.
    """
    people: list[tuple[dict[str, Any], Sequence[Row]]] = [
        ({"participant": "P001", "condition": "AD"}, simulated("AD", 0)),
        ({"participant": "P002", "condition": "C0"}, simulated("C0", 1)),
        ({"participant": "P003", "condition": "WZ"}, simulated("WZ", 2)),
        ({"participant": "P004", "condition": "AD"}, story()),
        (
            {"participant": "P005", "condition": "C0"},
            (page(), consent(granted=False), ended(2.0, reason="consent_refused")),
        ),
        (
            {"participant": "P006", "condition": "AD", "test_only": True, "protocol_hash": "dd" * 32},
            (consent(), probe(77), ended()),
        ),
        ({"participant": "P001", "condition": "AD"}, (consent(), probe(1), probe(2, 2), ended())),
        ({"participant": "P007", "condition": "C0"}, ()),
    ]
    asyncio.run(_fill(url, people))


def played_study(path: Path) -> str:
    """Three simulated learners who work on twelve boards, and answer a questionnaire. The log's URL."""
    people = []
    for n, condition in enumerate(("AD", "L2-A", "C0")):
        rows = simulated(condition, n, boards=12)
        people.append(
            (
                {"participant": f"P{n + 1:03d}", "condition": condition},
                (*rows[:-1], *questionnaires(rows[-1].at_s), rows[-1]),
            )
        )
    asyncio.run(_fill(f"sqlite:///{path}", people))
    return f"sqlite:///{path}"
