"""Who came, who took part and how far they got can be read from an export; N is those who agreed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from studies.export.flow import FLOW_FIELDS, SHORT, STATES, group_of, n_in, n_of
from studies.export.study import Exported, export_study
from studies.log.store import SqlStudyLog
from tests.studies.log_builders import AT_UTC, act_story, consent, ended, header, page, probe
from tutorbot.core.events import ItemBegun, ItemEnded, Row

LATER = "2026-11-24T09:10:00.000Z"


def board(n: int, outcome: str = "solved") -> tuple[Row, ...]:
    """A board that took 20 s."""
    begun = ItemBegun(
        at_s=30.0 * n, item_id=f"I{n}", n=n, block=1, problem="type-i", card_order=("a", "b"), given=()
    )
    over = ItemEnded(
        at_s=30.0 * n + 25,
        item_id=f"I{n}",
        outcome=outcome,
        n_attempts=1,
        duration_s=20.0,
        first_try=True,
    )
    return begun, over


COURSES: dict[str, tuple[Row, ...]] = {
    "never_opened": (),
    "no_consent_yet": (page(),),
    "refused": (page(), consent(granted=False), ended(3.0, "consent_refused")),
    "withdrawn": (
        page(),
        consent(),
        *board(1),
        consent(granted=False, at_s=60.0),
        ended(60.0, "consent_withdrawn"),
    ),
    "stopped": (page(), consent(), *board(1), *board(2, "stopped"), ended(85.0, "stopped_by_learner")),
    "finished": (
        page(),
        consent(purpose="camera"),
        consent(),
        *act_story(),
        *board(1),
        *board(2, "revealed"),
        ended(90.5),
    ),
    "open": (page(), consent(purpose="camera", granted=False), consent(), *board(1), probe(60)),
}
"""State -> the rows of a session that is in it."""


async def exported(tmp_path: Path, courses: Sequence[tuple[str, Sequence[Row]]]) -> tuple[Exported, Path]:
    """An export of one session per course, each with its own condition."""
    url = f"sqlite:///{tmp_path}/log.db"
    log = SqlStudyLog.open(url)
    for n, (condition, rows) in enumerate(courses, start=1):
        await log.begin(header(f"s{n}", participant=f"P{n:03d}", condition=condition))
        if rows:
            await log.append(f"s{n}", AT_UTC, rows[:-1])
            await log.append(f"s{n}", LATER, rows[-1:])
    log.close()
    out = tmp_path / "out"
    return export_study(url, "pilot", out), out


def sessions(out: Path) -> list[dict[str, str]]:
    with (out / "session.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


async def test_every_session_says_how_far_it_came(tmp_path: Path):
    _, out = await exported(tmp_path, [("NB", rows) for rows in COURSES.values()])
    rows = sessions(out)
    assert [row["state"] for row in rows] == list(COURSES)
    told = {row["state"]: [row[field.name] for field in FLOW_FIELDS[1:]] for row in rows}
    assert told == {
        "never_opened": ["false", "false", "false", "", "", "0.0", "0", "0", ""],
        "no_consent_yet": ["false", "false", "false", "", "0.5", "0.0", "0", "0", LATER],
        "refused": ["false", "false", "false", "consent_refused", "3.0", "0.0", "0", "0", LATER],
        "withdrawn": ["true", "false", "true", "consent_withdrawn", "60.0", "20.0", "1", "0", LATER],
        "stopped": ["true", "false", "true", "stopped_by_learner", "85.0", "40.0", "1", "0", LATER],
        "finished": ["true", "true", "true", "criterion", "90.5", "40.0", "2", "1", LATER],
        "open": ["true", "false", "true", "", "60.0", "20.0", "1", "0", LATER],
    }


async def test_one_visit_without_opening_the_page_is_no_participant(tmp_path: Path):
    done, out = await exported(tmp_path, [("NB", ())])
    assert (done.n_sessions, done.n_consented) == (1, 0)
    assert [row["state"] for row in sessions(out)] == ["never_opened"]
    text = (out / "README.txt").read_text(encoding="utf-8")
    assert (
        "  NB: N = 0 (0 finished, 0 stopped early, 0 withdrew, 0 still open); "
        "not in N: 0 refused, 0 no answer yet, 1 never opened\n" in text
    )


async def test_an_end_before_any_consent_is_a_refusal(tmp_path: Path):
    _, out = await exported(tmp_path, [("NB", (page(), ended(4.0, "stopped_by_learner")))])
    (row,) = sessions(out)
    assert (row["state"], row["consented"], row["end_reason"]) == ("refused", "false", "stopped_by_learner")


async def test_the_readme_counts_them_apart_for_each_condition(tmp_path: Path):
    courses = [
        ("NB", COURSES["finished"]),
        ("AD", COURSES["stopped"]),
        ("NB", COURSES["finished"]),
        ("NB", COURSES["refused"]),
        ("AD", COURSES["never_opened"]),
        ("AD", COURSES["open"]),
    ]
    done, out = await exported(tmp_path, courses)
    assert {name: n_in(states) for name, states in done.tally.items()} == {"AD": 2, "NB": 2}
    text = (out / "README.txt").read_text(encoding="utf-8")
    assert (
        "  AD: N = 2 (0 finished, 1 stopped early, 0 withdrew, 1 still open); "
        "not in N: 0 refused, 0 no answer yet, 1 never opened\n"
        "  NB: N = 2 (2 finished, 0 stopped early, 0 withdrew, 0 still open); "
        "not in N: 1 refused, 0 no answer yet, 0 never opened\n" in text
    )


@pytest.mark.parametrize(("state", "said"), [("open", True), ("finished", False), ("never_opened", False)])
async def test_a_session_that_had_not_ended_is_pointed_out(tmp_path: Path, state: str, said: bool):
    _, out = await exported(tmp_path, [("NB", COURSES[state])])
    text = (out / "README.txt").read_text(encoding="utf-8")
    assert ("Not ended when this was exported (state open): 1 session." in text) is said


def test_every_state_is_named_and_explained():
    assert set(SHORT) == set(STATES) == set(COURSES)
    assert all(field.doc for field in FLOW_FIELDS)


@pytest.mark.parametrize(("n", "said"), [(0, "0 sessions"), (1, "1 session"), (2, "2 sessions")])
def test_one_session_is_not_one_sessions(n: int, said: str):
    assert n_of(n, "session") == said


def test_who_meets_several_conditions_is_counted_under_all_of_them():
    parts = [{"condition": "NB", "cell": "help=adaptive"}, {"condition": "C0", "cell": "help=none"}]
    assert group_of("NB", parts) == "C0 + NB (within)"
    assert group_of("NB", [{"condition": "NB"}, {"condition": "NB"}]) == "NB"
    assert group_of("NB", None) == "NB"
