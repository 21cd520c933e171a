"""What the console shows of a session's past: curves, the wizard's choices, what observers coded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from tutorbot.core.agreement import Agreement, Look, agreement, matched
from tutorbot.core.events import (
    AffectWindow,
    ConcentrationState,
    Health,
    Note,
    Observation,
    Row,
    TrustState,
    WizardChoice,
)
from tutorbot.core.observing import UNCLEAR

MOST_POINTS = 120
"""Points of a curve; a longer one is thinned, its ends kept."""

Point = tuple[float, float]
Pair = tuple[str, str]


class ConsoleMemory:
    """Sees every stored row once, and forgets all that the console does not need."""

    def __init__(self) -> None:
        self.trust: list[Point] = []
        self.concentration: list[Point] = []
        self.window: AffectWindow | None = None
        self.n_notes = 0
        self._restarted_s: float | None = None
        self._robot_lost_s: float | None = None
        self._robot_away: Point | None = None
        self._choices: list[tuple[int, int]] = []
        self._looks: defaultdict[str, list[Observation]] = defaultdict(list)

    def see(self, rows: Iterable[Row]) -> None:
        """Take what was stored, in order."""
        for row in rows:
            if isinstance(row, AffectWindow):
                self.window = row
            elif isinstance(row, TrustState):
                self.trust = _with(self.trust, (round(row.at_s, 1), round(row.trust, 2)))
            elif isinstance(row, ConcentrationState):
                point = (round(row.at_s, 1), round(row.concentration, 2))
                self.concentration = _with(self.concentration, point)
            elif isinstance(row, WizardChoice):
                self._chosen(row)
            elif isinstance(row, Observation):
                self._looks[row.observer].append(row)
            elif isinstance(row, Note):
                self.n_notes += 1
            elif isinstance(row, Health):
                self._broke_off(row)

    def _chosen(self, row: WizardChoice) -> None:
        """Every choice on a proposal is a pair, as in the report; others have no other side."""
        if row.trigger_id is not None and row.proposed is not None:
            self._choices.append((row.proposed, row.level))

    def _broke_off(self, row: Health) -> None:
        if row.component == "tutor" and row.state == "resumed":
            self._restarted_s = row.at_s
        elif row.component == "robot" and row.state == "lost":
            if self._robot_lost_s is None:  # else it is lost still, as a restart of the tutor found
                self._robot_lost_s = row.at_s
        elif row.component == "robot" and row.state == "ready" and self._robot_lost_s is not None:
            self._robot_away, self._robot_lost_s = (self._robot_lost_s, row.at_s), None

    def breaks(self, now_s: float) -> list[dict[str, object]]:
        """What broke into the session: what, how long it was away, and how long ago it came back.

        away_s: None of a restart, whose length the page's own absence tells. ago_s: None: not back yet.
        """
        found: list[dict[str, object]] = []
        if self._restarted_s is not None:
            found.append({"what": "tutor", "away_s": None, "ago_s": round(now_s - self._restarted_s)})
        if self._robot_lost_s is not None:
            found.append({"what": "robot", "away_s": round(now_s - self._robot_lost_s), "ago_s": None})
        elif self._robot_away is not None:
            from_s, to_s = self._robot_away
            found.append({"what": "robot", "away_s": round(to_s - from_s), "ago_s": round(now_s - to_s)})
        return found

    @property
    def n_looks(self) -> int:
        """Observations made so far, by all observers together."""
        return sum(len(looks) for looks in self._looks.values())

    @property
    def with_table(self) -> Agreement:
        """How far the wizard's levels agree with those proposed, one pair for each choice on a proposal."""
        return agreement(self._choices)

    def pairs(self, part: str) -> dict[Pair, list[tuple[str, str]]]:
        """Observer and observer -> what they coded of this learner in windows that overlap.

        part: affect or behaviour. Windows in which either was ``unclear`` are left out.
        """
        found = {}
        for first, second in combinations(sorted(self._looks), 2):
            both = matched(self._coded(first, part), self._coded(second, part))
            codes = [(a.code, b.code) for a, b in both if UNCLEAR not in {a.code, b.code}]
            if codes:
                found[first, second] = codes
        return found

    def _coded(self, observer: str, part: str) -> list[Look]:
        return [
            Look(from_s=row.from_s, to_s=row.to_s, code=getattr(row, part)) for row in self._looks[observer]
        ]


def observers_agree(memories: Iterable[ConsoleMemory]) -> list[dict[str, object]]:
    """Agreement of every two observers over all sessions; n is the number of windows both decided in."""
    memories = tuple(memories)
    codes: dict[Pair, dict[str, list[tuple[str, str]]]] = {}
    for part in ("affect", "behaviour"):
        for memory in memories:
            for pair, found in memory.pairs(part).items():
                codes.setdefault(pair, {}).setdefault(part, []).extend(found)
    return [
        {"observers": list(pair)}
        | {part: shown(agreement(parts.get(part, ()))) for part in ("affect", "behaviour")}
        for pair, parts in sorted(codes.items())
    ]


def shown(found: Agreement) -> dict[str, float | int | None]:
    """An agreement as the console shows it, to two decimals."""
    return {
        "n": found.n,
        "share": None if found.share is None else round(found.share, 2),
        "kappa": None if found.kappa is None else round(found.kappa, 2),
    }


def _with(curve: list[Point], point: Point) -> list[Point]:
    """One more point; of several at one moment the last; when there are too many every second one goes."""
    if curve and curve[-1][0] == point[0]:
        return [*curve[:-1], point]
    longer = [*curve, point]
    return longer if len(longer) <= MOST_POINTS else [*longer[:-1:2], longer[-1]]
