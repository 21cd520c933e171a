"""A file with mistakes, mended where that is certain, so that what stands behind them is found as well."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from tutorbot.yaml_file.forms import nearest

Details = Iterable[Mapping[str, Any]]
"""What pydantic says is wrong, as ``ValidationError.errors`` gives it."""


def mended(data: Any, details: Details) -> Any:
    """A copy without unknown keys, with numbers in their ranges and names in their forms."""
    whole = copy.deepcopy(data)
    for detail in details:
        if not detail["loc"]:
            continue
        *path, last = detail["loc"]
        holder: Any = _at(whole, path)
        try:
            if detail["type"] == "extra_forbidden":
                del holder[last]
            elif (better := _better(detail)) is not None:
                holder[last] = better
        except (LookupError, TypeError):
            continue  # the place goes through a union, or is a key
    return whole


def _at(data: Any, path: Iterable[Any]) -> Any:
    for part in path:
        try:
            data = data[part]
        except (LookupError, TypeError):
            return None
    return data


def _better(detail: Mapping[str, Any]) -> Any:
    """A value that passes in place of this one; None where none is certain."""
    bounds = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch":
            return nearest(detail["input"], bounds["pattern"])
        case "greater_than_equal":
            return bounds["ge"]
        case "less_than_equal":
            return bounds["le"]
        case "greater_than":
            return bounds["gt"] + 1
        case "less_than":
            return bounds["lt"] - 1
        case _:
            return None


def broken(model: type[BaseModel], data: Any) -> frozenset[str]:
    """Fields of the model that cannot be read from these data."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        return frozenset(str(detail["loc"][0]) for detail in error.errors() if detail["loc"])
    return frozenset()


def partial(model: type[BaseModel], data: Any, without: frozenset[str], *, base: type[BaseModel]) -> Any:
    """The model's fields that can be read, on an object of ``base``; others are no attributes of it.

    Returns: None when even these do not go together.
    """
    fields: dict[str, Any] = {
        name: (info.annotation, info) for name, info in model.model_fields.items() if name not in without
    }
    values = {name: value for name, value in data.items() if name in fields}
    try:
        return create_model(f"Some of {model.__name__}", __base__=base, **fields).model_validate(values)
    except ValidationError:
        return None
