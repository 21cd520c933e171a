"""Exports as tables: Parquet, Frictionless, Psych-DS and the wide table, each by its own reader and rules."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from frictionless import Package, Resource, validate

from studies.export.frictionless import PROFILE
from studies.log.models import ROW_TABLES


def frame(exported: Path, table: str, folder: str = "csv") -> pd.DataFrame:
    return pd.read_csv(exported / folder / f"{table}.csv", keep_default_na=False, na_values=[""])


# --------------------------------------------------------------------------- parquet


def test_parquet_holds_the_values_of_the_csv_with_types(exported: Path):
    for table in (*(kind.table for kind in ROW_TABLES), "session", "acts", "wide"):
        with (exported / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        found = pq.read_table(exported / "parquet" / f"{table}.parquet")
        assert found.column_names == header
        assert found.num_rows == len(rows)
        for name, column in zip(header, zip(*rows, strict=True), strict=False):
            cells = [_cell(value) for value in found[name].to_pylist()]
            assert cells == [cell.removeprefix("'") for cell in column], f"{table}.{name}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def test_a_column_of_parquet_says_what_it_means_and_when_it_may_be_empty(exported: Path):
    schema = pq.read_schema(exported / "parquet" / "probe.parquet")
    field = schema.field("trust")
    assert (str(field.type), field.nullable) == ("int64", False)
    assert field.metadata[b"doc"].startswith(b"single trust item")
    assert str(schema.field("at_utc").type) == "timestamp[ms, tz=UTC]"
    assert pq.read_schema(exported / "parquet" / "attempt.parquet").field("correct").type == "bool"


# ----------------------------------------------------------------- wide and round trip


def test_the_wide_table_is_what_pandas_makes_of_the_long_ones(exported: Path):
    wide = frame(exported, "wide").set_index("session_id")
    probe = frame(exported, "probe").groupby("session_id")
    window = frame(exported, "affect_window").groupby("session_id")
    attempt = frame(exported, "attempt").groupby("session_id")
    delivery = frame(exported, "delivery")
    reaction = frame(exported, "reaction").groupby(["session_id", "act_id"]).last().reset_index()
    ended = frame(exported, "item_end")
    expected = pd.DataFrame(
        {
            "trust_mean": probe["trust"].mean(),
            "trust_last": probe["trust"].last(),
            "concentration_mean": probe["concentration"].mean(),
            "n_probes": probe.size(),
            "confusion_mean": window["confusion"].mean(),
            "coverage_mean": window["coverage"].mean(),
            "n_checks": attempt.size(),
            "n_checks_right": attempt["correct"].sum(),
            "first_try_share": ended[ended["outcome"] != "stopped"].groupby("session_id")["first_try"].mean(),
            "n_suggestions": delivery[delivery["delivered"] & (delivery["level"] == 2)]
            .groupby("session_id")
            .size(),
            "n_accepted": reaction[reaction["reaction"] == "accepted"].groupby("session_id").size(),
        }
    ).reindex(wide.index)
    assert expected["n_checks"].sum() > 30
    assert expected["n_accepted"].sum() >= 3
    for name in expected:
        counts = name.startswith("n_")
        mine = wide[name].astype(float)
        theirs = expected[name].astype(float)
        pd.testing.assert_series_equal(mine, theirs.fillna(0) if counts else theirs, check_names=False)


def test_the_wide_table_has_the_last_answer_to_each_item_as_it_was_given(exported: Path):
    wide = frame(exported, "wide").set_index("session_id")
    assert wide.loc["s4", "fks.pre.fks01"] == 6.0  # answered 2 first
    assert wide.loc["s4", "fks.block1.fks01"] == 3.0
    assert wide.loc["s4", "fks.pre.age"] == "25-34"
    assert pd.isna(wide.loc["s4", "fks.pre.fks02"])  # does not apply
    assert wide["fks.pre.fks01"].notna().sum() == 1


def test_every_session_has_one_line_in_the_wide_table(exported: Path):
    sessions = frame(exported, "session")["session_id"]
    assert list(frame(exported, "wide")["session_id"]) == list(sessions)
    assert sessions.is_unique


# ---------------------------------------------------------------------- frictionless


def test_the_data_package_passes_frictionless(exported: Path):
    report = validate(str(exported / "frictionless" / "datapackage.json"))
    assert report.flatten(["name", "type", "message"]) == []
    assert report.stats["tasks"] == len(ROW_TABLES) + 5  # session, acts, wide, codebook, values


@pytest.mark.parametrize(
    ("table", "harm", "kind"),
    [
        ("probe", (",4,", ",9,"), "constraint-error"),  # trust of 1..5
        ("reaction", (",accepted,", ",delighted,"), "constraint-error"),
        ("probe", ("s7,P001", "zz,P001"), "foreign-key"),
        ("attempt", (",false,", ",perhaps,"), "type-error"),
    ],
)
def test_the_data_package_s_rules_catch_harm(
    exported: Path, tmp_path: Path, table: str, harm: tuple[str, str], kind: str
):
    package = json.loads((exported / "frictionless" / "datapackage.json").read_text(encoding="utf-8"))
    (tmp_path / "data").mkdir()
    kept = [one for one in package["resources"] if one["name"] in ("session", table)]
    for one in kept:
        text = (exported / "frictionless" / one["path"]).read_bytes().decode()
        if one["name"] == table:
            assert harm[0] in text
            text = text.replace(*harm, 1)
        (tmp_path / one["path"]).write_bytes(text.encode())
        del one["hash"], one["bytes"]
    (tmp_path / "datapackage.json").write_text(json.dumps({**package, "resources": kept}), encoding="utf-8")
    kinds = {row[0] for row in validate(str(tmp_path / "datapackage.json")).flatten(["type"])}
    assert kinds == {kind}


def test_the_descriptor_keeps_version_2_s_rules(exported: Path):
    """Rules of the standard's version 2.0 for data package, data resource and table schema."""
    package = json.loads((exported / "frictionless" / "datapackage.json").read_text(encoding="utf-8"))
    assert package["$schema"] == PROFILE
    assert re.fullmatch(r"[a-z0-9._-]+", package["name"])
    names = [one["name"] for one in package["resources"]]
    assert len(set(names)) == len(names) > 0
    for resource in package["resources"]:
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert resource["type"] == "table"
        assert "data" not in resource
        assert not resource["path"].startswith(("/", "."))
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", resource["hash"])
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert all(key in fields for key in resource["schema"].get("primaryKey", []))
        for key in resource["schema"].get("foreignKeys", []):
            assert isinstance(key["fields"], list)
            assert key["reference"]["resource"] in names
        for field in fields.values():
            for category in field.get("categories", []):
                assert set(category) == {"value", "label"}
                assert isinstance(category["value"], int if field["type"] == "integer" else str)
    header = Resource(path=str(exported / "frictionless" / "data" / "probe.csv")).read_rows()[0].field_names
    probe = next(one for one in package["resources"] if one["name"] == "probe")
    assert header == [field["name"] for field in probe["schema"]["fields"]]
    assert Package(str(exported / "frictionless" / "datapackage.json")).has_resource("acts")


# -------------------------------------------------------------------------- psych-ds

KEYS = ("study", "site", "subject", "session", "task", "condition", "trial", "stimulus", "description")


def psych_ds_problems(folder: Path) -> list[str]:
    """Rules of Psych-DS 1.5 that a dataset may break, ported from its schema."""
    found = []
    about = json.loads((folder / "dataset_description.json").read_text(encoding="utf-8"))
    found += [f"no {key}" for key in ("name", "description", "variableMeasured") if not about.get(key)]
    if about.get("@type") != "Dataset" or not str(about.get("@context")).startswith("https://schema.org"):
        found.append("no schema.org Dataset")
    known = [one if isinstance(one, str) else one["name"] for one in about.get("variableMeasured", [])]
    found += [f"{name} twice" for name in set(known) if known.count(name) > 1]
    data = list((folder / "data").rglob("*.csv"))
    found += [] if data else ["no data file"]
    for path in data:
        if not re.fullmatch(rf"(?:(?:{'|'.join(KEYS)})-[A-Za-z0-9]+_)+data\.csv", path.name):
            found.append(f"{path.name} is no name")
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream, strict=True))
        found += [f"{path.name}: {name} is not described" for name in header if name not in known]
        found += [f"{path.name}: {name} twice" for name in set(header) if header.count(name) > 1]
        found += [f"{path.name}: row of {len(row)} cells" for row in rows if len(row) != len(header)]
        if "row_id" in header:
            ids = [row[header.index("row_id")] for row in rows]
            found += [f"{path.name}: row_id not unique"] if len(set(ids)) < len(ids) else []
    return found


def test_the_dataset_keeps_the_rules_of_psych_ds(exported: Path):
    assert psych_ds_problems(exported / "psych-ds") == []
    assert len(list((exported / "psych-ds" / "data").iterdir())) == len(ROW_TABLES) + 3


def test_the_rules_of_psych_ds_catch_a_column_nobody_described_and_a_bad_name(exported: Path, tmp_path: Path):
    about = json.loads((exported / "psych-ds" / "dataset_description.json").read_text(encoding="utf-8"))
    about["variableMeasured"] = [one for one in about["variableMeasured"] if one["name"] != "trust"]
    (tmp_path / "dataset_description.json").write_text(json.dumps(about), encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "my data.csv").write_text("trust\n1\n", encoding="utf-8")
    assert psych_ds_problems(tmp_path) == ["my data.csv is no name", "my data.csv: trust is not described"]
