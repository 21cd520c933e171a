"""Behavioural signs: what corroborates confusion, and what corroborates frustration."""

from __future__ import annotations

from tutorbot.core.evidence import Behaviour, Evidence
from tutorbot.core.settings import TutorSettings


def said_lately(ago_s: float | None, settings: TutorSettings) -> bool:
    """True when something was said so recently that it still counts."""
    return ago_s is not None and ago_s <= settings.said_counts_s


def slow_limit_s(behaviour: Behaviour, settings: TutorSettings) -> float:
    """Seconds on an item from which this learner counts as slow."""
    if behaviour.median_item_s is None:
        return settings.slow_first_s
    return settings.slow_factor * behaviour.median_item_s


def confusion_signs(evidence: Evidence, settings: TutorSettings) -> tuple[str, ...]:
    """Names of the behavioural signs of confusion that hold and count."""
    behaviour = evidence.behaviour
    done = {
        "slow_item": behaviour.item_s > slow_limit_s(behaviour, settings),
        "error": behaviour.n_errors >= settings.errors_confusion,
        "answer_changes": behaviour.n_changes >= settings.changes_confusion,
    }
    said = {
        "stuck": said_lately(behaviour.stuck_ago_s, settings),
        "said_confused": said_lately(behaviour.confused_ago_s, settings),
    }
    return _that_count(evidence, done, said)


def frustration_signs(evidence: Evidence, settings: TutorSettings) -> tuple[str, ...]:
    """Names of the behavioural signs of frustration that hold and count."""
    behaviour = evidence.behaviour
    done = {
        "errors_in_row": behaviour.n_errors_in_row >= settings.errors_frustration,
        "rapid_answers": behaviour.n_rapid >= settings.rapid_answers,
    }
    said = {
        "negative_words": said_lately(behaviour.negative_ago_s, settings),
        "stuck": said_lately(behaviour.stuck_ago_s, settings),
    }
    return _that_count(evidence, done, said)


def _that_count(evidence: Evidence, done: dict[str, bool], said: dict[str, bool]) -> tuple[str, ...]:
    """done: signs in what the learner did. said: in what the learner told."""
    names: list[str] = []
    if evidence.interaction:
        names += [name for name, holds in done.items() if holds]
    if evidence.self_report:
        names += [name for name, holds in said.items() if holds]
    return tuple(names)
