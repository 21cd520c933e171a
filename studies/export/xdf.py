"""Format xdf: a file for each session as LabRecorder writes them, to be read beside EEG or eye tracking.

Three streams without a fixed rate: ``tutorbot_events`` (each row of the log but the windows, as JSON text),
``tutorbot_affect`` (window scores) and ``tutorbot_states`` (trust estimate and concentration index; what did
not change stands as it was). Time stamps are session seconds; unknown numbers are NaN.
Source: github.com/sccn/xdf, specifications; no maintained library writes the format, so it is done here.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from studies.export.material import Files, Material
from studies.export.names import file_name
from studies.export.sittings import Sitting

FILE_HEADER, STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER = 1, 2, 3, 4, 6
CHUNK = 1000
"""Samples in one chunk."""
AFFECT = ("confusion", "frustration", "concentration", "coverage", "n_faces")
STATES = ("trust", "concentration")
Sample = tuple[float, Sequence[Any]]
"""Time stamp and one value for each channel."""


@dataclass(frozen=True, slots=True)
class Stream:
    """kind: of its content. channels: their names. form: string or double64."""

    name: str
    kind: str
    channels: Sequence[str]
    form: str
    samples: Sequence[Sample]


def write(material: Material, files: Files) -> None:
    """``<participant>_<session>.xdf`` for each session."""
    for sitting in material.sittings():
        with files.open(f"{file_name(sitting)}.xdf", "One session.") as stream:
            write_xdf(stream, sitting.session["started_at_utc"], streams(sitting))


def streams(sitting: Sitting) -> tuple[Stream, ...]:
    """What a session's file holds."""
    rows = [(table, row) for table, row in sitting.in_order() if table != "affect_window"]
    events = [
        (row["at_s"], (json.dumps({"table": table, **row}, ensure_ascii=False),)) for table, row in rows
    ]
    windows = [
        (row["at_s"], [_number(row[name]) for name in AFFECT]) for row in sitting.rows["affect_window"]
    ]
    return (
        Stream("tutorbot_events", "Markers", ("event",), "string", events),
        Stream("tutorbot_affect", "Affect", AFFECT, "double64", windows),
        Stream("tutorbot_states", "States", STATES, "double64", list(_states(sitting))),
    )


def write_xdf(file: BinaryIO, begun_at_utc: str, found: Sequence[Stream]) -> None:
    """A whole file. begun_at_utc: calendar time of the session's set-up, ISO 8601."""
    file.write(b"XDF:")
    about = f"<info><version>1.0</version><datetime>{escape(begun_at_utc)}</datetime></info>"
    _chunk(file, FILE_HEADER, _xml(about))
    for number, stream in enumerate(found, start=1):
        _chunk(file, STREAM_HEADER, _id(number) + _xml(_about(stream, number)))
        _chunk(file, CLOCK_OFFSET, _id(number) + struct.pack("<2d", 0.0, 0.0))  # one clock for all
    for number, stream in enumerate(found, start=1):
        for first in range(0, len(stream.samples), CHUNK):
            some = stream.samples[first : first + CHUNK]
            content = b"".join(_sample(stream, *one) for one in some)
            _chunk(file, SAMPLES, _id(number) + _length(len(some)) + content)
    for number, stream in enumerate(found, start=1):
        _chunk(file, STREAM_FOOTER, _id(number) + _xml(_footer(stream)))


def _states(sitting: Sitting) -> Iterable[Sample]:
    trust = concentration = math.nan
    for table, row in sitting.in_order():
        if table == "trust_state":
            trust = row["trust"]
        elif table == "concentration_state":
            concentration = row["concentration"]
        else:
            continue
        yield row["at_s"], (trust, concentration)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


# ---------------------------------------------------------------- bytes


def _chunk(file: BinaryIO, tag: int, content: bytes) -> None:
    file.write(_length(len(content) + 2) + struct.pack("<H", tag) + content)


def _length(number: int) -> bytes:
    """A length, led by how many bytes it takes: 1, 4 or 8."""
    if number < 256:
        return struct.pack("<BB", 1, number)
    return struct.pack("<BI", 4, number) if number < 2**32 else struct.pack("<BQ", 8, number)


def _id(number: int) -> bytes:
    return struct.pack("<I", number)


def _sample(stream: Stream, at_s: float, values: Sequence[Any]) -> bytes:
    stamp = struct.pack("<Bd", 8, at_s)
    if stream.form == "double64":
        return stamp + struct.pack(f"<{len(values)}d", *values)
    texts = [str(value).encode() for value in values]
    return stamp + b"".join(_length(len(text)) + text for text in texts)


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0"?>{text}'.encode()


def _about(stream: Stream, number: int) -> str:
    labels = "".join(f"<channel><label>{name}</label></channel>" for name in stream.channels)
    return (
        f"<info><name>{stream.name}</name><type>{stream.kind}</type>"
        f"<channel_count>{len(stream.channels)}</channel_count><nominal_srate>0</nominal_srate>"
        f"<channel_format>{stream.form}</channel_format><source_id>{stream.name}</source_id>"
        f"<uid>{number}</uid><desc><channels>{labels}</channels></desc></info>"
    )


def _footer(stream: Stream) -> str:
    first, last = (stream.samples[0][0], stream.samples[-1][0]) if stream.samples else (0.0, 0.0)
    return (
        f"<info><first_timestamp>{first!r}</first_timestamp><last_timestamp>{last!r}</last_timestamp>"
        f"<sample_count>{len(stream.samples)}</sample_count><clock_offsets/></info>"
    )
