"""Participants are taken in all or nothing: in a crowd, over crashes, by link, and into the right place."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from studies.allocation import listed
from studies.identity import Cost, IdentityKey
from studies.log.database import log_engine, snapshot
from studies.log.invitations import invite, links_of, preview
from studies.log.models import Participant, Place, Session
from studies.log.places import counts, given_places
from studies.log.store import SqlStudyLog
from studies.protocol import Protocol
from tests.fakes.clock import FakeClock
from tests.studies.postgresql import POSTGRESQL, empty_schema
from tests.studies.protocols import HELP, protocol, three_by_two
from tests.studies.test_allocation import PRIOR
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.bootstrap.languages import language_for
from tutorbot.bootstrap.study import plan_for
from tutorbot.core.events import Consent, Health, SessionEnded
from tutorbot.errors import BadInput, EnrolmentClosed, UnknownLink
from tutorbot.ports import Arrival, LogHeader

ROOT = Path(__file__).parents[2]


class Desk:
    """One study's enrolment on a log of its own."""

    def __init__(self, url: str, study: Protocol) -> None:
        self.url, self.study = url, study
        self.clock = FakeClock()
        self.log = SqlStudyLog.open(url)
        self.enrolment = StudyEnrolment(study, self.log, self.clock, "0" * 64)

    async def join(self, **changes: Any) -> LogHeader:
        return await self.enrolment.join(Arrival(**changes))

    async def put(self, header: LogHeader, *rows: Any) -> None:
        await self.log.append(header.session_id, self.clock.utc_iso(), rows)

    async def consent(self, header: LogHeader) -> None:
        await self.put(
            header, Consent(at_s=1, purpose="participation", granted=True, version="1", language="en")
        )

    async def end(self, header: LogHeader, reason: str) -> None:
        await self.put(header, SessionEnded(at_s=9, reason=reason, n_items=1, n_acts=0))

    async def places(self) -> list[Any]:
        return await self.log.reading(lambda connection: given_places(connection, self.study.id))

    async def held(self) -> dict[str, tuple[int, int]]:
        found = await self.log.reading(lambda connection: counts(connection, self.study.id))
        return {cell: (one.completed, one.running) for cell, one in found.items()}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(study: Protocol | None = None) -> Desk:
        made.append(Desk(f"sqlite:///{tmp_path}/log.db", study or three_by_two()))
        return made[-1]

    yield make
    for one in made:
        one.log.close()


# ------------------------------------------------------------------------ places


async def test_a_participant_gets_the_list_s_place_and_the_session_it_makes(desk: Callable[..., Desk]):
    here = desk()
    for n in range(1, 8):
        header = await here.join()
        cell, order = listed(here.study, n)
        assert (header.cell, header.sequence) == (cell, order or None)
        assert header.participant == f"P{n:03d}"
        setup = plan_for(header).setup
        assert setup.condition == header.condition
        assert [problem.problem_id for problem in setup.lesson.problems] == list(header.parts[0].problems)


@pytest.mark.parametrize(
    "reason", ["consent_refused", "consent_withdrawn", "stopped_by_learner", "away_too_long"]
)
async def test_a_drop_out_s_place_goes_to_the_next_participant(desk: Callable[..., Desk], reason: str):
    here = desk()
    first = await here.join()
    await here.consent(first)
    await here.end(first, reason)
    second = await here.join()
    assert (second.cell, second.sequence) == (first.cell, first.sequence)
    assert [(place.list_n, place.refill_of) for place in await here.places()] == [(1, None), (None, 1)]


async def test_whoever_finishes_keeps_the_place(desk: Callable[..., Desk]):
    here = desk()
    first = await here.join()
    await here.consent(first)
    await here.end(first, "criterion")
    await here.join()
    assert [place.list_n for place in await here.places()] == [1, 2]
    assert sum(done for done, _ in (await here.held()).values()) == 1


async def test_a_place_nobody_agreed_to_is_free_again_after_a_while(desk: Callable[..., Desk]):
    here = desk()
    idle = await here.join()
    here.clock.advance(60 * 29)
    assert (await here.join()).cell == listed(here.study, 2)[0]
    here.clock.advance(60 * 2)
    assert (await here.join()).cell == idle.cell


async def test_somebody_who_comes_late_to_the_consent_gets_a_place_anew(desk: Callable[..., Desk]):
    here = desk()
    idle = await here.join()
    await here.put(idle, Health(at_s=0, component="page", state="connected"))
    here.clock.advance(60 * 31)
    other = await here.join()
    assert other.cell == idle.cell
    again = await here.enrolment.by_link(idle.link)
    assert again.session_id == idle.session_id
    assert again.cell == listed(here.study, 2)[0]
    assert await here.enrolment.by_link(idle.link) == again, "and keeps it"
    assert (await here.log.header(idle.session_id)).cell == again.cell


async def test_somebody_who_agreed_and_was_away_for_long_is_a_drop_out(desk: Callable[..., Desk]):
    here = desk()
    first = await here.join()
    await here.consent(first)
    here.clock.advance(3600 * 23)
    assert (await here.join()).cell != first.cell
    here.clock.advance(3600 * 2)
    assert (await here.join()).cell == first.cell
    assert (await here.enrolment.by_link(first.link)).cell == first.cell, "who comes back goes on"


async def test_a_full_study_says_so_and_opens_again_when_somebody_drops_out(desk: Callable[..., Desk]):
    here = desk(three_by_two(sample={"n": 2}))
    first = await here.join()
    await here.join()
    with pytest.raises(EnrolmentClosed, match="All places"):
        await here.join()
    await here.end(first, "consent_refused")
    await here.join()


async def test_strata_are_asked_and_balanced_each_by_itself(desk: Callable[..., Desk]):
    here = desk(three_by_two(allocation={"method": "permuted_blocks", "strata": [PRIOR]}))
    form = here.enrolment.join_form(("en",))
    assert [(question.id, question.options) for question in form.questions] == [
        ("prior", (("yes", "Yes"), ("no", "No")))
    ]
    for answer in ("yes", "no") * 6:
        await here.join(answers={"prior": answer})
    places = await here.places()
    for stratum in ("prior=yes", "prior=no"):
        assert len({place.cell for place in places if place.stratum == stratum}) == 6
    with pytest.raises(BadInput, match="prior"):
        await here.join(answers={"prior": "perhaps"})


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ((), None),
        (("fr", "it"), None),
        (("de",), "de"),
        (("DE-at", "en"), "de"),
        (("fr", "en-GB", "de"), "en"),
        (("pt-BR",), "pt-PT"),
    ],
)
def test_somebody_is_met_in_the_first_wanted_language_the_study_has(
    wanted: tuple[str, ...], language: str | None
):
    assert language_for(wanted, ("en", "de", "pt-PT")) == language


async def test_a_personal_link_begins_in_the_browser_s_language_and_stays_in_the_chosen_one(
    desk: Callable[..., Desk],
):
    study = protocol("three-by-two")
    here = desk(study)
    assert here.enrolment.join_form(("de-CH", "en")).language == "de"
    assert here.enrolment.join_form(("fr",)).language == "en"
    (made,) = await here.log.writing(lambda connection: invite(connection, study, 1))
    header = await here.enrolment.by_link(made.link, ("de-AT", "en"))
    assert header.language == "de"
    await here.enrolment.choose_language(header.session_id, "en")
    assert (await here.enrolment.by_link(made.link, ("de",))).language == "en"


async def test_a_yoked_condition_waits_for_its_match_and_nobody_is_sent_away(desk: Callable[..., Desk]):
    here = desk(
        protocol(
            conditions=["L1-A", "L1-Y"],
            evidence_sources=["interaction"],
            allocation={"method": "permuted_blocks"},
        )
    )
    first = [await here.join() for _ in range(3)]
    assert [header.condition for header in first] == ["L1-A"] * 3
    await here.consent(first[0])
    await here.end(first[0], "criterion")
    assert (await here.join()).condition == "L1-Y"


# ------------------------------------------------------------------------ links and previews


async def test_a_personal_link_begins_its_session_when_it_is_opened(desk: Callable[..., Desk]):
    here = desk(three_by_two(enrolment={"by": "links"}))
    with pytest.raises(EnrolmentClosed, match="personal link"):
        await here.join()
    made = await here.log.writing(lambda connection: invite(connection, here.study, 3))
    assert [one.code for one in made] == ["P001", "P002", "P003"]
    assert await here.places() == []
    with pytest.raises(UnknownLink):
        await here.enrolment.begun(made[0].link)
    second = await here.enrolment.by_link(made[1].link)
    assert (second.participant, second.cell) == ("P002", listed(here.study, 1)[0])
    assert await here.enrolment.by_link(made[1].link) == second
    known = await here.log.reading(lambda connection: links_of(connection, here.study.id))
    assert [one.opened for one in known] == [False, True, False]
    with pytest.raises(UnknownLink):
        await here.enrolment.by_link("nobody")


async def test_a_preview_shows_every_cell_takes_no_place_and_is_never_data(desk: Callable[..., Desk]):
    here = desk()
    made = await here.log.writing(lambda connection: preview(connection, here.study))
    headers = [await here.enrolment.by_link(one.link) for one in made]
    assert [header.cell for header in headers] == [one.cell for one in made]
    assert len({header.cell for header in headers}) == 6
    assert all(header.test_only and header.participant.startswith("T") for header in headers)
    assert await here.places() == []
    assert (await here.join()).participant == "P001"


# ------------------------------------------------------------------------ recruitment services

PROLIFIC = {
    "service": "prolific",
    "parameters": ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"],
    "person": "PROLIFIC_PID",
    "completed": "C1ABC",
    "stopped": "C0XYZ",
    "url": "https://app.prolific.com/submissions/complete?cc={code}",
}
CHEAP = Cost(passes=1, memory=1 << 16)


async def test_somebody_a_service_sends_twice_comes_to_one_session_and_is_named_in_the_key_alone(
    desk: Callable[..., Desk], tmp_path: Path
):
    here = desk(three_by_two(completion=PROLIFIC))
    key = IdentityKey.create(tmp_path / "key", "a long passphrase", cost=CHEAP)
    here.enrolment = StudyEnrolment(here.study, here.log, here.clock, "0" * 64, key)
    sent = {"PROLIFIC_PID": "5f1d-somebody", "STUDY_ID": "s1"}
    first = await here.join(parameters=sent)
    assert await here.join(parameters=sent) == first
    assert await here.enrolment.known(sent) == first
    assert await here.enrolment.known({"PROLIFIC_PID": "77aa-another"}) is None
    assert await here.enrolment.known({}) is None
    other = await here.join(parameters={"PROLIFIC_PID": "77aa-another"})
    assert other.session_id != first.session_id
    assert {one.code: one.fields for one in key.open("a long passphrase")} == {
        first.participant: sent,
        other.participant: {"PROLIFIC_PID": "77aa-another"},
    }
    with pytest.raises(BadInput, match="lacks PROLIFIC_PID"):
        await here.join()
    here.log.close()
    for file in tmp_path.glob("log.db*"):  # noqa: ASYNC240
        assert b"5f1d-somebody" not in file.read_bytes()
    codes = plan_for(first).stages
    assert codes.completed is not None
    assert codes.completed.url == "https://app.prolific.com/submissions/complete?cc=C1ABC"


# ------------------------------------------------------------------------ the protocol freezes


async def test_a_protocol_in_use_changes_by_amendment_alone(desk: Callable[..., Desk]):
    first = desk()
    await first.join()
    with pytest.raises(BadInput, match=r"changed since \(title\)"):
        await desk(three_by_two(title="Another title")).join()
    with pytest.raises(BadInput, match="no amendment says why"):
        await desk(three_by_two(title="Another title", version="2")).join()
    why = [{"version": "2", "date": "2026-11-24", "reason": "a clearer title"}]
    amended = await desk(three_by_two(title="Another title", version="2", amendments=why)).join()
    assert amended.participant == "P002"
    [said] = await desk(three_by_two(title="Another title")).enrolment.why_closed()
    assert "newcomers are refused" in said and "changed since" in said
    assert await first.enrolment.why_closed() == ()
    await first.join()  # the old file is still known


async def test_a_changed_consent_text_needs_a_version_of_its_own(desk: Callable[..., Desk]):
    first = desk()
    await first.join()
    consent = first.study.model_dump(mode="json")["consent"]
    consent["texts"]["en"]["points"].append("One more thing.")
    why = [{"version": "2", "date": "2026-11-24", "reason": "one more point"}]
    changed = {"version": "2", "amendments": why}
    with pytest.raises(BadInput, match="its version is still '1'"):
        await desk(three_by_two(consent=consent, **changed)).join()
    await desk(three_by_two(consent={**consent, "version": "2"}, **changed)).join()


async def test_previews_do_not_freeze_a_protocol(desk: Callable[..., Desk]):
    here = desk()
    made = await here.log.writing(lambda connection: preview(connection, here.study))
    await here.enrolment.by_link(made[0].link)
    await desk(three_by_two(title="Another title")).join()


# ------------------------------------------------------------------------ crowds and crashes


async def test_two_hundred_arrivals_at_once_get_the_list_in_order(desk: Callable[..., Desk]):
    here = desk()
    headers = await asyncio.gather(*(here.join() for _ in range(200)))
    assert sorted(header.participant for header in headers) == [f"P{n:03d}" for n in range(1, 201)]
    by_session = {header.session_id: header.cell for header in headers}
    places = await here.places()
    assert [place.list_n for place in places] == list(range(1, 201))
    assert [place.cell for place in places] == [listed(here.study, n)[0] for n in range(1, 201)]
    assert sorted(by_session.values()) == sorted(place.cell for place in places)


ARRIVALS = """
import asyncio, sys
from studies.log.store import SqlStudyLog
from studies.protocol import load_protocol
from pathlib import Path
from tutorbot.adapters.system_clock import SystemClock
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.ports import Arrival

async def main():
    log = SqlStudyLog.open(sys.argv[1])
    enrolment = StudyEnrolment(load_protocol(Path(sys.argv[2])), log, SystemClock(), "0" * 64)
    async def one():
        print((await enrolment.join(Arrival())).participant, flush=True)
    while True:
        await asyncio.gather(*(one() for _ in range(5)))

asyncio.run(main())
"""


def arrive_and_kill(url: str, study: Path, n: int) -> list[str]:
    """Let participants come until ``n`` were told their code, then kill the process in the middle of it."""
    command = [sys.executable, "-c", ARRIVALS, url, str(study)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(n)]
        os.kill(child.pid, signal.SIGKILL)
        return told + child.stdout.read().split()


def whole(url: str, study: Protocol, told: list[str]) -> None:
    """Everybody who was told a code is there once, with one place; the list has no gap and no double."""
    engine = log_engine(url)
    with snapshot(engine) as connection:
        codes = list(connection.execute(select(Session.participant).order_by(Session.participant)).scalars())
        known = set(connection.execute(select(Participant.code)).scalars())
        held = list(connection.execute(select(Place.session_id)).scalars())
        places = given_places(connection, study.id)
    engine.dispose()
    assert len(set(codes)) == len(codes), "nobody twice"
    assert set(told) <= set(codes), "nobody lost"
    assert set(codes) == known, "no pseudonym without a session"
    assert len(set(held)) == len(held) == len(codes), "one place each"
    assert [place.list_n for place in places] == list(range(1, len(codes) + 1))
    assert [place.cell for place in places] == [listed(study, n)[0] for n in range(1, len(codes) + 1)]


def test_a_process_killed_at_every_tenth_arrival_loses_and_doubles_nobody(tmp_path: Path):
    study, url = tmp_path / "study.yml", f"sqlite:///{tmp_path}/log.db"
    study.write_text(three_by_two().text, encoding="utf-8")
    told: list[str] = []
    for _ in range(5):
        told += arrive_and_kill(url, study, 10)
        whole(url, three_by_two(), told)
    assert len(told) >= 50


@pytest.mark.skipif(not POSTGRESQL, reason="no PostgreSQL is here")
async def test_two_servers_on_one_postgresql_give_no_place_twice():
    with empty_schema() as url:
        desks = [Desk(url, three_by_two()) for _ in range(2)]
        headers = await asyncio.gather(*(desks[n % 2].join() for n in range(40)))
        assert len({header.participant for header in headers}) == 40
        places = await desks[0].places()
        assert [place.list_n for place in places] == list(range(1, 41))
        for one in desks:
            one.log.close()


# ------------------------------------------------------------------------ within-subject designs


async def test_each_part_s_rows_carry_the_condition_of_the_part(desk: Callable[..., Desk]):
    within = {**HELP, "vary": "within"}
    here = desk(
        three_by_two(
            factors=[within],
            order="williams",
            lesson="shj",
            material={"sets": [["type-i"], ["type-ii"], ["type-iv"]]},
        )
    )
    header = await here.join()
    assert header.cell == ""
    assert header.sequence is not None
    assert sorted(part.condition for part in header.parts) == ["C0", "L1-A", "NB"]
    assert header.condition == header.parts[0].condition
    plan = plan_for(header)
    assert [part.condition for part in plan.setup.parts] == [part.condition for part in header.parts]
    assert [problem.problem_id for problem in plan.setup.lesson.problems] == [
        name for part in header.parts for name in part.problems
    ]
