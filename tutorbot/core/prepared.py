"""Lines that the wizard of condition WZ can have the tutor say without typing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedLine:
    """One line. line_id: stands in the log, e.g. ``take-your-time``. group: heading in the console."""

    line_id: str
    group: str
    text: str
