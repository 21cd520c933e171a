"""What an observer may code, after BROMP 2.0 (Ocumpaugh, Baker & Rodrigo 2015): two closed lists."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST_S = 20.0
"""An observation takes at most so long; who has not decided by then codes ``unclear``. S (BROMP 2.0)"""

UNCLEAR = "unclear"
"""Coded when nothing could be decided; left out of the agreement of observers."""

AFFECTS: Mapping[str, str] = {
    "engaged": "engaged concentration: immersed in the task",
    "confused": "confused: has difficulty to understand, still tries",
    "frustrated": "frustrated: distressed or annoyed at the task",
    "bored": "bored: tired of it, no interest",
    "delighted": "delighted: shows pleasure",
    "surprised": "surprised: something was unexpected",
    "neutral": "neutral: shows none of these",
    "other": "another affect",
    UNCLEAR: "could not be decided within 20 seconds",
}

BEHAVIOURS: Mapping[str, str] = {
    "on_task": "works on the task, alone and in silence",
    "on_task_conversation": "talks to somebody about the task",
    "off_task": "does something else",
    "gaming": "games the system: tries answers or asks for help without thinking, to get on",
    "other": "another behaviour",
    UNCLEAR: "could not be decided within 20 seconds",
}
