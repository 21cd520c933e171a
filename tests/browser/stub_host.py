"""A session host with a small scripted lesson: behaves as the real one, and remembers what it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.browser import stub_flow
from tests.browser.stub_desk import StubDesk
from tests.browser.stub_flow import CONTACT, DEBRIEF, EXPLANATION, READING, StubSheet
from tutorbot.adapters.web.host import LinkInUse, UnknownLink
from tutorbot.errors import BadFrame, BadInput, CameraRefused
from tutorbot.lessons import list_languages, load_phrases
from tutorbot.ports import Arrival, JoinForm, Surface, TutorLine
from tutorbot.session.words import words

SIZES, COLOURS, SHAPES = ("large", "small"), ("red", "blue"), ("triangle", "circle")
CARDS = [f"{size}-{colour}-{shape}" for size in SIZES for colour in COLOURS for shape in SHAPES]
ITEMS = ("board-1", "board-2")
MOST_ATTEMPTS = 3
CHOICES = ("Yes, please", "Not now")
WORDINGS = {language: load_phrases(language).wordings for language in list_languages()}


def draw_cards(lessons: Path, pack: str = "stub") -> None:
    """Eight plain drawings, as a lesson pack has them."""
    folder = lessons / pack / "cards"
    folder.mkdir(parents=True)
    for card in CARDS:
        size, colour, shape = card.split("-")
        r = 42 if size == "large" else 22
        fill = {"red": "#c0392b", "blue": "#2264a8"}[colour]
        drawn = (
            f'<circle cx="50" cy="50" r="{r}" fill="{fill}"/>'
            if shape == "circle"
            else f'<path d="M50 {50 - r} L{50 + r} {50 + r} L{50 - r} {50 + r}z" fill="{fill}"/>'
        )
        text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{drawn}</svg>'
        (folder / f"{card}.svg").write_text(text, encoding="utf-8")


def wording(key: str, language: str = "en", **fields: object) -> str:
    """The tutor's own words for a moment, always the first of them."""
    return WORDINGS[language][key][0].format(**fields)


def right_box(card: str) -> str:
    """The stub's rule: triangles go left."""
    return "left" if card.endswith("triangle") else "right"


class StubSession:
    """One participant's state; its view has every part that the real one has (tutorbot/session/view.py)."""

    def __init__(
        self, label: str, *, camera: bool, baseline_s: float, language: str, flow: bool, code: str
    ) -> None:
        self.label = label
        self.code = code
        self.language = language
        self.flow = flow
        self.stages: list[str | StubSheet] = (
            ["check", stub_flow.before(), "baseline"] if flow else ["baseline"]
        )
        self.afterwards: list[str | StubSheet] = [stub_flow.after()] if flow else []
        self.sheet: StubSheet | None = None
        self.purposes: dict[str, bool] = {}
        self.notice: str | None = None
        self.refuse_answers = False
        self.camera_offered, self.camera_of = camera, "page"
        self.baseline_s = baseline_s
        self.phase = "consent"
        self.camera = "off" if camera else "refused"
        self.agreed = False
        self.paused = False
        self.item = 0
        self.boxes: dict[str, str] = {CARDS[0]: right_box(CARDS[0])}
        self.marks: dict[str, str] = {}
        self.attempts = 0
        self.offered: int | None = None  # number of the message whose quick replies still lead somewhere
        self.feedback: dict[str, str] | None = None
        self.hint: dict[str, Any] | None = None
        self.step: dict[str, Any] | None = None
        self.asked: str | None = None  # id of the study's two questions, while they are open
        self.available = True
        self.messages: list[dict[str, Any]] = []
        self.surface: Surface | None = None
        self.received: list[dict[str, Any]] = []
        self.frames: list[int] = []
        self.standing = "calibrating"
        self.moves: list[dict[str, Any]] = []
        self.condition = "AD"
        self.wizard: dict[str, Any] | None = None
        self.choices: list[tuple[int, str | None]] = []
        self.levels: dict[str, float | None] | None = None
        self.warnings: list[str] = []
        self.face_warnings: list[str] = []
        self.held = False
        self.held_by: str | None = None
        self.breaks: list[dict[str, Any]] = []
        self.ended_by: str | None = None
        self.ended_how: str | None = None
        self.away_s: int | None = None
        self.parts: dict[str, Any] | None = None

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """What the page sent of one type."""
        return [message for message in list(self.received) if message["type"] == kind]

    def move(self, cause: str, dest: str, *, at_s: float) -> None:
        """The proactivity machine moved."""
        self.moves.append({"at_s": at_s, "source": self.standing, "dest": dest, "cause": cause})
        self.standing = dest

    def under_wizard(self) -> None:
        """A session of condition WZ, in the middle of a board."""
        self.condition, self.phase = "WZ", "task"
        self.wizard = {
            "can_choose": True,
            "can_say": True,
            "limits": [],
            "proposal": None,
            "verdict": None,
            "agreement": {"n": 0, "share": None, "kappa": None},
            "last_words": "not to be shown",
        }

    def propose(self, level: int = 2, *, waits_s: int = 12, trigger_id: str = "T1") -> None:
        """The table would speak now."""
        assert self.wizard is not None
        self.wizard["proposal"] = {
            "trigger_id": trigger_id,
            "reason": "signs of frustration",
            "basis": "the face, with behaviour beside it",
            "signs": ["wrong checks in a row"],
            "level": level,
            "waits_s": waits_s,
            "last_words": "not to be shown",
        }

    def judge(self, state: str, *, level: int = 2, why: str | None = None, ago_s: int = 3) -> None:
        """What became of the newest choice."""
        assert self.wizard is not None
        self.wizard["verdict"] = {"level": level, "state": state, "why": why, "ago_s": ago_s, "in_s": None}

    def view(self) -> dict[str, Any]:
        running, over = self.phase in ("task", "probe"), self.phase in ("ended", "refused")
        own = words(self.language)
        return {
            "phase": self.phase,
            "session_label": self.label,
            "test_only": True,
            "banner": own.test_run,
            "language": self.language,
            "languages": ["en", "de"] if self.flow and self.phase == "consent" else [],
            "progress": None if over else self._progress(),
            "notice": self.notice,
            "consent": self._consent() if self.phase == "consent" else None,
            "check": self._check() if self.phase == "check" else None,
            "questions": None if self.sheet is None else self.sheet.view(self.language),
            "baseline": self._baseline() if self.phase == "baseline" else None,
            "task": self._task() if running else None,
            "probe": self._probe() if self.phase == "probe" else None,
            "check_in": self._check_in() if self.asked and self.phase == "task" and not self.paused else None,
            "sensing": {
                "camera": "paused" if self.paused and self.agreed else self.camera,
                "camera_of": self.camera_of,
                "listening": False,
                "paused": self.paused,
                "held": False,
            },
            "tutor": {
                "available": self.available,
                "note": None if self.available else own.dialogue_down,
            },
            "messages": [
                message if message["n"] == self.offered else {**message, "choices": []}
                for message in self.messages
            ],
            "rights": stub_flow.rights(self.code, self.language, self.purposes, over=over),
            "ended": self._ended() if over else None,
        }

    def _ended(self) -> dict[str, Any]:
        completion = {"code": "TX7Q2", "url": "https://example.org/done?cc=TX7Q2"}
        return {
            "text": list(DEBRIEF[self.language]),
            "contact": CONTACT[self.language],
            "reason": "max_items",
            "completion": completion if self.flow and self.phase == "ended" else None,
        }

    def _progress(self) -> dict[str, Any]:
        steps = ["consent", "check", "questions", "baseline", "task", "probe"]
        return {"step": min(5, steps.index(self.phase) + 1), "of": 6, "kind": self.phase}

    def _check(self) -> dict[str, Any]:
        items = [
            "browser",
            "screen",
            "connection",
            "input",
            *(["camera", "light"] if self.agreed and self.camera_of == "page" else []),
        ]
        return {"items": items}

    def go_on(self, stages: list[str | StubSheet], then: str) -> None:
        """The next stage of the flow, or what follows the last one."""
        following = stages.pop(0) if stages else then
        self.sheet = following if isinstance(following, StubSheet) else None
        self.phase = following if isinstance(following, str) else "questions"

    def _consent(self) -> dict[str, Any]:
        return {
            "version": "stub-1",
            "title": stub_flow.CONSENT_TITLE[self.language],
            "study": [stub_flow.STUDY[self.language]],
            "points": list(stub_flow.POINTS[self.language]),
            "camera_offered": self.camera_offered,
            "camera_of": self.camera_of,
            "camera_text": None,
            "camera_refused_reason": None if self.camera_offered else words(self.language).no_camera,
            "contact": CONTACT[self.language],
            "purposes": [{"id": "sharing", "text": stub_flow.SHARING[self.language], "required": False}]
            if self.flow
            else [],
        }

    def _baseline(self) -> dict[str, Any]:
        return {
            "title": stub_flow.READING_TITLE[self.language],
            "text": list(READING[self.language]),
            "seconds": self.baseline_s,
            "camera": self.agreed and self.camera in ("off", "on"),
        }

    def _probe(self) -> dict[str, Any]:
        own = words(self.language)
        return {
            "item_id": ITEMS[self.item],
            "trust_text": own.trust_item,
            "concentration_text": own.concentration_item,
            "low": own.scale_low,
            "high": own.scale_high,
        }

    def _check_in(self) -> dict[str, Any]:
        own = words(self.language)
        return {
            "probe_id": self.asked,
            "confused_text": own.confused_item,
            "frustrated_text": own.frustrated_item,
            "low": own.scale_low,
            "high": own.scale_high,
        }

    async def ask(self, probe_id: str | None) -> None:
        """Put the study's two questions, or withdraw them."""
        self.asked = probe_id
        if self.surface is not None:
            await self.surface.show(self.view())

    def _task(self) -> dict[str, Any]:
        cards = [
            {
                "id": card,
                "name": card.replace("-", " "),
                "svg": f"/lesson/stub/{card}.svg",
                "box": self.boxes.get(card),
                "given": card == CARDS[0],
                "marked": self.marks.get(card),
            }
            for card in CARDS
        ]
        return {
            "item_id": ITEMS[self.item],
            "n": self.item + 1,
            "of": len(ITEMS),
            "block": 1,
            "title": stub_flow.TASK[self.language][0].format(n=self.item + 1),
            "instruction": stub_flow.TASK[self.language][1],
            "boxes": [{"id": box, "label": label} for box, label in words(self.language).boxes.items()],
            "cards": cards,
            "feedback": self.feedback,
            "can_check": self.phase == "task" and len(self.boxes) == len(CARDS),
            "worked_step": self.step if self.phase == "task" else None,
            "hint": self.hint,
        }


class StubSitting:
    """The stub's answer to each message."""

    def __init__(self, session: StubSession) -> None:
        self._session = session

    async def receive(self, message: Mapping[str, Any]) -> None:
        session = self._session
        session.received.append(dict(message))
        await getattr(self, f"_{message['type']}")(message)
        if session.surface is not None:
            await session.surface.show(session.view())

    async def frame(self, jpeg: bytes) -> None:
        if not self._session.agreed:
            raise CameraRefused("You did not agree to the camera.", remedy="Nothing was looked at.")
        if not jpeg.startswith(b"\xff\xd8"):
            raise BadFrame("A picture is no JPEG.", remedy="Reload the page.")
        self._session.frames.append(len(jpeg))

    async def detach(self) -> None:
        self._session.surface = self._session.asked = None

    async def _hello(self, message: Mapping[str, Any]) -> None:
        """Nothing to do."""

    _attention = _hello

    async def _consent(self, message: Mapping[str, Any]) -> None:
        session = self._session
        if not message["participation"]:
            session.phase = "refused"
            return
        session.purposes["participation"] = True
        if session.camera_offered:
            session.purposes["camera"] = message["camera"]
        session.purposes |= message.get("purposes") or {}
        session.agreed = message["camera"] and session.camera_offered
        if not session.agreed:
            session.camera = "off" if session.camera_offered else "refused"
        if session.phase == "consent":
            session.go_on(session.stages, "task")

    async def _language(self, message: Mapping[str, Any]) -> None:
        self._session.language = message["language"]

    async def _withdraw(self, message: Mapping[str, Any]) -> None:
        session = self._session
        session.purposes[message["purpose"]] = False
        if message["purpose"] == "participation":
            session.phase, session.sheet = "ended", None
        if message["purpose"] in {"participation", "camera"}:
            session.agreed, session.camera = False, "off"

    async def _device_check(self, message: Mapping[str, Any]) -> None:
        """Remembered among what was received."""

    async def _check_done(self, message: Mapping[str, Any]) -> None:
        if self._session.phase == "check":
            self._session.go_on(self._session.stages, "task")

    async def _answer(self, message: Mapping[str, Any]) -> None:
        session = self._session
        if session.refuse_answers:
            raise BadInput("That answer cannot be stored.", remedy="Try it once more.")
        if session.sheet is not None and session.sheet.instrument == message["instrument"]:
            session.sheet.take(message)

    async def _questions_done(self, message: Mapping[str, Any]) -> None:
        session = self._session
        if session.sheet is None or session.sheet.instrument != message["instrument"]:
            return
        if session.sheet.missing():
            raise BadInput("Some questions must be answered first.", remedy="They are marked on the page.")
        session.go_on(
            *((session.stages, "task") if session.sheet.part == "pre" else (session.afterwards, "ended"))
        )

    async def _camera_state(self, message: Mapping[str, Any]) -> None:
        if self._session.agreed:
            self._session.camera = "lost" if message["state"] == "absent" else message["state"]

    async def _baseline_done(self, message: Mapping[str, Any]) -> None:
        if self._session.phase == "baseline":
            self._session.phase = "task"
            hello = "Hello! Sort the cards as you think fit. I am here when you need me."
            await self.say(
                hello if self._session.language == "en" else "Guten Tag! Ich bin da, wenn Sie mich brauchen."
            )

    async def _place(self, message: Mapping[str, Any]) -> None:
        session = self._session
        if message["card_id"] not in CARDS:
            raise BadInput(f"There is no card {message['card_id']}.", remedy="Reload the page.")
        session.marks.clear()
        session.feedback = None
        if message["box"] == "none":
            session.boxes.pop(message["card_id"], None)
        else:
            session.boxes[message["card_id"]] = message["box"]

    async def _check(self, message: Mapping[str, Any]) -> None:
        session = self._session
        session.attempts += 1
        session.marks = {}
        right = [card for card, box in session.boxes.items() if right_box(card) == box]
        if len(right) == len(CARDS):
            self.finish("item_solved", "good")
        elif session.attempts == MOST_ATTEMPTS:
            self.finish("item_revealed", "info")
        else:
            text = wording("item_wrong", session.language, n_right=len(right), n_cards=len(CARDS))
            session.feedback = {"text": text, "tone": "try"}
            offer = "Compare these two cards. Shall I show what differs?"
            choices = CHOICES
            if session.language == "de":
                offer = "Vergleichen Sie diese beiden Karten. Soll ich zeigen, was verschieden ist?"
                choices = tuple(wording(key, "de") for key in ("choice_yes", "choice_not_now"))
            await self.say(offer, act_id="A1", choices=choices)

    def finish(self, key: str, tone: str) -> None:
        """The board as it belongs, marked with what the learner had; the offer is closed with it."""
        session = self._session
        text = wording(key, session.language)
        if session.item + 1 == len(ITEMS):
            text += " " + wording("block_done", session.language, explanation=EXPLANATION[session.language])
        session.phase, session.feedback, session.offered = "probe", {"text": text, "tone": tone}, None
        session.asked = None
        session.marks = {
            card: "right" if right_box(card) == box else "wrong" for card, box in session.boxes.items()
        }
        session.boxes = {card: right_box(card) for card in CARDS}

    async def _say(self, message: Mapping[str, Any]) -> None:
        session = self._session
        session.messages.append(
            {
                "n": len(session.messages) + 1,
                "who": "you",
                "text": message["text"],
                "act_id": None,
                "choices": [],
            }
        )
        session.offered = None
        assert session.surface is not None
        await session.surface.show(session.view())
        accepted = message["text"] == CHOICES[0]
        await self.say("Look at the shape of the cards first." if accepted else "All right.")

    async def _stuck(self, message: Mapping[str, Any]) -> None:
        session = self._session
        if session.hint is None:
            session.hint = {"step": 1, "text": "Look at what the two marked cards share."}
            session.marks = {CARDS[2]: "point", CARDS[5]: "contrast"}
            await self.say("I have marked two cards for you.")
            return
        session.step = {"act_id": "A2", "text": "I placed one card. You finish the rest.", "can_undo": True}
        session.boxes[CARDS[2]] = right_box(CARDS[2])
        session.marks = {CARDS[2]: "filled"}
        await self.say("I'll fill in the first part; you finish it. Say stop any time.", act_id="A2")

    async def _undo(self, message: Mapping[str, Any]) -> None:
        session = self._session
        session.step = None
        session.boxes.pop(CARDS[2], None)
        session.marks.clear()

    async def _probe(self, message: Mapping[str, Any]) -> None:
        session = self._session
        if session.item + 1 == len(ITEMS):
            session.go_on(session.afterwards, "ended")
            return
        session.item += 1
        session.phase = "task"
        session.boxes = {CARDS[0]: right_box(CARDS[0])}
        session.attempts, session.marks = 0, {}
        session.feedback, session.hint, session.step = None, None, None

    async def _check_in(self, message: Mapping[str, Any]) -> None:
        if message["probe_id"] == self._session.asked:
            self._session.asked = None

    async def _pause(self, message: Mapping[str, Any]) -> None:
        self._session.paused, self._session.asked = message["on"], None

    async def _end(self, message: Mapping[str, Any]) -> None:
        self._session.phase, self._session.sheet = "ended", None

    async def say(self, text: str, *, act_id: str | None = None, choices: Sequence[str] = ()) -> None:
        """One line of the tutor, into the history and onto the page."""
        session = self._session
        n = len(session.messages) + 1
        session.messages.append(
            {"n": n, "who": "tutor", "text": text, "act_id": act_id, "choices": list(choices)}
        )
        session.offered = n if choices else None
        if session.surface is not None:
            line = TutorLine(text=text, wording_id="stub/1", act_id=act_id, choices=tuple(choices))
            await session.surface.say(line, at_s=0.0)


class StubHost:
    """All sessions, by link code.

    camera: whether the study offers it. flow: with a check, questionnaires, a further purpose and a code.
    """

    def __init__(
        self, *, camera: bool = True, baseline_s: float = 1.0, language: str = "en", flow: bool = False
    ) -> None:
        self._language = language
        self._flow = flow
        self._camera = camera
        self._baseline_s = baseline_s
        self.sessions: dict[str, StubSession] = {}
        self.desk = StubDesk(self.sessions)
        self.asks = False
        self.wanted: tuple[str, ...] = ()

    def join_form(self, wanted: Sequence[str]) -> JoinForm:
        return stub_flow.join_form(self._language, asks=self.asks)

    async def known(self, parameters: Mapping[str, str]) -> str | None:
        return None

    async def join(self, arrival: Arrival | None = None) -> str:
        n = len(self.sessions) + 1
        code = f"stub-code-{n}"
        self.sessions[code] = StubSession(
            f"P{n:03}",
            camera=self._camera,
            baseline_s=self._baseline_s,
            language=self._language,
            flow=self._flow,
            code=code,
        )
        return code

    async def consent_copy(self, code: str) -> dict[str, Any]:
        if code not in self.sessions:
            raise UnknownLink("No copies here.", remedy="Ask the real one.")
        return stub_flow.consent_copy(self.sessions[code].language)

    async def data_copy(self, code: str) -> dict[str, Any]:
        raise UnknownLink("No copies here.", remedy="Ask the real one.")

    async def attach(self, code: str, surface: Surface, wanted: Sequence[str] = ()) -> StubSitting:
        self.wanted = tuple(wanted)
        session = self.sessions.get(code)
        if session is None:
            raise UnknownLink("No participant belongs to this link.", remedy="Ask for a new one.")
        if session.surface is not None:
            raise LinkInUse("The link is open elsewhere.", remedy="Go back to that tab.")
        session.surface = surface
        await surface.show(session.view())
        return StubSitting(session)
