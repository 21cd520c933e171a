"""What a session's decisions depend on besides what happens in it: its set-up, fixed before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from tutorbot.core.comeback import ResumeRule
from tutorbot.core.evidence import ALL_SOURCES, EvidenceSource
from tutorbot.core.lesson import Lesson, Phrases
from tutorbot.core.questionnaires import NOTHING_ASKED, Questionnaires, TrustStart
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies import Policy, ScheduledAct
from tutorbot.core.trust import TrustModel


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonPart:
    """A run of blocks in one cell of a within-subject design. cell: for the log. n_blocks: at least 1."""

    condition: str
    cell: str
    n_blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPart:
    """A part with its number in the session, from 1."""

    n: int
    condition: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything a session's decisions depend on besides its input rows.

    condition: of the whole session, or of its first part.
    parts: of a within-subject design, in the learner's order; empty for one part with all problems.
    questionnaires, trust_start: what is asked around the lesson, and which answers trust starts from.
    device_check: the page looks at its device before the lesson.
    resume: what becomes of a learner who comes back late; None: the lesson just goes on.
    schedule: acts of the matched run that a yoked condition replays; empty otherwise.
    policy: what RL asks; None for all other conditions.
    sources: what the study lets count as evidence.
    validity_probes: the learner is asked now and then how things are, to check the detector.
    trust_model: what estimates trust; None for the rules, with these settings.
    """

    condition: str
    objective: str
    seed: int
    settings: TutorSettings
    lesson: Lesson
    phrases: Phrases
    schedule: tuple[ScheduledAct, ...] = ()
    policy: Policy | None = None
    sources: frozenset[EvidenceSource] = ALL_SOURCES
    validity_probes: bool = False
    trust_model: TrustModel | None = None
    parts: tuple[LessonPart, ...] = ()
    questionnaires: Questionnaires = NOTHING_ASKED
    trust_start: TrustStart | None = None
    device_check: bool = False
    resume: ResumeRule | None = None

    def part_of(self, block: int) -> PlacedPart | None:
        """The part a block belongs to, blocks counted from 1; None when the session is one part."""
        for n, (part, last) in enumerate(zip(self.parts, self._last_blocks, strict=True), start=1):
            if block <= last:
                return PlacedPart(n=n, condition=part.condition, cell=part.cell)
        return None

    def ends_part(self, block: int) -> bool:
        """True for the last block of a part; without parts, for every block."""
        return not self.parts or block in self._last_blocks

    @property
    def _last_blocks(self) -> tuple[int, ...]:
        """Number of the last block of each part."""
        return tuple(accumulate(part.n_blocks for part in self.parts))
