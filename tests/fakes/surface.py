"""A surface that keeps what it was shown and told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutorbot.ports import TutorLine


class CollectingSurface:
    """Port ``Surface``. views, lines: all so far, in order."""

    def __init__(self) -> None:
        self.views: list[Mapping[str, Any]] = []
        self.lines: list[TutorLine] = []

    @property
    def view(self) -> Mapping[str, Any]:
        """What is shown now."""
        return self.views[-1]

    async def show(self, view: Mapping[str, Any]) -> None:
        self.views.append(view)

    async def say(self, line: TutorLine, *, at_s: float) -> None:
        self.lines.append(line)
