"""An affect feed that sees whatever a test tells it to."""

from __future__ import annotations

import asyncio

from tutorbot.core.evidence import AffectEstimate, EvidenceSource
from tutorbot.errors import BadFrame
from tutorbot.ports import BaselineReport


class FakeFeed:
    """Port ``AffectFeed``. confusion: the score of every estimate once a picture was seen; None: no face."""

    def __init__(self, source: EvidenceSource = EvidenceSource.WEBCAM) -> None:
        self._source = source
        self.times_s: list[float] = []
        self.gate: asyncio.Event | None = None
        """Set to an event, it holds every picture until that is set: a slow detector."""
        self.confusion: float | None = 0.1
        self.pictures: list[bytes] = []
        self.closed = False
        self._seen_s: float | None = None
        self._baseline_s: float | None = None
        self._calibrated = False

    def begin_baseline(self, at_s: float) -> None:
        self._baseline_s = at_s

    def end_baseline(self, at_s: float) -> BaselineReport:
        began_s = at_s if self._baseline_s is None else self._baseline_s
        self._calibrated = bool(self.pictures)
        coverage = 1.0 if self.pictures else 0.0
        return BaselineReport(complete=self._calibrated, seconds=at_s - began_s, coverage=coverage)

    async def see_jpeg(self, jpeg: bytes, captured_at_s: float) -> None:
        if not jpeg:
            raise BadFrame("The picture is empty.", remedy="Send another one.")
        if self.gate is not None:
            await self.gate.wait()
        self.pictures.append(jpeg)
        self.times_s.append(captured_at_s)
        self._seen_s = captured_at_s

    def estimate(self, at_s: float) -> AffectEstimate | None:
        if self._seen_s is None or self.closed:
            return None
        return AffectEstimate(
            captured_at_s=self._seen_s,
            window_s=10.0,
            source=self._source,
            coverage=0.0 if self.confusion is None else 1.0,
            calibrated=self._calibrated,
            confusion=self.confusion,
            frustration=None if self.confusion is None else 0.1,
            concentration=None if self.confusion is None else 0.7,
            n_faces=0 if self.confusion is None else 1,
            estimator="fake-1",
        )

    def close(self) -> None:
        self.closed = True
