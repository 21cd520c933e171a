"""The conditions and a few other things in words short enough for a box."""

from __future__ import annotations

from studies.protocol import Protocol

HELP = {
    "C0": "help only when asked",
    "L1-A": "notifications, by face and behaviour",
    "L2-A": "suggestions, by face and behaviour",
    "L3-A": "interventions, by face and behaviour",
    "L1-E": "notification on every error",
    "L2-E": "suggestion on every error",
    "L3-E": "intervention on every error",
    "L1-T": "notifications at fixed times",
    "L2-T": "suggestions at fixed times",
    "L3-T": "interventions at fixed times",
    "L1-Y": "notifications at the times of somebody in L1-A",
    "L2-Y": "suggestions at the times of somebody in L2-A",
    "L3-Y": "interventions at the times of somebody in L3-A",
    "AD": "adaptive help, by face and behaviour",
    "NB": "adaptive help, by behaviour",
    "WZ": "a person decides about help",
    "RL": "a learned rule decides about help",
}
"""Each condition in few words; docs/proactivity.md has all of them."""
BACK = {
    "continue": "where the page was left",
    "restart_block": "at the start of the block",
    "stop": "no more: the session ends",
}
"""Rules for coming back late."""
LANGUAGES = {"en": "English", "de": "German"}


def help_words(protocol: Protocol, condition: str) -> str:
    """A condition in few words; no face is spoken of where none is looked at."""
    words = HELP[condition]
    return words if protocol.camera_sources else words.replace("face and behaviour", "behaviour")
