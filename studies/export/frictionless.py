"""Format frictionless: the CSV tables with a machine's description of every column (Data Package).

The descriptor says things twice where versions 1 and 2 of the standard differ (``enum`` and
``categories``), so that readers of either check the same.
Source: datapackage.org/standard, version 2.0; frictionless-py reads version 1.
"""

from __future__ import annotations

from typing import Any

from studies.export.codebook import codebook, values
from studies.export.csv_file import write_csv
from studies.export.fields import Field
from studies.export.limits import limits
from studies.export.material import Files, Material
from studies.export.tables import Dataset
from studies.export.wide import wide

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TYPES = {
    "text": "string",
    "json": "array",
    "time": "datetime",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
KEYS = {"session": ["session_id"], "wide": ["session_id"], "acts": ["session_id", "act_id"]}
"""Primary keys of what is no row table; a row table has session and seq."""


def write(material: Material, files: Files) -> None:
    """``data/*.csv`` and ``datapackage.json``."""
    tables = (*material.tables, wide(material.tables))
    resources = []
    for table in (*tables, codebook(tables), values()):
        name = f"data/{table.name}.csv"
        with files.place(name).open("x", encoding="utf-8", newline="") as stream:
            n_rows = write_csv(table, stream)
        files.add(name, table.doc, n_rows)
        resources.append(_resource(table, files))
    package = {
        "$schema": PROFILE,
        "profile": "tabular-data-package",
        "name": f"study-{_slug(material.study_id)}",
        "title": f"Study {material.study_id}",
        "description": "Log of a study with a tutor that speaks up by itself; participants by pseudonym.",
        "resources": resources,
    }
    files.json("datapackage.json", "The Data Package: what every table and column is.", package)


def _resource(table: Dataset, files: Files) -> dict[str, Any]:
    path = f"data/{table.name}.csv"
    return {
        "name": _slug(table.name),
        "type": "table",
        "profile": "tabular-data-resource",
        "path": path,
        "title": table.doc,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": (files.folder / path).stat().st_size,
        "hash": f"sha256:{files.sheets[-1].sha256}",
        "dialect": {"delimiter": ",", "quoteChar": '"', "lineTerminator": "\r\n"},
        "schema": _schema(table),
    }


def _schema(table: Dataset) -> dict[str, Any]:
    names = {field.name for field in table.fields}
    schema: dict[str, Any] = {
        "fields": [_field(table.name, one) for one in table.fields],
        "missingValues": [""],
    }
    if "session_id" in names:
        schema["primaryKey"] = KEYS.get(table.name, ["session_id", "seq"])
        if table.name != "session":
            schema["foreignKeys"] = [
                {"fields": ["session_id"], "reference": {"resource": "session", "fields": ["session_id"]}}
            ]
    return schema


def _field(table: str, one: Field) -> dict[str, Any]:
    found = limits(table, one)
    constraints: dict[str, Any] = {}
    if not one.may_be_empty and one.kind != "text":  # an empty text is a value, and reads as missing
        constraints["required"] = True
    if found.least is not None:
        constraints |= {"minimum": found.least, "maximum": found.most}
    described: dict[str, Any] = {"name": one.name, "type": TYPES[one.kind], "description": one.doc}
    if found.words:
        cast = int if one.kind == "integer" else str
        if one.kind == "text":
            constraints["enum"] = list(found.words)
        described["categories"] = [
            {"value": cast(word), "label": meaning or word}
            for word, meaning in found.words.items()
            if found.least is None or one.kind != "integer" or found.least <= int(word) <= (found.most or 0)
        ]
    if constraints:
        described["constraints"] = constraints
    return described


def _slug(text: str) -> str:
    return "".join(char if char.isalnum() or char in "._-" else "-" for char in text.lower())
