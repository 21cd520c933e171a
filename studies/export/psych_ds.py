"""Format psych-ds: CSV tables under names that say what they are, described in schema.org's words.

Source: Psych-DS 1.5 (psych-ds.github.io): ``dataset_description.json`` at the root lists every column of
every table; data files are ``key-value[_key-value]_data.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from studies.export.csv_file import write_csv
from studies.export.limits import limits
from studies.export.material import Files, Material
from studies.export.names import camel
from studies.export.tables import Dataset
from studies.export.values import VALUE_LISTS
from studies.export.wide import wide


def write(material: Material, files: Files) -> None:
    """``data/study-<id>_description-<table>_data.csv`` and ``dataset_description.json``."""
    tables = (*material.tables, wide(material.tables))
    study = re.sub(r"[^A-Za-z0-9]", "", material.study_id) or "x"
    for table in tables:
        name = f"data/study-{study}_description-{camel(table.name)}_data.csv"
        with files.place(name).open("x", encoding="utf-8", newline="") as stream:
            n_rows = write_csv(table, stream)
        files.add(name, table.doc, n_rows)
    description = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"Study {material.study_id}",
        "description": "Log of a study with a tutor that speaks up by itself; participants by pseudonym.",
        "variableMeasured": variables(tables),
    }
    files.json("dataset_description.json", "What every column of every table means.", description)


def variables(tables: Sequence[Dataset]) -> list[dict[str, Any]]:
    """Every column once; where tables differ in what it means, each with its table."""
    found: dict[str, dict[str, Any]] = {}
    docs: dict[str, dict[str, str]] = {}
    for table in tables:
        for field in table.fields:
            one = found.setdefault(field.name, {"@type": "PropertyValue", "name": field.name})
            docs.setdefault(field.name, {})[table.name] = field.doc
            limit = limits(table.name, field)
            if limit.least is not None and limit.most is not None:
                one["minValue"] = min(limit.least, one.get("minValue", limit.least))
                one["maxValue"] = max(limit.most, one.get("maxValue", limit.most))
            if field.name.endswith("_s"):
                one["unitText"] = "seconds"
    for name, by_table in docs.items():
        same = len(set(by_table.values())) == 1
        told = list(by_table.values())[:1] if same else [f"{table}: {doc}" for table, doc in by_table.items()]
        found[name]["description"] = "; ".join(told) + _values_of(name)
    return list(found.values())


def _values_of(column: str) -> str:
    lists = [one for one in VALUE_LISTS if any(place.endswith(f".{column}") for place in one.columns)]
    words = dict.fromkeys(word for one in lists for word in one.meanings)
    return f" (values: {', '.join(words)})" if words else ""
