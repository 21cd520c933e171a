"""Format mcap: a bag for each session, one channel for each table of the log, messages in JSON.

Foxglove and the tools of ROS 2 play it beside a bag recorded from the robot: log times are the calendar's, in
nanoseconds since 1970.
Source: mcap.dev/spec; encoding json with jsonschema.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from mcap.writer import CompressionType, Writer

from studies.export.fields import Field
from studies.export.material import Files, Material
from studies.export.names import file_name
from studies.export.sittings import Sitting
from studies.export.tables import Dataset

TYPES: Mapping[str, str] = {
    "text": "string",
    "json": "array",
    "time": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LIBRARY = "tutorbot"
"""Named in the header in place of a version, so that the bytes depend on the data alone."""


def write(material: Material, files: Files) -> None:
    """``<participant>_<session>.mcap`` for each session."""
    tables = {table.name: table for table in material.tables[2:]}
    for sitting in material.sittings():
        with files.open(f"{file_name(sitting)}.mcap", "One session.") as stream:
            _write(sitting, tables, stream)


def _write(sitting: Sitting, tables: Mapping[str, Dataset], stream: BinaryIO) -> None:
    writer = Writer(stream, compression=CompressionType.ZSTD)
    writer.start(profile="", library=LIBRARY)
    writer.add_metadata(
        "session", {name: str(sitting.session[name]) for name in ("session_id", "participant", "condition")}
    )
    channels = {name: _channel(writer, tables[name]) for name, rows in sitting.rows.items() if rows}
    origin_ns = (sitting.origin() - EPOCH) // dt.timedelta(microseconds=1) * 1000
    for name, row in sitting.in_order():
        at_ns = origin_ns + round(row["at_s"] * 1e9)
        data = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        writer.add_message(
            channel_id=channels[name], log_time=at_ns, publish_time=at_ns, data=data, sequence=row["seq"]
        )
    writer.finish()  # type: ignore[no-untyped-call]


def _channel(writer: Writer, table: Dataset) -> int:
    schema = writer.register_schema(
        name=f"tutorbot.{table.name}",
        encoding="jsonschema",
        data=json.dumps(schema_of(table), ensure_ascii=False).encode(),
    )
    return writer.register_channel(topic=f"/tutorbot/{table.name}", message_encoding="json", schema_id=schema)


def schema_of(table: Dataset) -> dict[str, Any]:
    """JSON schema of a table's messages."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.name,
        "description": table.doc,
        "type": "object",
        "properties": {one.name: _property(one) for one in table.fields},
        "required": [one.name for one in table.fields],
    }


def _property(one: Field) -> dict[str, Any]:
    kind = TYPES[one.kind]
    return {"type": [kind, "null"] if one.may_be_empty else kind, "description": one.doc}
