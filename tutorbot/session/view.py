"""The whole state of a session as the page shows it (docs/wire.md): one idempotent picture."""

from __future__ import annotations

from typing import Any

from tutorbot.core.comeback import Then
from tutorbot.core.course import Item
from tutorbot.core.evidence import Watcher
from tutorbot.core.lesson import BOXES
from tutorbot.core.tutor import Spoken, Tutor
from tutorbot.session.plan import Plan
from tutorbot.session.stage_view import (
    check_view,
    completion_view,
    progress_view,
    questions_view,
    rights_view,
)
from tutorbot.session.words import EN, words

BOX_LABELS, END_WORDS, NO_CAMERA, HELD = EN.boxes, EN.ends, EN.no_camera, f"{EN.held} {EN.held_wait}"
"""In English; the session's own language is looked up by ``words``."""


def view_of(tutor: Tutor, plan: Plan, *, label: str, trouble: str | None) -> dict[str, Any]:
    """The view of one session. trouble: why nothing can be stored just now; None when all is well."""
    return {
        "phase": tutor.phase,
        "session_label": label,
        "test_only": plan.test_only,
        "banner": trouble or (_held(plan) if tutor.held and not tutor.over else plan.banner),
        "language": plan.language,
        "languages": list(plan.stages.languages) if tutor.phase == "consent" else [],
        "progress": progress_view(tutor),
        "notice": _notice(tutor, plan),
        "consent": _consent(plan) if tutor.phase == "consent" else None,
        "check": check_view(tutor, plan),
        "questions": questions_view(tutor, plan),
        "baseline": _baseline(tutor, plan) if tutor.phase == "baseline" else None,
        "task": _task(tutor, plan) if tutor.running else None,
        "probe": _probe(tutor, plan) if tutor.phase == "probe" else None,
        "check_in": _check_in(tutor, plan),
        "sensing": {
            "camera": _camera(tutor, plan),
            "camera_of": "robot" if plan.watcher is Watcher.ROBOT else "page",
            "listening": False,
            "paused": tutor.paused,
            "held": tutor.held,
        },
        "tutor": {
            "available": tutor.dialogue_up,
            "note": _tutor_note(tutor, plan),
        },
        "messages": [message(spoken, takeable=_takeable(tutor, spoken)) for spoken in tutor.messages],
        "rights": rights_view(tutor, plan),
        "ended": _ended(tutor, plan) if tutor.over else None,
    }


def _held(plan: Plan) -> str:
    """Stands above the page while the experimenter pauses."""
    own = words(plan.language)
    return f"{own.held} {own.held_wait}"


def _notice(tutor: Tutor, plan: Plan) -> str | None:
    """What somebody is told who comes back after a long absence."""
    if tutor.welcome is None or tutor.over:
        return None
    own = words(plan.language)
    return own.begins_anew if tutor.welcome is Then.RESTART_BLOCK else own.goes_on


def _takeable(tutor: Tutor, spoken: Spoken) -> bool:
    """True while the quick replies of a message still lead to what they say."""
    if tutor.course.board is None or spoken.act_id is None:
        return tutor.course.board is not None
    offer = tutor.conversation.open_offer()
    return offer is not None and offer.act.act_id == spoken.act_id


def message(spoken: Spoken, *, takeable: bool = True) -> dict[str, Any]:
    """One message of the conversation; without quick replies when they are no longer of use."""
    return {
        "n": spoken.n,
        "who": spoken.who,
        "text": spoken.text,
        "act_id": spoken.act_id,
        "choices": list(spoken.choices) if takeable else [],
    }


def _tutor_note(tutor: Tutor, plan: Plan) -> str | None:
    if not tutor.dialogue_up:
        return words(plan.language).dialogue_down
    if tutor.unheard:
        return words(plan.language).unheard
    if tutor.robot == "lost":
        told = words(plan.language)
        return told.robot_lost_held if tutor.held else told.robot_lost
    return None


def _consent(plan: Plan) -> dict[str, Any]:
    offered = plan.camera_paragraph is not None and plan.camera_refused is None
    return {
        "version": plan.consent_version,
        "title": plan.consent_title,
        "study": list(plan.consent_paragraphs),
        "points": list(plan.consent_points),
        "camera_offered": offered,
        "camera_of": "robot" if plan.watcher is Watcher.ROBOT else "page",
        "camera_text": plan.camera_paragraph if offered else None,
        "camera_refused_reason": None if offered else words(plan.language).no_camera,
        "contact": plan.contact,
        "purposes": [{"id": name, "text": text} for name, text in plan.stages.purposes],
    }


def _baseline(tutor: Tutor, plan: Plan) -> dict[str, Any]:
    return {
        "title": plan.baseline_title,
        "text": list(plan.baseline_text),
        "seconds": plan.baseline_s,
        "camera": tutor.camera_consent and tutor.camera_state not in {"denied", "absent", "lost"},
    }


def _task(tutor: Tutor, plan: Plan) -> dict[str, Any] | None:
    item = tutor.course.item
    if item is None:
        return None
    open_item = tutor.phase == "task"
    return {
        "item_id": item.item_id,
        "n": tutor.course.place,
        "of": tutor.course.most_items,
        "block": item.block,
        "title": item.problem.title,
        "instruction": item.problem.instruction,
        "boxes": [{"id": box, "label": words(plan.language).boxes[box]} for box in BOXES],
        "cards": _cards(tutor, item, plan),
        "feedback": None
        if tutor.feedback is None
        else {"text": tutor.feedback.text, "tone": tutor.feedback.tone},
        "can_check": open_item and item.complete,
        "worked_step": _worked_step(item) if open_item else None,
        "hint": {"step": item.hints, "text": item.problem.hints[item.hints - 1]} if item.hints else None,
    }


def _worked_step(item: Item) -> dict[str, Any] | None:
    if item.worked_act_id is None:
        return None
    return {"act_id": item.worked_act_id, "text": item.problem.worked_text, "can_undo": True}


def _cards(tutor: Tutor, item: Item, plan: Plan) -> list[dict[str, Any]]:
    marks, boxes = dict(item.marks), item.boxes
    if tutor.phase == "task":
        marks = dict.fromkeys(tutor.conversation.contrast, "contrast") | marks
    cards = []
    for card_id in item.order:
        card = tutor.setup.lesson.card(card_id)
        cards.append(
            {
                "id": card_id,
                "name": card.name,
                "svg": f"{plan.cards_at}/{card.picture}",
                "box": boxes.get(card_id),
                "given": card_id in item.given,
                "marked": marks.get(card_id),
            }
        )
    return cards


def _probe(tutor: Tutor, plan: Plan) -> dict[str, Any] | None:
    item = tutor.course.item
    if item is None:
        return None
    return {
        "item_id": item.item_id,
        "trust_text": plan.trust_item or words(plan.language).trust_item,
        "concentration_text": plan.concentration_item or words(plan.language).concentration_item,
        "low": plan.scale_low or words(plan.language).scale_low,
        "high": plan.scale_high or words(plan.language).scale_high,
    }


def _check_in(tutor: Tutor, plan: Plan) -> dict[str, Any] | None:
    """The study's two questions in the middle of a board; None when none are open."""
    if tutor.check_in is None or tutor.phase != "task" or tutor.paused:
        return None
    return {
        "probe_id": tutor.check_in,
        "confused_text": plan.confused_item or words(plan.language).confused_item,
        "frustrated_text": plan.frustrated_item or words(plan.language).frustrated_item,
        "low": plan.scale_low or words(plan.language).scale_low,
        "high": plan.scale_high or words(plan.language).scale_high,
    }


def _camera(tutor: Tutor, plan: Plan) -> str:
    """What the sensing indicator shows."""
    if plan.camera_refused is not None or plan.camera_paragraph is None:
        return "refused"
    if not tutor.camera_consent:
        return "off"
    if tutor.paused:
        return "paused"
    return {"absent": "lost"}.get(tutor.camera_state, tutor.camera_state)


def _ended(tutor: Tutor, plan: Plan) -> dict[str, Any]:
    reason = tutor.end_reason or ""
    own = words(plan.language)
    text = [own.ends.get(reason, own.over)]
    if tutor.phase == "ended":
        text += list(plan.debrief or own.debrief(speaks_up=True, camera=False))
    return {
        "text": text,
        "reason": reason,
        "contact": plan.contact,
        "completion": completion_view(tutor, plan),
    }
