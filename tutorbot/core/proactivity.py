"""The proactivity machine as a table: where the tutor stands between watching and speaking.

docs/proactivity.md draws its diagram from TRANSITIONS.
"""

from __future__ import annotations

from typing import Any

from transitions import EventData, Machine

STATES = (
    "calibrating",
    "observing",
    "candidate",
    "acting",
    "awaiting_reply",
    "resting",
    "paused",
    "ended",
)

_RUNNING = ["calibrating", "observing", "candidate", "acting", "awaiting_reply", "resting"]

TRANSITIONS: list[dict[str, Any]] = [
    {"trigger": "calibrated", "source": "calibrating", "dest": "observing"},
    {"trigger": "suspect", "source": "observing", "dest": "candidate"},
    {"trigger": "escalate", "source": "resting", "dest": "candidate"},
    {"trigger": "drop", "source": "candidate", "dest": "observing", "conditions": "rested"},
    {"trigger": "drop", "source": "candidate", "dest": "resting", "unless": "rested"},
    {"trigger": "deliver", "source": "candidate", "dest": "acting", "conditions": "allowed"},
    {"trigger": "carry_out", "source": "resting", "dest": "acting"},
    {"trigger": "delivered", "source": "acting", "dest": "awaiting_reply"},
    {"trigger": "fail", "source": "acting", "dest": "observing", "conditions": "rested"},
    {"trigger": "fail", "source": "acting", "dest": "resting", "unless": "rested"},
    {"trigger": "react", "source": "awaiting_reply", "dest": "resting"},
    {"trigger": "wake", "source": "resting", "dest": "observing", "conditions": "rested"},
    {"trigger": "pause", "source": _RUNNING, "dest": "paused"},
    {"trigger": "unpause", "source": "paused", "dest": "calibrating", "unless": "ready"},
    {"trigger": "unpause", "source": "paused", "dest": "observing", "conditions": ["ready", "rested"]},
    {"trigger": "unpause", "source": "paused", "dest": "resting", "conditions": "ready", "unless": "rested"},
    {"trigger": "end", "source": [*_RUNNING, "paused"], "dest": "ended"},
]
"""Guards: allowed (safety rules passed), rested (the rest after the last act is over), ready (calibrated)."""


class ProactivityMachine:
    """Holds the state; every move is fired with the guards' values as keywords."""

    state: str

    def __init__(self) -> None:
        self._machine = Machine(
            model=self,
            states=list(STATES),
            transitions=TRANSITIONS,
            initial="calibrating",
            auto_transitions=False,
            send_event=True,
        )

    def fire(self, cause: str, *, allowed: bool = False, rested: bool = True, ready: bool = True) -> bool:
        """Make a move; False when no guard lets it. Raises: transitions.MachineError: not in this state."""
        return bool(self.trigger(cause, allowed=allowed, rested=rested, ready=ready))  # type: ignore[attr-defined]

    @staticmethod
    def allowed(event: EventData) -> bool:
        """Guard: the safety rules let this act pass."""
        return bool(event.kwargs["allowed"])

    @staticmethod
    def rested(event: EventData) -> bool:
        """Guard: the rest after the last act is over."""
        return bool(event.kwargs["rested"])

    @staticmethod
    def ready(event: EventData) -> bool:
        """Guard: the baseline phase is over."""
        return bool(event.kwargs["ready"])


def mermaid() -> str:
    """The machine as a Mermaid state diagram, as it stands in docs/proactivity.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {STATES[0]}"]
    for move in TRANSITIONS:
        sources = move["source"] if isinstance(move["source"], list) else [move["source"]]
        guards = [move[key] for key in ("conditions",) if key in move]
        flat = [g for guard in guards for g in (guard if isinstance(guard, list) else [guard])]
        flat += [f"not {move['unless']}"] if "unless" in move else []
        label = move["trigger"] + (f" [{', '.join(flat)}]" if flat else "")
        lines += [f"    {source} --> {move['dest']}: {label}" for source in sources]
    lines.append("    ended --> [*]")
    return "\n".join(lines) + "\n"
