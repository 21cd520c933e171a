"""Whether an instrument's key gives the scores its examples say."""

from __future__ import annotations

import math
from collections.abc import Iterator

from studies.instruments.model import Example, Instrument
from studies.instruments.scoring import score


def faults(instrument: Instrument) -> tuple[str, ...]:
    """What its examples show to be wrong, and which scores no example reaches; empty when all is well."""
    found = [
        fault for n, one in enumerate(instrument.examples, start=1) for fault in _wrong(instrument, n, one)
    ]
    reached = {name for one in instrument.examples for name, value in one.scores.items() if value is not None}
    found += [f"no example gives score {rule.id!r}" for rule in instrument.scores if rule.id not in reached]
    return tuple(found)


def _wrong(instrument: Instrument, n: int, example: Example) -> Iterator[str]:
    scores = score(instrument, example.answers, example.not_applicable)
    for name, wanted in example.scores.items():
        got = scores.scores[name]
        same = (
            got.value is None
            if wanted is None
            else got.value is not None and math.isclose(got.value, wanted, abs_tol=0.005)
        )
        if not same:
            shown = f"none ({got.reason})" if got.value is None else f"{got.value:g}"
            should = "none" if wanted is None else f"{wanted:g}"
            yield f"example {n} ({example.source}): {name} should be {should}, the key gives {shown}"


def open_points(instrument: Instrument) -> tuple[str, ...]:
    """What is no fault of the file but must be settled before it is used."""
    found = []
    if not instrument.available:
        found.append("no texts: supply your own (`studies instrument template`)")
    if instrument.key.to_compare:
        found.append(f"key {instrument.key.checked}: {instrument.key.source}")
    if instrument.scores and instrument.key.checked != "own" and not n_published(instrument):
        found.append("its examples are worked by hand, none is published")
    return tuple(found)


def n_published(instrument: Instrument) -> int:
    """How many of its examples stand in a publication, answers and scores."""
    return sum(one.kind == "published" for one in instrument.examples)


def told(instrument: Instrument) -> str:
    """How many examples there are and where they come from, in words."""
    n, n_out = len(instrument.examples), n_published(instrument)
    if not n:
        return "no examples"
    parts = [f"{n_out} published"] if n_out else []
    parts += [f"{n - n_out} worked by hand"] if n > n_out else []
    return f"{n} example{'' if n == 1 else 's'} right ({', '.join(parts)})"
