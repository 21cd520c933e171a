"""What in a protocol's way through a session does not fit together, each mistake at its own place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from studies.protocol.checks_of_design import doubled
from tutorbot.yaml_file import Misfit

if TYPE_CHECKING:
    from studies.protocol.model import Protocol

RESERVED = frozenset({"participation", "camera"})
"""Purposes of consent that every study has already."""


def _hypotheses(protocol: Protocol) -> Iterator[Misfit]:
    yield from doubled(("hypotheses",), [hypothesis.id for hypothesis in protocol.hypotheses])
    for index, hypothesis in enumerate(protocol.hypotheses):
        for place, condition in enumerate(hypothesis.contrast):
            if condition not in protocol.conditions:
                yield Misfit(
                    ("hypotheses", index, "contrast", place),
                    f"{condition!r} is none of the protocol's conditions",
                    f"listed are {', '.join(protocol.conditions)}",
                )


def _strata(protocol: Protocol) -> Iterator[Misfit]:
    strata = [stratum.id for stratum in protocol.allocation.strata]
    yield from doubled(("allocation", "strata"), strata)
    if protocol.allocation.method == "minimisation" and not strata:
        yield Misfit(("allocation", "strata"), "minimisation needs something to balance", "add `strata:`")
    if protocol.allocation.method == "fixed" and strata:
        yield Misfit(
            ("allocation", "strata"), "a fixed allocation balances nothing", "remove `strata:` or the method"
        )


def _instruments(protocol: Protocol) -> Iterator[Misfit]:
    for phase in ("pre", "block", "post"):
        yield from doubled(("instruments", phase), getattr(protocol.instruments, phase))
    start = protocol.instruments.trust_start
    if start is not None and start.partition(".")[0] not in protocol.instruments.pre:
        yield Misfit(
            ("instruments", "trust_start"), f"{start!r} is not asked before the lesson", "add it to `pre:`"
        )


def _purposes(protocol: Protocol) -> Iterator[Misfit]:
    yield from doubled(("consent", "purposes"), protocol.consent.purposes)
    for index, purpose in enumerate(protocol.consent.purposes):
        if purpose in RESERVED:
            yield Misfit(("consent", "purposes", index), f"{purpose!r} is asked in every study", "remove it")


def _completion(protocol: Protocol) -> Iterator[Misfit]:
    completion = protocol.completion
    if completion is None:
        return
    if completion.person not in completion.parameters:
        yield Misfit(
            ("completion", "person"),
            f"{completion.person!r} is none of the parameters",
            f"write one of {', '.join(completion.parameters)}",
        )
    if completion.url is not None and not completion.url.startswith("https://"):
        yield Misfit(("completion", "url"), f"{completion.url!r} is no https address", "write https://...")


def _amendments(protocol: Protocol) -> Iterator[Misfit]:
    yield from doubled(("amendments",), [amendment.version for amendment in protocol.amendments])


FLOW_CHECKS = (_hypotheses, _strata, _instruments, _purposes, _completion, _amendments)
"""Hypotheses, strata, instruments, purposes, completion and amendments."""
