"""What people at the console do to a session: choose, speak, note, observe, pause, end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from tutorbot.core.events import Action, Note, Observation, Row, WizardLine
from tutorbot.core.observing import AFFECTS, BEHAVIOURS, LONGEST_S
from tutorbot.core.prepared import PreparedLine
from tutorbot.core.wizard_reasons import DELAYS_S, WIZARD_REASONS
from tutorbot.errors import BadInput
from tutorbot.session.console import console_row, observer_row
from tutorbot.session.console_memory import observers_agree
from tutorbot.session.loop import TutoringSession

MOST_LINE, MOST_NOTE = 300, 4000
"""Longest line of the wizard's, and longest note, in characters. P"""

WizardLines = Mapping[str, Sequence[PreparedLine]]
"""Prepared lines by language; the same id says the same in each."""

Standing = Callable[[], Awaitable[Mapping[str, Any]]]
"""How the study as a whole stands (``console_feed.STUDY``); read from the log. Raises: LogUnwritable."""

NOTHING_KEPT = frozenset({"consent_refused", "consent_withdrawn"})
"""How a session ended of which nothing more is written down."""


class Desk:
    """The console's side of all sessions.

    open_sessions: those in memory. lines: what the wizard can have said without typing, by language; the
    console shows the first, a learner hears the one of their own language if there is one. standing: how
    the study stands; None: that is not known here. study_id: the pages keep notes apart by it.
    """

    def __init__(
        self,
        open_sessions: Callable[[], Sequence[TutoringSession]],
        lines: WizardLines | None = None,
        standing: Standing | None = None,
        study_id: str = "",
    ) -> None:
        self.study_id = study_id
        self._open_sessions = open_sessions
        self._standing = standing
        self._lines = {
            language: {line.line_id: line for line in found} for language, found in (lines or {}).items()
        }
        self._shown: Mapping[str, PreparedLine] = next(iter(self._lines.values()), {})

    # ------------------------------------------------------------ what is seen

    def rows(self) -> list[Mapping[str, Any]]:
        """One row per session in memory; no learner's words."""
        return [console_row(session) for session in self._open_sessions()]

    def observer_rows(self) -> list[Mapping[str, Any]]:
        """The same for an observer: no condition, no estimate, no act."""
        return [observer_row(session) for session in self._open_sessions()]

    def agreement(self) -> list[dict[str, object]]:
        """How far every two observers agree."""
        return observers_agree(session.memory for session in self._open_sessions())

    async def study(self) -> Mapping[str, Any] | None:
        """How the study as a whole stands; None where that is not known. Raises: LogUnwritable."""
        return None if self._standing is None else await self._standing()

    def choices(self) -> dict[str, Any]:
        """The closed lists that the console's pages offer."""
        return {
            "reasons": [{"code": code, "text": text} for code, text in WIZARD_REASONS.items()],
            "delays_s": list(DELAYS_S),
            "lines": [
                {"id": line.line_id, "group": line.group, "text": line.text} for line in self._shown.values()
            ],
            "most_line": MOST_LINE,
            "most_note": MOST_NOTE,
        }

    # ------------------------------------------------------------ the wizard

    async def wizard(
        self,
        participant: str,
        level: int,
        trigger_id: str | None,
        client_id: str,
        *,
        reason: str | None = None,
        delay_s: float | None = None,
    ) -> None:
        """The person at the console chose for a WZ session; return once it is stored.

        level: 1..3, or 0 for a veto. Raises: BadInput: no such session, an unknown reason or delay, or
        nothing can be chosen there now. LogUnwritable.
        """
        _check_reason(reason)
        if delay_s is not None and (delay_s not in DELAYS_S or level == 0):
            raise BadInput(
                f"A choice of level {level} cannot be put off by {delay_s:g} s.",
                remedy=f"Put a level from 1 to 3 off by {', '.join(f'{one:g}' for one in DELAYS_S)} s.",
            )
        await self._find(participant).wizard(level, trigger_id, client_id, reason=reason, delay_s=delay_s)

    async def line(
        self,
        participant: str,
        client_id: str,
        *,
        prepared: str | None = None,
        text: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Have the tutor of a WZ session say a prepared line, or else a typed one.

        Raises: BadInput: no such session or line, nothing typed, too long, or nobody listens. LogUnwritable.
        """
        session = self._find(participant)
        _check_reason(reason)
        words = self._words(prepared, text, session.plan.language)

        def make(at_s: float) -> Row | None:
            _require_wizard(session)
            if session.tutor.has_seen(client_id):
                return None
            _require_listener(session)
            return WizardLine(at_s=at_s, text=words, prepared=prepared, reason=reason, client_id=client_id)

        await session.put(make)

    def _words(self, prepared: str | None, text: str | None, language: str) -> str:
        if prepared is not None:
            known = {**self._shown, **self._lines.get(language.partition("-")[0], {})}
            if prepared not in known:
                raise BadInput(f"There is no prepared line {prepared!r}.", remedy="Reload the console.")
            return known[prepared].text
        words = " ".join((text or "").split())
        if not words:
            raise BadInput("The line is empty.", remedy="Type what the tutor should say.")
        if len(words) > MOST_LINE:
            raise BadInput(
                f"The line has {len(words)} characters, at most {MOST_LINE} are said.", remedy="Shorten it."
            )
        return words

    # ------------------------------------------------------------ pause and end

    async def hold(self, participant: str, client_id: str, *, on: bool) -> None:
        """Pause a session, or let it go on. Raises: BadInput: it has not begun, or is over. LogUnwritable."""
        session = self._find(participant)
        kind = "experimenter_pause" if on else "experimenter_unpause"

        def make(at_s: float) -> Row | None:
            _require_begun(session)
            if session.tutor.has_seen(client_id) or session.tutor.held is on:
                return None
            return _action(session, at_s, kind, client_id)

        await session.put(make)

    async def restart(self, participant: str, client_id: str) -> None:
        """Have the block begun anew, as after a fault of the machines; a session held here goes on with it.

        Raises: BadInput: it has no block open, or the learner takes a break. LogUnwritable.
        """
        session = self._find(participant)
        if session.tutor.held and session.tutor.running:
            await self.hold(participant, f"{client_id}-on", on=False)

        def make(at_s: float) -> Row | None:
            _require_begun(session)
            if session.tutor.has_seen(client_id):
                return None
            if not session.tutor.running or session.tutor.paused:
                why = "is paused" if session.tutor.paused else "has no block open"
                raise BadInput(
                    f"The session of {participant} {why}.",
                    remedy="Begin the block anew while the learner is at work on it.",
                )
            return _action(session, at_s, "experimenter_restart", client_id)

        await session.put(make)

    async def end(self, participant: str, client_id: str) -> None:
        """End a session for good. Raises: BadInput: it has not begun, or is over. LogUnwritable."""
        session = self._find(participant)

        def make(at_s: float) -> Row | None:
            if session.tutor.has_seen(client_id):
                return None
            _require_begun(session)
            session.eyes.close()  # at once, and also when it cannot be stored
            return _action(session, at_s, "experimenter_end", client_id)

        await session.put(make)

    # ------------------------------------------------------------ notes and observations

    async def note(
        self, participant: str, client_id: str, *, text: str, observer: str, began_ago_s: float
    ) -> None:
        """Write something down about a session.

        began_ago_s: seconds since writing began, by the writer's clock. Raises: BadInput: no such session,
        nothing written, or nothing may be kept of it. LogUnwritable.
        """
        session, words = self._find(participant), text.strip()
        if not words or len(words) > MOST_NOTE:
            raise BadInput(
                f"The note has {len(words)} characters.", remedy=f"Write between 1 and {MOST_NOTE}."
            )

        def make(at_s: float) -> Row | None:
            if session.tutor.has_seen(client_id):
                return None
            _require_consent(session)
            about_s = _before(at_s, began_ago_s)
            return Note(at_s=at_s, text=words, observer=observer, about_s=about_s, client_id=client_id)

        await session.put(make)

    async def observe(
        self,
        participant: str,
        client_id: str,
        *,
        observer: str,
        affect: str,
        behaviour: str,
        lasted_s: float,
        ago_s: float,
    ) -> None:
        """One observation. lasted_s: 0..20, from the first look to the decision. ago_s: since the decision.

        Raises: BadInput: no such session or code, or the learner was not at work. LogUnwritable.
        """
        session = self._find(participant)
        _check_codes(affect, behaviour)

        def make(at_s: float) -> Row | None:
            if session.tutor.has_seen(client_id):
                return None
            _require_work(session)
            to_s = _before(at_s, ago_s)
            return Observation(
                at_s=at_s,
                observer=observer,
                from_s=_before(to_s, min(lasted_s, LONGEST_S)),
                to_s=to_s,
                affect=affect,
                behaviour=behaviour,
                client_id=client_id,
            )

        await session.put(make)

    # ------------------------------------------------------------ helpers

    def _find(self, participant: str) -> TutoringSession:
        for session in self._open_sessions():
            if session.header.participant == participant:
                return session
        raise BadInput(f"No session of {participant!r} is open.", remedy="Reload the console and choose one.")


def _require_wizard(session: TutoringSession) -> None:
    if session.tutor.condition != "WZ":
        raise BadInput(
            f"In condition {session.tutor.condition} nobody decides by hand.",
            remedy="Choose a session of condition WZ.",
        )


def _require_listener(session: TutoringSession) -> None:
    tutor, why = session.tutor, None
    if tutor.over:
        why = "the session is over"
    elif not tutor.running:
        why = "the lesson has not begun"
    elif tutor.paused:
        why = "the session is paused"
    elif not session.surfaces:
        why = "the participant's page is closed"
    if why is not None:
        raise BadInput(f"Nobody listens: {why}.", remedy="Say it when the learner is at work.")


def _require_begun(session: TutoringSession) -> None:
    if session.tutor.over:
        raise BadInput("The session is over.", remedy="There is nothing more to do.")
    _require_consent(session)


def _require_consent(session: TutoringSession) -> None:
    tutor = session.tutor
    if tutor.phase == "consent" or tutor.end_reason in NOTHING_KEPT:
        raise BadInput(
            "This person has not agreed to take part, or no longer does: nothing is written down.",
            remedy="Wait for the consent.",
        )


def _require_work(session: TutoringSession) -> None:
    """At work, or just now still: an observation may be sent after the last board was solved."""
    _require_consent(session)
    if session.tutor.course.item is None:
        raise BadInput("The lesson has not begun there.", remedy="Look at somebody who is at work.")


def _check_reason(reason: str | None) -> None:
    if reason is not None and reason not in WIZARD_REASONS:
        raise BadInput(f"There is no reason {reason!r}.", remedy="Reload the console and choose again.")


def _check_codes(affect: str, behaviour: str) -> None:
    for code, known in ((affect, AFFECTS), (behaviour, BEHAVIOURS)):
        if code not in known:
            raise BadInput(f"There is no code {code!r}.", remedy=f"Known are {', '.join(known)}.")


def _action(session: TutoringSession, at_s: float, kind: str, client_id: str) -> Action:
    item = session.tutor.course.item
    return Action(at_s=at_s, kind=kind, item_id=item.item_id if item else None, client_id=client_id)


def _before(at_s: float, seconds: float) -> float:
    """So many seconds earlier, on the session's clock; never before its start."""
    return round(max(0.0, at_s - seconds), 3)
