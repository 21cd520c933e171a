"""XDF and MCAP: read back by their own readers, every row there at its time."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
import pyxdf
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mcap.reader import make_reader

from studies.export.xdf import CHUNK, Stream, write_xdf
from studies.log.models import ROW_TABLES


def rows(exported: Path, table: str, session_id: str) -> list[dict[str, str]]:
    with (exported / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["session_id"] == session_id]


def n_rows(exported: Path, session_id: str) -> int:
    return sum(len(rows(exported, kind.table, session_id)) for kind in ROW_TABLES)


# ------------------------------------------------------------------------------- xdf


def streams(path: Path) -> dict[str, Any]:
    found, _ = pyxdf.load_xdf(str(path))
    return {one["info"]["name"][0]: one for one in found}


def test_pyxdf_reads_every_row_at_its_second(exported: Path):
    found = streams(exported / "xdf" / "P001_s1.xdf")
    windows = rows(exported, "affect_window", "s1")
    affect = found["tutorbot_affect"]
    assert list(affect["time_stamps"]) == [float(row["at_s"]) for row in windows]
    for sample, row in zip(affect["time_series"], windows, strict=True):
        said = float(row["confusion"]) if row["confusion"] else math.nan
        assert sample[0] == pytest.approx(said, nan_ok=True)
    events = [json.loads(one[0]) for one in found["tutorbot_events"]["time_series"]]
    assert len(events) + len(windows) == n_rows(exported, "s1")
    assert [one["seq"] for one in events] == sorted(one["seq"] for one in events)
    labels = affect["info"]["desc"][0]["channels"][0]["channel"]
    assert [one["label"][0] for one in labels][:2] == ["confusion", "frustration"]


def test_the_states_hold_what_was_in_force(exported: Path):
    states = streams(exported / "xdf" / "P001_s1.xdf")["tutorbot_states"]
    trust = rows(exported, "trust_state", "s1")
    assert states["time_series"][-1][0] == pytest.approx(float(trust[-1]["trust"]))
    assert states["time_stamps"][0] == float(trust[0]["at_s"])


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=400), max_size=5))
def test_any_text_comes_back_from_an_xdf_file(texts: list[str]):
    samples = [(float(n), (text,)) for n, text in enumerate(texts)]
    assert [one[0] for one in _read(Stream("s", "Markers", ("event",), "string", samples))] == texts


def test_a_stream_longer_than_a_chunk_comes_back_whole():
    samples = [(n / 10, (float(n), -1.0)) for n in range(2 * CHUNK + 1)]
    series = _read(Stream("s", "Affect", ("a", "b"), "double64", samples))
    assert [one[0] for one in series] == [float(n) for n in range(2 * CHUNK + 1)]


def _read(stream: Stream) -> Any:
    file = io.BytesIO()
    write_xdf(file, "2026-11-24T09:00:00.000Z", [stream])
    file.seek(0)
    (found,), _ = pyxdf.load_xdf(file)
    return found["time_series"]


# ------------------------------------------------------------------------------ mcap


def messages(path: Path) -> list[tuple[Any, Any, Any]]:
    with path.open("rb") as stream:
        return list(make_reader(stream, validate_crcs=True).iter_messages())


def test_a_bag_holds_every_row_on_its_topic_by_its_schema(exported: Path):
    found = messages(exported / "mcap" / "P004_s4.mcap")
    assert len(found) == n_rows(exported, "s4")
    for schema, channel, message in found:
        row = json.loads(message.data)
        Draft202012Validator(json.loads(schema.data)).validate(row)
        assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
        assert channel.topic == f"/tutorbot/{schema.name.removeprefix('tutorbot.')}"
        assert message.sequence == row["seq"]


def test_log_times_are_the_calendar_s_and_keep_the_session_s_seconds(exported: Path):
    found = [
        (message, json.loads(message.data)) for _, _, message in messages(exported / "mcap" / "P001_s1.mcap")
    ]
    (first, row), *rest = found
    begun = first.log_time - round(row["at_s"] * 1e9)
    assert begun == 1_795_251_660 * 10**9  # the first rows were stored at 09:01:00 on 2026-11-21, second 0
    for message, row in rest:
        assert message.log_time - begun == round(row["at_s"] * 1e9)
