"""What the page sends, and what becomes of it: one method per message (docs/wire.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutorbot.core.events import (
    Action,
    Attention,
    Consent,
    DeviceCheck,
    Health,
    LearnerSaid,
    Probe,
    QuestionnaireAnswer,
    Row,
    ValidityAnswer,
)
from tutorbot.core.evidence import Watcher
from tutorbot.errors import BadInput, CameraRefused, Paused
from tutorbot.session.keeper import Keeper
from tutorbot.session.words import words

NOTHING_AFTER_THE_END = frozenset(
    {"hello", "attention", "camera_state", "check_in", "end", "language", "answer", "questions_done"}
)
"""Messages that a finished session takes without a word and without a row."""

WHILE_HELD = frozenset(
    {"hello", "consent", "withdraw", "attention", "camera_state", "check_in", "end", "language"}
)
"""Messages that are taken while the experimenter pauses: consent can be taken back and the session left."""

NOT_IN_A_BREAK = frozenset({"place", "check", "stuck", "undo", "say", "probe"})
"""Messages that are refused while the learner takes a break: its time does not count, and nobody helps."""

BEFORE_CONSENT = frozenset({"hello", "consent", "attention", "camera_state", "end", "language"})
"""Messages that are taken before the learner has decided whether to take part."""


class PageMessages:
    """Turns the messages of one session's page into rows."""

    def __init__(self, session: Keeper) -> None:
        self._session = session
        self._hello: str | None = None

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Take one message of the page (docs/wire.md); return once it is stored.

        Raises: BadInput: it does not fit what the learner can do now. LogUnwritable.
        """
        kind = str(message["type"])
        if self._session.tutor.phase == "consent" and kind not in BEFORE_CONSENT:
            raise BadInput(
                "Nothing is taken before you have decided whether to take part.",
                remedy="Answer the first page.",
            )
        if not self._session.tutor.over and not self._is_double(message):
            self._refuse_in_a_pause(kind)
        if not self._session.tutor.over:
            await getattr(self, f"_on_{kind}")(message)
        elif kind not in NOTHING_AFTER_THE_END and not self._is_double(message):
            raise BadInput("The session is over.", remedy="There is nothing more to do; thank you.")

    def _refuse_in_a_pause(self, kind: str) -> None:
        """Raises: Paused: this is not taken before the experimenter, or the learner, lets it go on."""
        tutor, own = self._session.tutor, words(self._session.plan.language)
        if tutor.held and kind not in WHILE_HELD:
            raise Paused(own.held, remedy=own.held_wait)
        if tutor.paused and kind in NOT_IN_A_BREAK:
            raise Paused(own.on_break, remedy=own.on_break_wait)

    def _is_double(self, message: Mapping[str, Any]) -> bool:
        """True when the page sent it again; asked when its turn comes, so that no two pass at once."""
        return self._session.tutor.has_seen(message.get("client_id"))

    async def _on_hello(self, message: Mapping[str, Any]) -> None:
        width, height = message.get("viewport") or (0, 0)
        self._hello = f"{width}x{height} {message.get('input')} {message.get('language')}"
        await self._note_hello()

    async def _note_hello(self) -> None:
        """The device is noted once the learner has agreed to take part, not before."""
        if self._hello is None or self._session.tutor.phase == "consent" or self._session.tutor.over:
            return
        detail, self._hello = self._hello, None
        await self._session.put(
            lambda at_s: Health(at_s=at_s, component="page", state="hello", detail=detail)
        )

    async def _on_consent(self, message: Mapping[str, Any]) -> None:
        phase, wanted = self._session.tutor.phase, self._session.plan.consent_version
        version, participation = str(message["version"]), bool(message["participation"])
        camera = bool(message["camera"])
        if phase == "consent" and version != wanted:
            raise BadInput(
                f"The page shows consent text {version!r}, the study now uses {wanted!r}.",
                remedy="Reload the page and read it again.",
            )
        if camera and not self._camera_allowed():
            raise CameraRefused(
                self._session.plan.camera_refused or "This study does not use a camera.",
                remedy="Go on without it.",
            )
        if camera and self._session.tutor.phase != "consent" and not self._session.tutor.camera_consent:
            raise BadInput("The camera can only be agreed to before the lesson.", remedy="Go on without it.")
        if not (camera and participation):
            self._session.eyes.close()  # at once, and also when it cannot be stored
        if self._camera_allowed():
            await self._put_consent("camera", camera and participation, version)
            if self._session.tutor.camera_consent and self._session.tutor.phase == "consent":
                self._session.eyes.open_up()
        if self._session.tutor.phase == "consent" and participation:
            await self._put_purposes(message.get("purposes") or {}, version)
        if self._session.tutor.phase == "consent" or not participation:
            await self._put_consent("participation", participation, version)
            await self._note_hello()

    async def _put_purposes(self, answers: Mapping[str, Any], version: str) -> None:
        """The further choices, each a row; one that was not answered is refused."""
        for name, _ in self._session.plan.stages.purposes:
            await self._put_consent(name, bool(answers.get(name)), version)

    async def _on_withdraw(self, message: Mapping[str, Any]) -> None:
        """One consent is taken back; that to take part ends the session."""
        purpose, version = str(message["purpose"]), self._session.plan.consent_version
        if purpose not in self._session.tutor.purposes:
            raise BadInput(f"Nothing was agreed to under {purpose!r}.", remedy="Reload the page.")
        if purpose in {"camera", "participation"}:
            self._session.eyes.close()  # at once, and also when it cannot be stored
        if not self._is_double(message) and self._session.tutor.purposes[purpose]:
            await self._put_consent(purpose, granted=False, version=version)

    async def _on_device_check(self, message: Mapping[str, Any]) -> None:
        def make(at_s: float) -> Row | None:
            if self._session.tutor.phase != "check" or self._is_double(message):
                return None
            return DeviceCheck(
                at_s=at_s,
                check=str(message["check"]),
                outcome=str(message["outcome"]),
                detail=message.get("detail"),
                client_id=message.get("client_id"),
            )

        await self._session.put(make)

    async def _on_check_done(self, message: Mapping[str, Any]) -> None:
        await self._act("check_done", message)

    async def _on_answer(self, message: Mapping[str, Any]) -> None:
        """An answer to an item; one to a questionnaire that was left meanwhile is dropped."""

        def make(at_s: float) -> Row | None:
            stages = self._session.tutor.stages
            asked = str(message["instrument"]), str(message["part"]), message.get("block")
            if not stages.is_open(*asked) or self._is_double(message):
                return None
            assert stages.sheet is not None
            response_ms = message.get("response_ms")
            row = QuestionnaireAnswer(
                at_s=at_s,
                instrument=asked[0],
                version=stages.sheet.questionnaire.version,
                phase=asked[1],
                block=asked[2],
                item_id=str(message["item_id"]),
                value=message.get("value"),
                choice=message.get("choice"),
                text=message.get("text"),
                not_applicable=bool(message.get("not_applicable")),
                response_s=None if response_ms is None else response_ms / 1000,
                client_id=message.get("client_id"),
            )
            item = stages.sheet.questionnaire.item(row.item_id)
            if item is None or not item.fits(row):
                raise BadInput(
                    f"Item {row.item_id!r} of questionnaire {row.instrument!r} cannot have this answer.",
                    remedy="Choose one of the answers shown, or reload the page.",
                )
            return row

        await self._session.put(make)

    async def _on_questions_done(self, message: Mapping[str, Any]) -> None:
        instrument = str(message["instrument"])
        stages = self._session.tutor.stages
        if not stages.is_open(instrument, str(message["part"]), message.get("block")):
            return
        assert stages.sheet is not None
        if stages.sheet.missing:
            raise BadInput(
                f"{len(stages.sheet.missing)} of the questions must be answered first.",
                remedy="They are marked on the page.",
            )
        await self._act("questions_done", message, target=instrument)

    def _camera_allowed(self) -> bool:
        return self._session.plan.camera_paragraph is not None and self._session.plan.camera_refused is None

    async def _put_consent(self, purpose: str, granted: bool, version: str) -> None:
        language = self._session.plan.language
        await self._session.put(
            lambda at_s: Consent(
                at_s=at_s, purpose=purpose, granted=granted, version=version, language=language
            )
        )

    async def _on_camera_state(self, message: Mapping[str, Any]) -> None:
        state = str(message["state"])
        if self._session.plan.watcher is not Watcher.PAGE:
            return  # the page's camera is not the one in use
        if not self._session.tutor.camera_consent or state == self._session.tutor.camera_state:
            return
        if state == "on" and not self._session.eyes.open:
            raise CameraRefused(
                "The camera cannot be used in this session any more.", remedy="Go on without it."
            )
        await self._session.put(lambda at_s: Health(at_s=at_s, component="camera", state=state))

    async def _on_baseline_done(self, message: Mapping[str, Any]) -> None:
        if self._session.tutor.phase != "baseline":
            return
        await self._act("baseline_done", message)
        await self._session.put(self._baseline_row)

    def _baseline_row(self, at_s: float) -> Row | None:
        if self._session.tutor.phase != "baseline":
            return None
        return self._session.eyes.baseline(at_s)

    async def _on_place(self, message: Mapping[str, Any]) -> None:
        await self._act("place", message, target=message["card_id"], value=message["box"])

    async def _on_check(self, message: Mapping[str, Any]) -> None:
        await self._act("check", message)

    async def _on_stuck(self, message: Mapping[str, Any]) -> None:
        await self._act("stuck", message)

    async def _on_undo(self, message: Mapping[str, Any]) -> None:
        await self._act("undo", message, target=message["act_id"])

    async def _on_pause(self, message: Mapping[str, Any]) -> None:
        await self._act("pause" if message["on"] else "unpause", message)

    async def _on_end(self, message: Mapping[str, Any]) -> None:
        self._session.eyes.close()  # at once, and also when it cannot be stored
        await self._act("end", message)

    async def _act(
        self,
        kind: str,
        message: Mapping[str, Any],
        *,
        target: str | None = None,
        value: str | None = None,
    ) -> None:
        def make(at_s: float) -> Row | None:
            if self._is_double(message):
                return None
            item = self._session.tutor.course.item
            return Action(
                at_s=at_s,
                kind=kind,
                item_id=message.get("item_id") or (item.item_id if item else None),
                target=target,
                value=value,
                client_id=message.get("client_id"),
            )

        await self._session.put(make)

    async def _on_probe(self, message: Mapping[str, Any]) -> None:
        def make(at_s: float) -> Row | None:
            if self._is_double(message):
                return None
            return Probe(
                at_s=at_s,
                item_id=str(message["item_id"]),
                trust=int(message["trust"]),
                concentration=int(message["concentration"]),
                client_id=message.get("client_id"),
            )

        await self._session.put(make)

    async def _on_check_in(self, message: Mapping[str, Any]) -> None:
        """The study's two questions; an answer that comes after they were withdrawn is dropped."""
        probe_id = str(message["probe_id"])

        def make(at_s: float) -> Row | None:
            if self._session.tutor.check_in != probe_id or self._is_double(message):
                return None
            return ValidityAnswer(
                at_s=at_s,
                probe_id=probe_id,
                confused=message["confused"],
                frustrated=message["frustrated"],
                client_id=message.get("client_id"),
            )

        await self._session.put(make)

    async def _on_attention(self, message: Mapping[str, Any]) -> None:
        state = str(message["state"])
        if self._session.tutor.running:
            await self._session.put(lambda at_s: Attention(at_s=at_s, state=state))

    async def _on_say(self, message: Mapping[str, Any]) -> None:
        text = str(message["text"]).strip()
        if not text.strip("/ \t\r\n"):
            raise BadInput("The message is empty.", remedy="Write a few words, then send it.")
        if not self._session.tutor.running:
            raise BadInput("The tutor can talk with you once the lesson has begun.", remedy="Try again then.")

        def make(at_s: float) -> Row | None:
            if self._is_double(message):
                return None
            item = self._session.tutor.course.item
            return LearnerSaid(
                at_s=at_s,
                utterance_id=self._session.tutor.next_utterance_id(),
                text=text,
                item_id=item.item_id if item else None,
                client_id=message.get("client_id"),
            )

        await self._session.put(make)
