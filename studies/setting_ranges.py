"""Which values of the tutor's settings make sense: a range for each, and what must not lie above what.

The ranges are wide: they keep out what cannot work or would mean something else than it says, e.g. a
time in milliseconds that never ends or a tutor that may act nought times. What is wise is the study's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import TRUST_MAX, TRUST_MIN, TRUST_SD_MAX
from tutorbot.yaml_file import Misfit

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Range:
    """Least and most a setting may be, ends included. hint: what else one may have meant."""

    least: float
    most: float
    hint: str = ""


SHARE = Range(0, 1)
SECONDS = Range(0, DAY_S)
SOME_SECONDS = Range(1, DAY_S)
"""The tutor decides once a second: less than one would be none."""
COUNT = Range(1, 1000)
TRUST = Range(TRUST_MIN, TRUST_MAX)
GAIN, LOSS = Range(0, TRUST_MAX - TRUST_MIN), Range(TRUST_MIN - TRUST_MAX, 0)
TRUST_SD = Range(0.01, TRUST_SD_MAX, "nothing is known of trust for certain")
SILENT = "for a tutor that never speaks up name condition C0"

RANGES: Mapping[str, Range] = {
    "window_s": SOME_SECONDS,
    "min_coverage": SHARE,
    "enter": SHARE,
    "leave": SHARE,
    "face_lost_s": SECONDS,
    "dwell_confusion_s": SECONDS,
    "grace_s": SECONDS,
    "dwell_frustration_s": SECONDS,
    "slow_factor": Range(1, 1000),
    "slow_first_s": SOME_SECONDS,
    "median_after_items": COUNT,
    "errors_confusion": COUNT,
    "changes_confusion": COUNT,
    "errors_frustration": COUNT,
    "errors_persisting": COUNT,
    "rapid_answers": COUNT,
    "rapid_within_s": SOME_SECONDS,
    "said_counts_s": SECONDS,
    "signs_alone": COUNT,
    "off_task_s": SOME_SECONDS,
    "idle_s": SOME_SECONDS,
    "repair_after_s": SECONDS,
    "most_repairs": Range(0, 1000),
    "interval_s": SOME_SECONDS,
    "wizard_waits_s": SOME_SECONDS,
    "check_in_every_s": SOME_SECONDS,
    "check_in_rest_s": SECONDS,
    "check_in_waits_s": SECONDS,
    "check_in_expires_s": SOME_SECONDS,
    "stop_fall": Range(0, TRUST_MAX - TRUST_MIN),
    "rest_s": SECONDS,
    "escalation_after_s": SECONDS,
    "after_help_s": SECONDS,
    "most_acts_per_item": Range(1, 1000, SILENT),
    "most_acts": Range(1, 1000, SILENT),
    "most_acts_window_s": SOME_SECONDS,
    "input_pause_s": SECONDS,
    "after_answer_s": SECONDS,
    "react_timeout_s": SOME_SECONDS,
    "lowered_acts": Range(0, 1000),
    "act_expires_s": SOME_SECONDS,
    "ask_again_after_s": SECONDS,
    "idle_from_s": SECONDS,
    "idle_full_s": SOME_SECONDS,
    "changes_unsteady": COUNT,
    "focus_face": SHARE,
    "focus_activity": SHARE,
    "focus_steadiness": SHARE,
    "focus_promptness": SHARE,
    "slowness_full": Range(1, 1000),
    "focus_sd": SHARE,
    "focus_sd_face": SHARE,
    "focus_step": SHARE,
    "trust_start": TRUST,
    "trust_low": TRUST,
    "trust_mid": TRUST,
    "trust_accepted": GAIN,
    "trust_used_and_right": GAIN,
    "trust_ignored": LOSS,
    "trust_declined": LOSS,
    "trust_undone": LOSS,
    "trust_answer_weight": SHARE,
    "trust_start_sd": TRUST_SD,
    "trust_step_sd": Range(0, TRUST_SD_MAX),
    "trust_answer_sd": TRUST_SD,
}
"""Every setting a protocol may change."""

NOT_ABOVE = (
    ("leave", "enter", "an episode must end below where it begins"),
    ("trust_low", "trust_mid", "the band of low trust must end below that of high trust"),
)
"""(lower, upper, why): the lower one may not lie above the upper one."""


def setting_misfits(settings: Mapping[str, float]) -> Iterator[Misfit]:
    """What is wrong with a protocol's ``settings``, each at its own key."""
    wrong = set()
    for name, value in settings.items():
        misfit = _misfit(name, value)
        if misfit is not None:
            wrong.add(name)
            yield misfit
    for lower, upper, why in NOT_ABOVE:
        given = [name for name in (lower, upper) if name in settings]
        if given and not wrong & {lower, upper}:
            yield from _out_of_order(settings, lower, upper, given[0], why)


def _misfit(name: str, value: float) -> Misfit | None:
    loc = ("settings", name)
    if name == "baseline_s":
        return Misfit(loc, "the baseline's length stands elsewhere", "remove it and set baseline: seconds:")
    if name not in RANGES:
        return Misfit(loc, f"there is no setting {name!r}", f"known are {', '.join(sorted(RANGES))}")
    allowed = RANGES[name]
    if _is_whole(name) and value != int(value):
        return Misfit(loc, f"{value:.12g} is not a whole number", "write a whole number")
    if allowed.least <= value <= allowed.most:
        return None
    side = f"below {allowed.least:g}" if value < allowed.least else f"above {allowed.most:g}"
    hint = f"; {allowed.hint}" if allowed.hint and value < allowed.least else ""
    return Misfit(loc, f"{value:.12g} is {side}", f"write {allowed.least:g} to {allowed.most:g}{hint}")


def _out_of_order(
    settings: Mapping[str, float], lower: str, upper: str, at: str, why: str
) -> Iterator[Misfit]:
    shipped = TutorSettings()

    def told(name: str) -> str:
        return (
            f"{name} ({settings[name]:g})"
            if name in settings
            else f"{name} ({_of(shipped, name):g}, as shipped)"
        )

    if settings.get(lower, _of(shipped, lower)) > settings.get(upper, _of(shipped, upper)):
        yield Misfit(
            ("settings", at),
            f"{told(lower)} is above {told(upper)}",
            f"lower {lower} or raise {upper}: {why}",
        )


def _of(settings: TutorSettings, name: str) -> float:
    return float(getattr(settings, name))


def _is_whole(name: str) -> bool:
    return any(field.name == name and str(field.type) == "int" for field in fields(TutorSettings))
