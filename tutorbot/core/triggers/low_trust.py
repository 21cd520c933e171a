"""Low trust: the tutor has kept quiet for long, and says once that the learner decides."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.values import behaviour_values


def low_trust(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A candidate for an act that is to win trust back, or None."""
    standing = evidence.standing
    if standing is None or not standing.low_trust or standing.n_repairs >= settings.most_repairs:
        return None
    if not standing.quiet_s >= settings.repair_after_s:
        return None
    values = (("quiet_s", round(standing.quiet_s, 1)), *behaviour_values(evidence))
    return Candidate(kind="low_trust", basis=Basis.BEHAVIOUR_ONLY, signs=("low_trust",), evidence=values)
