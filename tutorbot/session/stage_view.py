"""The stages around the lesson as the page shows them (docs/wire.md)."""

from __future__ import annotations

from typing import Any

from tutorbot.core.events import QuestionnaireAnswer
from tutorbot.core.evidence import Watcher
from tutorbot.core.questionnaires import Question, answered
from tutorbot.core.stages import n_sheets
from tutorbot.core.tutor import Tutor
from tutorbot.session.plan import Plan
from tutorbot.session.stage_texts import CompletionText, ItemText

CHECKS = ("browser", "screen", "connection", "input")
CAMERA_CHECKS = ("camera", "light")
"""What the page looks at before the lesson; the second only where the learner agreed to its camera."""


def check_view(tutor: Tutor, plan: Plan) -> dict[str, Any] | None:
    """The device check; None in other phases."""
    if tutor.phase != "check":
        return None
    own_camera = tutor.camera_consent and plan.watcher is Watcher.PAGE
    return {"items": [*CHECKS, *(CAMERA_CHECKS if own_camera else ())]}


def questions_view(tutor: Tutor, plan: Plan) -> dict[str, Any] | None:
    """The questionnaire before the learner; None in other phases."""
    sheet = tutor.stages.sheet
    if tutor.phase != "questions" or sheet is None:
        return None
    asked = sheet.questionnaire
    words = plan.stages.instruments[asked.instrument]
    step, of = _place(tutor)
    return {
        "instrument": asked.instrument,
        "version": asked.version,
        "part": sheet.part.value,
        "block": sheet.block,
        "title": words.title,
        "instruction": words.instruction,
        "step": step,
        "of": of,
        "items": [
            _item(item, words.items[item.item_id], sheet.answers.get(item.item_id)) for item in asked.items
        ],
        "missing": list(sheet.missing),
        "can_finish": not sheet.missing,
    }


def _item(item: Question, words: ItemText, answer: QuestionnaireAnswer | None) -> dict[str, Any]:
    return {
        "id": item.item_id,
        "text": words.text,
        "kind": item.kind,
        "low": item.low,
        "high": item.high,
        "step": words.step,
        "anchors": dict(words.anchors),
        "options": [{"id": one, "label": words.options.get(one, one)} for one in item.options],
        "required": item.required,
        "may_not_apply": item.may_not_apply,
        "answer": None if answer is None or not answered(answer) else _given(answer),
    }


def _given(row: QuestionnaireAnswer) -> dict[str, Any]:
    return {
        "value": row.value,
        "choice": row.choice,
        "text": row.text,
        "not_applicable": row.not_applicable,
    }


def progress_view(tutor: Tutor) -> dict[str, Any] | None:
    """Which of the session's steps this is: consent, check, each questionnaire, the text, each block."""
    if tutor.over:
        return None
    step, of = _place(tutor)
    return {"step": step, "of": of, "kind": tutor.phase}


def _place(tutor: Tutor) -> tuple[int, int]:
    setup = tutor.setup
    n_blocks = len(setup.lesson.problems)
    n_parts = len(setup.parts) or n_blocks
    before = 1 + int(setup.device_check)
    of = before + n_sheets(setup.questionnaires, n_parts) + 1 + n_blocks
    if tutor.phase == "consent":
        return 1, of
    if tutor.phase == "check":
        return 2, of
    done = before + tutor.stages.n_done
    if tutor.phase == "questions" and tutor.stages.sheet is not None:
        read = tutor.course.block + int(tutor.course.block > 0)
        return done + read + 1, of
    if tutor.phase == "baseline":
        return done + 1, of
    return done + 1 + max(1, tutor.course.block), of


def rights_view(tutor: Tutor, plan: Plan) -> dict[str, Any]:
    """What a participant may ask for at any time."""
    link = plan.stages.link
    return {
        "contact": plan.contact,
        "consent_copy": None if link is None else f"/p/{link}/consent",
        "data_copy": None if link is None else f"/p/{link}/data",
        "purposes": purposes_view(tutor, plan),
    }


def purposes_view(tutor: Tutor, plan: Plan) -> list[dict[str, Any]]:
    """Every purpose that was asked for, whether it is agreed to now, and whether it can be taken back."""
    found = [_purpose("participation", granted=tutor.purposes.get("participation", False), over=tutor.over)]
    if "camera" in tutor.purposes:
        found.append(_purpose("camera", granted=tutor.camera_consent, over=tutor.over))
    for name, text in plan.stages.purposes:
        if name in tutor.purposes:
            found.append({**_purpose(name, granted=tutor.purposes[name], over=tutor.over), "label": text})
    return found


def _purpose(name: str, *, granted: bool, over: bool) -> dict[str, Any]:
    return {"id": name, "label": None, "granted": granted, "can_withdraw": granted and not over}


def completion_view(tutor: Tutor, plan: Plan) -> dict[str, Any] | None:
    """What a recruitment service is told; None where there is none, or for somebody who did not take part."""
    if tutor.phase != "ended":
        return None
    finished = tutor.end_reason in {"criterion", "max_items"}
    text: CompletionText | None = plan.stages.completed if finished else plan.stages.stopped
    return None if text is None else {"code": text.code, "url": text.url}
