"""A study as sessions need it: its protocol, its lesson, a plan for each participant, and enrolment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from studies.instruments.asked import instrument_misfits, questionnaires, trust_start
from studies.protocol import PROTOCOLS, Protocol, camera_gate, load_protocol, parse_protocol
from studies.protocol.arms import list_problems
from tutorbot.adapters.learned import OnnxPolicy, OnnxTrust
from tutorbot.bootstrap.stage_texts import stage_texts
from tutorbot.core.comeback import ResumeRule, Then
from tutorbot.core.learned_trust import AnswerModel, LearnedTrust
from tutorbot.core.lesson import Lesson
from tutorbot.core.setup import LessonPart, Setup
from tutorbot.core.strategies import STRATEGIES, Policy, ScheduledAct
from tutorbot.core.strategies.learned import Learned
from tutorbot.core.trust import TrustModel
from tutorbot.errors import BadInput, CameraRefused, LogDamaged
from tutorbot.lessons import lesson_hash, load_lesson, load_phrases, pack_folder
from tutorbot.ports import LogHeader, SessionPart
from tutorbot.session.plan import Plan
from tutorbot.session.words import words

VERSION = version("tutorbot")
POLICIES = Path(__file__).parents[1] / "policies"
YOKED, MATCH = "-Y", "-A"
"""Endings of a yoked condition and of the one whose times it replays."""
FINISHED = frozenset({"criterion", "max_items"})
"""How a session ended that others may be yoked to: it went to the lesson's end."""


def texts_folder(protocol: Protocol, study: str) -> Path | None:
    """Folder of the lab's own item texts, beside the protocol's file; None where it names none."""
    texts = protocol.instruments.texts
    return None if texts is None else Path(study).parent / texts


def find_protocol(study: str) -> Protocol:
    """A protocol by shipped name or path. Raises: BadInput; BadFile."""
    shipped = PROTOCOLS / f"{study}.yml"
    if "/" not in study and shipped.is_file():
        return load_protocol(shipped)
    path = Path(study)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in PROTOCOLS.glob("*.yml")))
        raise BadInput(
            f"There is no study {study!r}.", remedy=f"Name a shipped one ({names}) or the path of a file."
        )
    return load_protocol(path)


def refused_camera(protocol: Protocol, *, robot: bool = False) -> str | None:
    """Why the camera stays off in this study even with consent; None when it may run. robot: the robot's."""
    try:
        camera_gate(protocol, True, robot=robot)
    except CameraRefused as refused:
        return refused.what
    return None


def lesson_of(
    protocol: Protocol, session_parts: Sequence[SessionPart] = (), language: str | None = None
) -> Lesson:
    """The protocol's lesson with its choice of problems and items, or with those of a session's parts.

    language: None for the pack's own.

    Raises: BadInput; BadFile.
    """
    lesson = load_lesson(protocol.lesson, language)
    by_id = {problem.problem_id: problem for problem in lesson.problems}
    unknown = [name for name in list_problems(protocol) if name not in by_id]
    if unknown:
        raise BadInput(
            f"Lesson {protocol.lesson!r} has no problem {unknown[0]!r}.",
            remedy=f"It has {', '.join(by_id)}; correct `problems:` of protocol {protocol.id!r}.",
        )
    names = [name for part in session_parts for name in problems_of(protocol, part, lesson)]
    chosen = tuple(by_id[name] for name in names or protocol.problems) or lesson.problems
    most_items = protocol.most_items or lesson.most_items
    return replace(lesson, problems=chosen, most_items=most_items)


def problems_of(protocol: Protocol, part: SessionPart, lesson: Lesson) -> tuple[str, ...]:
    """The blocks of a part: its own problems, or all the lesson's."""
    return part.problems or tuple(problem.problem_id for problem in lesson.problems)


def check_contents(protocol: Protocol, texts: Path | None = None) -> None:
    """Load what a protocol names, so that a fault is told at the start and not to the first participant.

    texts: folder of the lab's own item texts.
    Raises: BadInput; BadFile; MissingPart: a learned trust model without onnxruntime.
    """
    for misfit in instrument_misfits(protocol, texts):
        raise BadInput(f"Protocol {protocol.id!r}: {misfit.what}.", remedy=f"{misfit.remedy}.")
    lesson_of(protocol)
    trust_model_of(protocol)
    for language in protocol.languages:
        load_phrases(language)
        load_lesson(protocol.lesson, language)
        words(language)


def plan_for(header: LogHeader, texts: Path | None = None) -> Plan:
    """The plan of a session from its own log.

    texts: folder of the lab's own item texts; without it the decisions are the same, the words are missing.
    Raises: LogDamaged: if the lesson was changed since.
    """
    protocol = parse_protocol(header.protocol, name=f"protocol of session {header.session_id}")
    if lesson_hash(protocol.lesson) != header.lesson_hash:
        raise LogDamaged(
            f"Lesson {protocol.lesson!r} is not the one session {header.session_id} was begun with.",
            remedy="Bring the lesson's files back as they were, or begin a new session.",
        )
    language = header.language or protocol.languages[0]
    consent, baseline = protocol.consent.texts[language], protocol.baseline.texts[language]
    conditions = tuple(part.condition for part in header.parts) or (header.condition,)
    faces = any(STRATEGIES[one].uses_face for one in conditions)
    refused, robot_refused = (
        refused_camera(protocol, robot=robot) or (None if faces else "This session runs without a camera.")
        for robot in (False, True)
    )
    return Plan(
        setup=Setup(
            condition=header.condition,
            objective=protocol.objective,
            seed=header.seed,
            settings=protocol.tutor_settings(),
            lesson=lesson_of(protocol, header.parts, language),
            parts=_lesson_parts(protocol, header.parts),
            questionnaires=questionnaires(protocol, texts),
            trust_start=trust_start(protocol, texts),
            device_check=protocol.device_check,
            resume=ResumeRule(after_s=60 * protocol.resume.after_min, then=Then(protocol.resume.then)),
            phrases=load_phrases(language),
            policy=shipped_policy() if any(needs_policy(one) for one in conditions) else None,
            sources=protocol.evidence_sources,
            validity_probes=protocol.validity_probes,
            trust_model=trust_model_of(protocol),
            schedule=tuple(ScheduledAct(item_n=n, item_s=s) for n, s in header.schedule),
        ),
        study_title=protocol.title,
        test_only=header.test_only,
        banner=words(language).test_run if header.test_only else None,
        consent_version=protocol.consent.version,
        consent_title=consent.title,
        consent_paragraphs=consent.paragraphs,
        consent_points=consent.points,
        camera_paragraph=consent.camera,
        camera_refused=refused,
        robot_camera_paragraph=consent.robot_camera,
        robot_camera_refused=robot_refused,
        debrief=protocol.debrief.get(language)
        or words(language).debrief(
            speaks_up=any(one != "C0" for one in conditions),
            camera=None in {refused, robot_refused},
        ),
        stages=replace(stage_texts(protocol, language, texts), link=header.link),
        baseline_title=baseline.title,
        baseline_text=tuple(part for part in baseline.text.split("\n\n") if part.strip()),
        baseline_s=protocol.baseline.seconds,
        contact=protocol.contact,
        language=language,
        cards_at=f"/lesson/{pack_folder(protocol.lesson).name}",
    )


def _lesson_parts(protocol: Protocol, given: Sequence[SessionPart]) -> tuple[LessonPart, ...]:
    lesson = load_lesson(protocol.lesson)
    return tuple(
        LessonPart(
            condition=part.condition, cell=part.cell, n_blocks=len(problems_of(protocol, part, lesson))
        )
        for part in given
    )


def needs_policy(condition: str) -> bool:
    """The condition asks a learned policy."""
    return isinstance(STRATEGIES[condition], Learned)


@lru_cache(maxsize=1)
def shipped_policy() -> Policy:
    """The policy of condition RL. Raises: MissingPart: without onnxruntime; BadFile."""
    return OnnxPolicy(POLICIES / "proactive-v0.onnx")


@lru_cache(maxsize=1)
def shipped_trust() -> AnswerModel:
    """The model of ``trust_model: learned``. Raises: MissingPart: without onnxruntime; BadFile."""
    return OnnxTrust(POLICIES / "trust-v0.onnx")


def trust_model_of(protocol: Protocol) -> TrustModel | None:
    """What the protocol chose; None for the rules. Raises: as ``shipped_trust``."""
    if protocol.trust_model == "rules":
        return None
    return LearnedTrust(protocol.tutor_settings(), shipped_trust())
