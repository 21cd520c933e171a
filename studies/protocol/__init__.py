"""The protocol: the one file that says what is done with whom (``model.py`` has it whole)."""

from studies.protocol.checks import KNOWN_CONDITIONS
from studies.protocol.gate import camera_gate, warnings_of
from studies.protocol.model import GATED_SOURCES, PROTOCOLS, Protocol, load_protocol, parse_protocol
from studies.protocol.words import PLACEHOLDER

__all__ = [
    "GATED_SOURCES",
    "KNOWN_CONDITIONS",
    "PLACEHOLDER",
    "PROTOCOLS",
    "Protocol",
    "camera_gate",
    "load_protocol",
    "parse_protocol",
    "warnings_of",
]
