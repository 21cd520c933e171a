"""A room to hold sessions in: real tutor, lesson and loop; fake clock, log, dialogue, page and camera."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from tests.fakes.clock import FakeClock
from tests.fakes.dialogue import FakeDialogue, MindToCome
from tests.fakes.feed import FakeFeed
from tests.fakes.log import ListLog
from tests.fakes.surface import CollectingSurface
from tutorbot.core.comeback import ResumeRule
from tutorbot.core.events import Row
from tutorbot.core.evidence import EvidenceSource
from tutorbot.core.settings import TutorSettings
from tutorbot.core.setup import Setup
from tutorbot.errors import BadInput, UnknownLink
from tutorbot.lessons import load_lesson, load_phrases
from tutorbot.ports import AffectFeed, Arrival, JoinForm, LogHeader
from tutorbot.session.host import Sessions, Sitting
from tutorbot.session.loop import TutoringSession
from tutorbot.session.plan import Plan

LESSON, PHRASES = load_lesson("card-sorting"), load_phrases("en")
SETTINGS = TutorSettings().overridden(
    {
        "dwell_confusion_s": 2.0,
        "grace_s": 0.0,
        "rest_s": 5.0,
        "react_timeout_s": 8.0,
        "slow_first_s": 9.0,
        "ask_again_after_s": 4.0,
    }
)
CODE = "secret-code-of-the-link"
WAIT_S = 5.0

SomeRow = TypeVar("SomeRow", bound=Row)


def header(**changes: Any) -> LogHeader:
    values = {
        "session_id": "s1",
        "study_id": "pilot",
        "participant": "P001",
        "link": CODE,
        "condition": "AD",
        "seed": 7,
        "software_version": "0.1.0",
        "protocol_hash": "a" * 64,
        "lesson_hash": "b" * 64,
        "model_hash": "c" * 64,
        "protocol": "id: pilot\n",
        "test_only": True,
        "started_at_utc": "2026-11-24T09:00:00.000Z",
    }
    return LogHeader(**{**values, **changes})


def plan(of: LogHeader, *, camera_refused: str | None = None, check_ins: bool = False) -> Plan:
    """check_ins: the study's two questions are put, at a random moment of every 20 s of work."""
    return Plan(
        setup=Setup(
            condition=of.condition,
            objective="trust_first",
            seed=of.seed,
            settings=SETTINGS.overridden({"check_in_every_s": 20.0}) if check_ins else SETTINGS,
            lesson=LESSON,
            phrases=PHRASES,
            validity_probes=check_ins,
        ),
        study_title="A study",
        test_only=of.test_only,
        banner="Test run." if of.test_only else None,
        consent_version="1",
        consent_title="Taking part",
        consent_paragraphs=("What it is.",),
        consent_points=("I agree.",),
        camera_paragraph="The camera may be used.",
        camera_refused=camera_refused,
        robot_camera_paragraph="The robot's camera may be used.",
        robot_camera_refused=camera_refused,
        baseline_title="Before we begin",
        baseline_text=("Read this.",),
        baseline_s=5.0,
        contact="somebody@example.org",
        language="en",
        cards_at="/lesson/card-sorting",
    )


def _with_rule(made: Plan, resume: ResumeRule | None) -> Plan:
    return replace(made, setup=replace(made.setup, resume=resume))


class Enrolments:
    """Port ``Enrolment`` over the fake log."""

    def __init__(self, log: ListLog) -> None:
        self._log = log

    def join_form(self, wanted: Sequence[str]) -> JoinForm:
        return JoinForm(language="en", title="A study", instruction="", button="Go on")

    async def known(self, parameters: Mapping[str, str]) -> LogHeader | None:
        return None

    async def choose_language(self, session_id: str, language: str) -> LogHeader:
        raise BadInput(f"This study has no language {language!r}.", remedy="It has en.")

    async def join(self, arrival: Arrival) -> LogHeader:
        participant = await self._log.next_participant("pilot")
        new = header(session_id=f"s-{participant}", participant=participant, link=f"code-of-{participant}")
        await self._log.begin(new)
        return new

    async def begun(self, link: str) -> LogHeader:
        return await self.by_link(link)

    async def by_link(self, link: str, wanted: Sequence[str] = ()) -> LogHeader:
        try:
            return await self._log.session_by_link(link)
        except KeyError:
            raise UnknownLink("No such link.", remedy="Check it.") from None


class Room:
    """One tutor process. ``crashed`` gives a new one on the same log; nothing else lives on."""

    def __init__(
        self,
        *,
        log: ListLog | None = None,
        clock: FakeClock | None = None,
        make_dialogue: Callable[[Any], FakeDialogue] = FakeDialogue,
        camera_refused: str | None = None,
        check_ins: bool = False,
        resume: ResumeRule | None = None,
        robot_feed: Callable[[], AffectFeed] | None = None,
    ) -> None:
        """robot_feed: makes what looks at a robot's pictures; None: a fake one."""
        self.log = log or ListLog()
        self.clock = clock or FakeClock()
        self._check_ins, self._resume = check_ins, resume
        self.page = CollectingSurface()
        self.feeds: list[FakeFeed] = []
        mind = MindToCome()
        self.dialogue = make_dialogue(mind)
        self.sessions = mind.sessions = Sessions(
            enrolment=Enrolments(self.log),
            planner=lambda of: _with_rule(
                plan(of, camera_refused=camera_refused, check_ins=check_ins), resume
            ),
            log=self.log,
            dialogue=self.dialogue,
            clock=self.clock,
            make_feed=self._feed,
            study_id="pilot",
            make_robot_feed=robot_feed or self._robot_feed,
        )
        self.sitting: Sitting
        self.session: TutoringSession

    def _feed(self) -> FakeFeed:
        self.feeds.append(FakeFeed())
        return self.feeds[-1]

    def _robot_feed(self) -> FakeFeed:
        self.feeds.append(FakeFeed(EvidenceSource.ROBOT_CAMERA))
        return self.feeds[-1]

    @property
    def feed(self) -> FakeFeed:
        return self.feeds[-1]

    # ------------------------------------------------------------ the page

    async def open(self, **changes: Any) -> Room:
        """Begin a session if the log has none, and put a page before it."""
        if not await self.log.sessions("pilot"):
            await self.log.begin(header(**changes))
        self.sitting = await self.sessions.attach(CODE, self.page)
        self.session = self.sessions._open["s1"]
        return self

    async def crash(self) -> None:
        """The process is gone: what is stored stays, what was under way is not."""
        await self.sessions.close()

    async def crashed(self, away_s: float = 0.0) -> Room:
        """The tutor was killed and started again; the page is not yet back."""
        await self.crash()
        self.clock.advance(away_s)
        return Room(log=self.log, clock=self.clock, check_ins=self._check_ins, resume=self._resume)

    async def send(self, kind: str, **fields: Any) -> None:
        """One message of the page, and all that comes of it."""
        await self.sitting.receive({"type": kind, **fields})
        await self.settled()

    async def settled(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.session.idle()

    async def consent(self, *, camera: bool = False) -> None:
        await self.send("consent", participation=True, camera=camera, version="1")

    async def begin(self, *, camera: bool = False) -> None:
        """Through consent and baseline to the first board."""
        await self.consent(camera=camera)
        if camera:
            await self.sitting.frame(b"jpeg")
        self.clock.advance(5.0)
        await self.send("baseline_done")

    async def seconds(self, n: int, *, pictures: bool = False) -> None:
        """Let time pass, tick by tick; with ``pictures`` the camera sends one each second."""
        for _ in range(n):
            self.clock.advance(1.0)
            if pictures:
                await self.sitting.frame(b"jpeg")
            await self.session.tick()
            await self.settled()

    async def seconds_while_down(self, n: int) -> None:
        """The same while the dialogue manager is away, so that turns stay open."""
        for _ in range(n):
            self.clock.advance(1.0)
            await self.session.tick()

    async def sort(self, *, right: bool) -> None:
        """Put every card into a box, all right or one wrong, and check the board."""
        task = self.page.view["task"]
        problem = next(p for p in LESSON.problems if p.title == task["title"])
        boxes = {card["id"]: problem.box_of(card["id"]) for card in task["cards"]}
        free = [card["id"] for card in task["cards"] if not card["given"]]
        if not right:
            boxes[free[0]] = "right" if boxes[free[0]] == "left" else "left"
        for card in free:
            self.clock.advance(0.5)
            await self.send("place", item_id=task["item_id"], card_id=card, box=boxes[card])
        await self.send("check", item_id=task["item_id"])

    async def probe(self, trust: int = 4) -> None:
        item_id = self.page.view["probe"]["item_id"]
        await self.send("probe", item_id=item_id, trust=trust, concentration=3)

    async def asked(self, at_most_s: int = 60) -> dict[str, Any]:
        """The study's two questions, as soon as they are on the page."""
        for _ in range(at_most_s):
            if self.page.view["check_in"] is not None:
                return dict(self.page.view["check_in"])
            await self.seconds(1)
        raise AssertionError("the study asked nothing")

    async def confuse(self, at_most_s: int = 30) -> None:
        """A wrong check and a confused face until the tutor has decided to speak; not further."""
        await self.sort(right=False)
        self.feed.confusion = 0.95
        for _ in range(at_most_s):
            if self.session.tutor.initiative.history:
                return
            self.clock.advance(1.0)
            await self.sitting.frame(b"jpeg")
            await self.session.tick()
        raise AssertionError("the tutor never decided to speak")

    # ------------------------------------------------------------ the log

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self.log._rows["s1"])

    def of(self, kind: type[SomeRow]) -> list[SomeRow]:
        return [row for row in self.rows if isinstance(row, kind)]


def cut(log: ListLog, n_rows: int) -> ListLog:
    """The log of a tutor that was killed after ``n_rows`` rows."""
    shorter = ListLog()
    shorter._headers = dict(log._headers)
    shorter._rows = {"s1": log._rows["s1"][:n_rows]}
    shorter.at_utc = {"s1": log.at_utc["s1"][:n_rows]}
    return shorter


def texts(rows: Sequence[Any]) -> list[str]:
    return [row.text for row in rows]


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as it is so; fail if it is not within a few seconds."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
