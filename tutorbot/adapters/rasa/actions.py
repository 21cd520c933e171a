"""The two actions of the dialogue model: both ask the tutor and say what it decided."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from tutorbot.ports import LearnerTurn, TutorLine, TutorMind

log = logging.getLogger(__name__)

ACT_ID = "act_id"
"""Entity of an ``EXTERNAL_`` intent that names the proactive act."""


class AnswerLearner(Action):  # type: ignore[misc]  # rasa_sdk ships no types
    """Reply to something the learner said."""

    def __init__(self, mind: TutorMind) -> None:
        self._mind = mind

    def name(self) -> str:
        """Name in the domain."""
        return "action_answer_learner"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Ask the tutor for its reply; an unknown session gets none."""
        turn = heard_turn(tracker.latest_message)
        try:
            lines = await self._mind.answer(tracker.sender_id, turn)
        except KeyError:
            log.warning("Rasa asked for a reply in session %r, which is not open.", tracker.sender_id)
            return []
        _say(dispatcher, lines)
        return []


class VoiceAct(Action):  # type: ignore[misc]  # rasa_sdk ships no types
    """Say a proactive act that the tutor has decided on."""

    def __init__(self, mind: TutorMind) -> None:
        self._mind = mind

    def name(self) -> str:
        """Name in the domain."""
        return "action_voice_act"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Ask the tutor for the act's words; a stale act and an unknown session get none."""
        act_id = next(iter(tracker.get_latest_entity_values(ACT_ID)), None)
        if act_id is None:
            log.warning("Rasa asked for a proactive act without its id in session %r.", tracker.sender_id)
            return []
        try:
            lines = await self._mind.voice(tracker.sender_id, str(act_id))
        except KeyError:
            log.warning("Rasa asked for act %s in session %r, which is not open.", act_id, tracker.sender_id)
            return []
        if not lines:
            log.warning("Act %s of session %r came too late and was not said.", act_id, tracker.sender_id)
        _say(dispatcher, lines)
        return []


def executor_for(mind: TutorMind) -> ActionExecutor:
    """rasa_sdk's executor with both actions, bound to one mind."""
    executor = ActionExecutor()
    executor.register_action(AnswerLearner(mind))
    executor.register_action(VoiceAct(mind))
    return executor


def heard_turn(latest_message: dict[str, Any]) -> LearnerTurn:
    """What Rasa understood, in the tutor's own words.

    Raises: ValueError: if the message names no intent.
    """
    intent = latest_message.get("intent") or {}
    if not intent.get("name"):
        raise ValueError("The learner's turn carries no intent.")
    return LearnerTurn(
        text=str(latest_message.get("text") or ""),
        intent=str(intent["name"]),
        confidence=float(intent.get("confidence") or 0.0),
        entities=tuple(
            (str(found["entity"]), str(found["value"])) for found in latest_message.get("entities") or ()
        ),
    )


def line_as_json(line: TutorLine) -> dict[str, Any]:
    """A line as it travels through Rasa and back; keeps its ids."""
    return {
        "text": line.text,
        "wording_id": line.wording_id,
        ACT_ID: line.act_id,
        "choices": list(line.choices),
    }


def _say(dispatcher: CollectingDispatcher, lines: Iterable[TutorLine]) -> None:
    for line in lines:
        dispatcher.utter_message(json_message=line_as_json(line))
