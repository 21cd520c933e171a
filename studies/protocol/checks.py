"""What in a protocol does not fit together, each mistake at its own place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from studies.protocol.checks_of_design import DESIGN_CHECKS
from studies.protocol.checks_of_flow import FLOW_CHECKS
from studies.setting_ranges import setting_misfits
from tutorbot.core.evidence import EvidenceSource
from tutorbot.core.strategies import STRATEGIES
from tutorbot.yaml_file import Loc, Misfit

if TYPE_CHECKING:
    from studies.protocol.model import Protocol

KNOWN_CONDITIONS = tuple(STRATEGIES)


def misfits_of(protocol: Protocol) -> Iterator[Misfit]:
    """Everything that does not fit together in a protocol whose parts are right by themselves."""
    for check in CHECKS:
        yield from check(protocol)


def _listed_twice(protocol: Protocol) -> Iterator[Misfit]:
    for name in ("languages", "problems", "conditions"):
        yield from twice((name,), getattr(protocol, name))


def twice(loc: Loc, names: Sequence[object]) -> tuple[Misfit, ...]:
    """Names that stand in a list a second time."""
    return tuple(
        Misfit((*loc, index), f"{name!r} stands here twice", "remove one")
        for index, name in enumerate(names)
        if name in names[:index]
    )


def _unknown_conditions(protocol: Protocol) -> Iterator[Misfit]:
    remedy = f"known are {', '.join(KNOWN_CONDITIONS)}"
    for loc, name in _named(protocol):
        if name not in STRATEGIES:
            yield Misfit(loc, f"there is no condition {name!r}", remedy)


def _named(protocol: Protocol) -> Iterator[tuple[Loc, str]]:
    """Where the file names each condition: at the factors' levels, or in a list of its own."""
    levels = [
        (("factors", i, "levels", j, "condition"), level.condition)
        for i, factor in enumerate(protocol.factors)
        for j, level in enumerate(factor.levels)
        if level.condition
    ]
    yield from levels
    at_levels = {name for _, name in levels}
    for index, name in enumerate(protocol.conditions):
        if name not in at_levels:
            yield ("conditions", index), name


def _misallocated(protocol: Protocol) -> Iterator[Misfit]:
    allocation, loc = protocol.allocation, ("allocation", "condition")
    if allocation.method == "fixed" and protocol.factors:
        if allocation.condition is not None:
            yield Misfit(loc, "the factors' levels name the conditions", "remove `condition:`")
    elif allocation.method == "fixed":
        if allocation.condition is None:
            yield Misfit(loc, "a fixed allocation needs a condition", "add `condition:` with its id")
        elif allocation.condition not in protocol.conditions:
            listed = ", ".join(protocol.conditions)
            yield Misfit(
                loc, f"{allocation.condition!r} is none of the protocol's conditions", f"listed are {listed}"
            )
    elif allocation.condition is not None:
        yield Misfit(
            loc, f"{allocation.method} gives all conditions", "remove `condition:` or use `method: fixed`"
        )


def _unmatched(protocol: Protocol) -> Iterator[Misfit]:
    """Yoked conditions whose match nobody would get."""
    for index, name in enumerate(protocol.conditions):
        match = name.removesuffix("-Y") + "-A"
        nobody = match not in protocol.conditions or protocol.allocation.condition == name
        if name.endswith("-Y") and nobody:
            yield Misfit(
                ("conditions", index),
                f"{name} replays the times of finished {match} sessions, and nobody gets {match}",
                f"list {match} too and use `method: permuted_blocks`",
            )


def _without_wizard(protocol: Protocol) -> Iterator[Misfit]:
    """A condition in which a person decides, where no person may."""
    if "WZ" in protocol.conditions and EvidenceSource.WIZARD not in protocol.evidence_sources:
        yield Misfit(
            ("evidence_sources",),
            "condition WZ is decided by a person at the console, and wizard is not among the sources",
            "add `wizard`, or take WZ out of the conditions",
        )


def _untranslated(protocol: Protocol) -> Iterator[Misfit]:
    parts: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("consent", protocol.consent.texts),
        ("baseline", protocol.baseline.texts),
    )
    for part, texts in parts:
        yield from _languages_missing((part, "texts"), protocol, texts)
    if protocol.debrief:
        yield from _languages_missing(("debrief",), protocol, protocol.debrief)
    for index, stratum in enumerate(protocol.allocation.strata):
        at = ("allocation", "strata", index)
        yield from _languages_missing((*at, "title"), protocol, stratum.title)
        for option, labels in stratum.options.items():
            yield from _languages_missing((*at, "options", option), protocol, labels)
    for language, text in protocol.consent.texts.items():
        for sources, paragraph, word in (
            (protocol.camera_sources_of(robot=False), text.camera, "camera"),
            (protocol.camera_sources_of(robot=True), text.robot_camera, "robot_camera"),
        ):
            if sources and paragraph is None:
                yield Misfit(
                    ("consent", "texts", language),
                    f"a {word.replace('_', ' ')} is among the evidence_sources, but the paragraph about it "
                    "is missing",
                    f"add `{word}:` here",
                )
        for purpose in protocol.consent.purposes:
            if purpose not in text.purposes:
                yield Misfit(
                    ("consent", "texts", language),
                    f"the statement of purpose {purpose!r} is missing",
                    f"add `purposes:` with `{purpose}:` here",
                )


def _languages_missing(loc: Loc, protocol: Protocol, texts: Mapping[str, object]) -> Iterator[Misfit]:
    for language in protocol.languages:
        if language not in texts:
            yield Misfit(loc, f"there is no text in {language!r}", f"add `{language}:` here")


Check = Callable[["Protocol"], Iterable[Misfit]]
CHECKS: tuple[Check, ...] = (
    _listed_twice,
    _unknown_conditions,
    _misallocated,
    _unmatched,
    _without_wizard,
    _untranslated,
    *DESIGN_CHECKS,
    *FLOW_CHECKS,
    lambda protocol: setting_misfits(protocol.settings),
)
"""Each looks at one thing, so that it can be asked where others cannot (``partial.py``)."""
