"""Fields of a message with ``{placeholders}``: which there are, and values in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

HOLE = re.compile(r"\{([a-z_]+)\}")


def holes(fields: Any) -> Iterator[str]:
    """Names of all placeholders in fields, however deep."""
    if isinstance(fields, str):
        yield from HOLE.findall(fields)
    elif isinstance(fields, Mapping):
        for value in fields.values():
            yield from holes(value)
    elif isinstance(fields, list | tuple):
        for value in fields:
            yield from holes(value)


def filled(fields: Any, values: Mapping[str, Any]) -> Any:
    """The same fields with values in place. One that stands alone keeps its kind: a number stays a number.

    What is put in is never looked through again, so that braces in somebody's words stay as they are.
    Raises: KeyError: there is no value for one of them.
    """
    if isinstance(fields, str):
        if whole := HOLE.fullmatch(fields):
            return values[whole.group(1)]
        return HOLE.sub(lambda hole: str(values[hole.group(1)]), fields)
    if isinstance(fields, Mapping):
        return {key: filled(value, values) for key, value in fields.items()}
    if isinstance(fields, list | tuple):
        return [filled(value, values) for value in fields]
    return fields


def found(fields: Any, path: str) -> Any:
    """The value at ``a.b`` in a message. None: there is no such field."""
    for key in path.split("."):
        if not isinstance(fields, Mapping):
            return None
        fields = fields.get(key)
    return fields
