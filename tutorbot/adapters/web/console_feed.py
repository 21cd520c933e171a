"""What each kind of visitor is sent of the sessions, made at most once a second for all of them together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from tutorbot.adapters.web.host import ConsoleDesk
from tutorbot.adapters.web.tokens import EXPERIMENTER, Visitor
from tutorbot.errors import TutorbotError

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""How often what is seen may change."""

COLUMNS = (
    "participant",
    "condition",
    "phase",
    "block",
    "blocks",
    "parts",
    "item",
    "state",
    "level",
    "last_acts",
    "last_moves",
    "trust",
    "trust_curve",
    "concentration_curve",
    "affect",
    "levels",
    "dialogue",
    "robot",
    "connected",
    "away_s",
    "paused",
    "breaks",
    "ended",
    "ended_how",
    "seconds",
    "test_only",
    "n_notes",
    "n_looks",
    "warnings",
    "face_warnings",
    "wizard",
)
"""Keys of a console row that are passed on; anything else is dropped, so that no learner's words slip in.

participant, condition, phase, state, level, affect, dialogue, robot: a word each. item: e.g. ``3 of 12``.
block: its number. blocks: how many there are. parts: ``now`` and ``order`` (condition, cell, n_blocks) of a
within-subject session; None for one of a single part.
last_acts: newest last, each a mapping with act_id, level, move, reason, reaction, at_s.
last_moves: of the proactivity machine, newest last, each a mapping with at_s, source, dest, cause.
trust: 1..5 or None. trust_curve, concentration_curve: (second, value) pairs, oldest first.
levels: confusion, frustration, concentration, coverage, 0..1 or None; None without a camera.
connected: the page is open. away_s: since it was closed, or None.
paused: experimenter, robot, learner or None.
breaks: what broke into it, each a mapping with what (tutor or robot), away_s and ago_s.
ended: end reason or None; ended_how: the same in words.
seconds: since the session began. n_notes, n_looks: notes and observations so far. test_only: bool.
warnings, face_warnings: phrases of our own. wizard: see ``WIZARD_PARTS``; None outside of condition WZ.
"""

BLINDED = (
    "participant",
    "phase",
    "block",
    "blocks",
    "item",
    "concentration_curve",
    "dialogue",
    "robot",
    "connected",
    "away_s",
    "paused",
    "breaks",
    "ended",
    "ended_how",
    "seconds",
    "test_only",
    "n_notes",
    "n_looks",
    "warnings",
)
"""What is left for who is blinded. The rest tells the condition, or lets it be guessed: parts, levels, acts,
states of the initiative, trust (which moves with acts), and all that says whether a camera is in use."""

STUDY = ("completed", "running", "planned", "full", "stop_reached", "cells", "stop")
"""How the study as a whole stands. planned: None without a plan. full: nobody new is taken in.
cells: cell, completed, running of each. stop: n, people, mean, fall, least of the stop rule.
"""
STUDY_BLINDED = ("completed", "running", "planned", "full", "stop_reached")
"""What of it is left for who is blinded: a count that goes up as somebody answers would tell of an act."""
STUDY_EVERY_S = 15.0
"""How often the log is asked for it, at most. P"""

OBSERVED = ("participant", "can_watch", "over", "test_only")
"""What an observer is sent of a session."""

WIZARD_PARTS: Mapping[str, tuple[str, ...]] = {
    "proposal": ("trigger_id", "reason", "basis", "signs", "level", "waits_s"),
    "verdict": ("level", "state", "why", "ago_s", "in_s"),
    "agreement": ("n", "share", "kappa"),
}
"""Parts of a row's ``wizard`` that are passed on beside ``can_choose``, ``can_say`` and ``limits``: a mapping
or None each.

reason, basis, signs, why: phrases of our own (``session/plain_words.py``). level: 0..3.
state: waiting, said, refused or given_up. kappa: of the wizard's levels with those proposed.
"""

LIMIT = ("level", "why", "left_s")
"""Of a level that cannot be chosen now. left_s: seconds until it can; 0: perhaps at any time; None: time
alone does not end it."""

Rows = Mapping[str, Mapping[str, Any]]


class ConsoleFeed:
    """The sight of the sessions for each kind of visitor: seeing, blinded, observing.

    health: state of the system's parts; its ``rasa`` is shown.
    """

    def __init__(
        self,
        desk: ConsoleDesk,
        health: Callable[[], Mapping[str, Any]] | None,
        now_s: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._health = health
        self._now_s = now_s
        self._made: dict[str, tuple[float, Rows]] = {}
        self._dropped: set[str] = set()
        self._study: Mapping[str, Any] | None = None
        self._study_s: float | None = None

    async def look(self) -> None:
        """See how the study as a whole stands, now and then; one page asks for all of them."""
        now_s = self._now_s()
        if self._study_s is not None and now_s - self._study_s < STUDY_EVERY_S:
            return
        self._study_s = now_s
        try:
            self._study = await self._desk.study()
        except TutorbotError as error:
            log.warning("how the study stands is not known: %s", error)
            self._study = {}

    def stale(self) -> None:
        """Something was changed from a console: look anew."""
        self._made.clear()

    def hello(self, visitor: Visitor, *, observing: bool) -> dict[str, Any]:
        """What a page is told first: the lists it offers."""
        lists = {} if observing or visitor.blinded else self._desk.choices()
        study = {} if observing else {"study_id": self._desk.study_id}
        return {"type": "hello", "blinded": visitor.blinded, "role": visitor.role, **study, **lists}

    def system(self, visitor: Visitor, *, observing: bool) -> dict[str, Any]:
        """How the whole stands."""
        shown: dict[str, Any] = {"type": "system", "agreement": self._desk.agreement()}
        if not observing:
            health = self._health() if self._health else {}
            shown |= {"rasa": health.get("rasa"), "blinded": visitor.blinded}
            study = self._study
            keys = STUDY_BLINDED if visitor.blinded else STUDY
            shown["study"] = None if study is None else only(study, keys)
        return shown

    def rows(self, visitor: Visitor, *, observing: bool = False) -> Rows:
        """Participant -> what this visitor may see; not older than a second."""
        if observing or visitor.role != EXPERIMENTER:
            return self._cached("observing", self._observed)
        if visitor.blinded:
            return self._cached("blinded", self._blinded)
        return self._cached("seeing", self._seen)

    def _cached(self, name: str, make: Callable[[], Rows]) -> Rows:
        at_s, found = self._made.get(name, (None, {}))
        now_s = self._now_s()
        if at_s is None or now_s - at_s >= 0.9 * EVERY_S:
            found = make()
            self._made[name] = now_s, found
        return found

    def _seen(self) -> Rows:
        return {str(row["participant"]): self._passed_on(row) for row in self._desk.rows()}

    def _blinded(self) -> Rows:
        return {str(row["participant"]): only(row, BLINDED) for row in self._desk.rows()}

    def _observed(self) -> Rows:
        return {str(row["participant"]): only(row, OBSERVED) for row in self._desk.observer_rows()}

    def _passed_on(self, row: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(row) - set(COLUMNS) - self._dropped
        if unknown:
            self._dropped |= unknown
            log.warning("console rows hold keys that are not shown: %s", ", ".join(sorted(unknown)))
        found = only(row, COLUMNS)
        if found.get("wizard") is not None:
            found["wizard"] = _wizard(found["wizard"])
        return found


def only(row: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """A row with these keys and no other."""
    return {key: row[key] for key in keys if key in row}


def changes(before: Rows, now: Rows) -> dict[str, Any] | None:
    """From what a page was sent to what is: fields that differ, and who is gone; None when nothing is new."""
    changed = {
        who: fields
        for who, row in now.items()
        if (fields := {key: value for key, value in row.items() if _differs(before.get(who), key, value)})
    }
    gone = [who for who in before if who not in now]
    return {"type": "rows", "changed": changed, "gone": gone} if changed or gone else None


def _differs(before: Mapping[str, Any] | None, key: str, value: Any) -> bool:
    return before is None or key not in before or before[key] != value


def _wizard(panel: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: panel.get(name) for name in WIZARD_PARTS}
    return {
        "can_choose": panel["can_choose"],
        "can_say": panel["can_say"],
        "limits": [only(limit, LIMIT) for limit in panel["limits"]],
    } | {
        name: None if part is None else {key: part[key] for key in WIZARD_PARTS[name]}
        for name, part in parts.items()
    }
