"""What a fit rests on: each answer to the trust item, with what was known just before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studies.log.reader import ReadOnlyLog
from studies.protocol import parse_protocol
from tutorbot.core.events import Consent, Row
from tutorbot.core.learned_trust import FEATURES, events_of, features_of
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import RuleTrust
from tutorbot.errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One learner's session. learner: one name for each person. settings: those of its protocol."""

    learner: str
    settings: TutorSettings
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Answers of all learners, in order.

    learner: (n,) index of the person. x: (n, len(FEATURES)). y: (n,) 1..5.
    rule_mean, rule_sd: (n,) what the rules believed just before, with the settings of the session.
    """

    learner: Ints
    x: Floats
    y: Ints
    rule_mean: Floats
    rule_sd: Floats

    @property
    def n_learners(self) -> int:
        """People who answered at all."""
        return len(np.unique(self.learner))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What logs hold. n_test, n_without_consent: sessions left out."""

    sittings: tuple[Sitting, ...]
    n_test: int
    n_without_consent: int


def answers_of(sittings: Iterable[Sitting]) -> Answers:
    """The answers of some sessions; one without any adds nothing."""
    names: dict[str, int] = {}
    learner, x, y, means, sds = [], [], [], [], []
    for sitting in sittings:
        rules = RuleTrust(sitting.settings)
        events = events_of(sitting.rows)
        for n, event in enumerate(events):
            if event.answer is None:
                continue
            known, believed = events[:n], rules.estimate(events[:n])
            learner.append(names.setdefault(sitting.learner, len(names)))
            x.append(features_of(known, sitting.settings))
            y.append(event.answer)
            means.append(believed.mean)
            sds.append(believed.sd)
    return Answers(
        learner=np.array(learner, dtype=np.int64),
        x=np.array(x, dtype=np.float64).reshape(-1, len(FEATURES)),
        y=np.array(y, dtype=np.int64),
        rule_mean=np.array(means, dtype=np.float64),
        rule_sd=np.array(sds, dtype=np.float64),
    )


async def read_logs(logs: Sequence[str], *, include_tests: bool) -> Found:
    """The sessions of some logs, named by path or URL; a pseudonym means another person in another log.

    Sessions whose consent to take part was refused or taken back are left out.
    Raises: BadInput: no such log, or a session that stands in two; LogUnwritable; LogDamaged; BadFile.
    """
    sittings: list[Sitting] = []
    seen: dict[str, str] = {}
    n_test = n_without = 0
    for name in logs:
        log = ReadOnlyLog.look(name)
        try:
            for header in await log.all_sessions():
                if header.session_id in seen:
                    raise BadInput(
                        f"Session {header.session_id} stands in {seen[header.session_id]} and in {name}.",
                        remedy="Name each log once, and no copy of one.",
                    )
                seen[header.session_id] = name
                if header.test_only and not include_tests:
                    n_test += 1
                    continue
                rows = await log.read(header.session_id)
                if not _agreed(rows):
                    n_without += 1
                    continue
                protocol = parse_protocol(header.protocol, name=f"protocol of session {header.session_id}")
                learner = f"{name}/{header.study_id}/{header.participant}"
                sittings.append(Sitting(learner=learner, settings=protocol.tutor_settings(), rows=rows))
        finally:
            log.close()
    return Found(sittings=tuple(sittings), n_test=n_test, n_without_consent=n_without)


def require_answers(answers: Answers, *, least: int, left_out: str) -> None:
    """Is this enough? left_out: said beside what was found. Raises: BadInput."""
    if answers.n_learners < least:
        raise BadInput(
            f"There are trust answers of {answers.n_learners} "
            f"{'learner' if answers.n_learners == 1 else 'learners'}{left_out}; "
            f"at least {least} are needed.",
            remedy="Add logs of more people; more answers of the same ones do not help.",
        )
    found = np.unique(answers.y)
    if len(found) < 2:
        raise BadInput(
            f"All {len(answers.y)} trust answers are {found[0]}.",
            remedy="Add logs of people who answered otherwise; from one answer nothing can be learned.",
        )


def refuse_existing(paths: Iterable[Path]) -> None:
    """Pass when none of the files is there. Raises: BadInput."""
    for path in paths:
        if path.exists():
            raise BadInput(f"{str(path)!r} is there already.", remedy="Name another file, or move this one.")


def _agreed(rows: Iterable[Row]) -> bool:
    """The last word on taking part was yes."""
    said = [row.granted for row in rows if isinstance(row, Consent) and row.purpose == "participation"]
    return bool(said) and said[-1]
