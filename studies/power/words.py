"""The outcome in words: a table for the terminal and the sentence for the preregistration."""

from __future__ import annotations

from collections.abc import Sequence

from studies.power.design import Contrast, Design
from studies.power.run import Plan, Point

ENOUGH = 0.8
"""Power that is asked for."""
TESTS = {
    ("between",): "Welch's t-test between participants",
    ("within",): "the paired t-test within participants",
    ("between", "within"): "Welch's t-test between and the paired t-test within participants",
}
ANALYSES = {
    "means": "{tests}, on each participant's mean answer",
    "mixed": "a linear mixed model of single answers with a random intercept for each participant (REML)",
}


def table(points: Sequence[Point]) -> str:
    """A line for each n, effect and contrast."""
    lines = [f"{'n':>5} {'effect':>7} {'contrast':24} {'power':>6} 95 % interval"]
    for one in points:
        low, high = one.interval
        failed = f"  ({one.failed} not fitted)" if one.failed else ""
        lines.append(
            f"{one.n:5} {one.effect:7g} {one.contrast:24} {one.power:6.3f} {low:.3f} to {high:.3f}{failed}"
        )
    return "\n".join(lines)


def chosen(plan: Plan, points: Sequence[Point], planned_n: int | None) -> Point:
    """What the sentence is about: the weakest contrast of the smallest effect, at the planned n.

    Without a planned n at the smallest one at which it has enough power, else at the largest that was tried.
    """
    effect = min(plan.effects, key=abs)
    names = [one.name for one in plan.design.contrasts]
    weakest = {
        n: min(
            (one for one in points if (one.n, one.effect) == (n, effect) and one.contrast in names),
            key=lambda one: one.n_found,
        )
        for n in plan.ns
    }
    if planned_n in weakest:
        return weakest[planned_n]
    return next((weakest[n] for n in sorted(plan.ns) if weakest[n].power >= ENOUGH), weakest[max(plan.ns)])


def sentence(plan: Plan, point: Point) -> str:
    """One point as a sentence to preregister."""
    design = plan.design
    contrast = next(one for one in design.contrasts if one.name == point.contrast)
    low, high = point.interval
    n_answers = design.n_answers * len(design.parts)
    family = (
        f"{len(design.contrasts)} planned contrasts corrected by Holm's method"
        if len(design.contrasts) > 1
        else "one planned contrast"
    )
    return (
        f"A simulation with {plan.runs} studies (answers on {design.points} points from a cumulative "
        f"probit model, {n_answers} answer{'s' * (n_answers != 1)} of each participant, intraclass "
        f"correlation {plan.model.icc:g}, {plan.dropout:.0%} drop-out, seed {plan.seed}), analysed with "
        f"{ANALYSES[plan.analysis].format(tests=t_tests(design))}, {family}, "
        f"gives power {_share(point.power)}, 95 % interval "
        f"[{_share(low)}, {_share(high)}], to find an effect of "
        f"{effect_words(design, contrast, point.effect)} on {design.measure} ({contrast.words}) "
        f"with n = {point.n} participants, two-sided, alpha = .05."
    )


def effect_words(design: Design, contrast: Contrast, effect: float) -> str:
    """``d = 0.5`` between participants, ``d_z = 0.5`` within them."""
    return f"{'d' if design.factor(contrast.factor).vary == 'between' else 'd_z'} = {effect:g}"


def t_tests(*designs: Design) -> str:
    """Which t-tests the contrasts of these designs are tested by."""
    ways = {design.factor(one.factor).vary for design in designs for one in design.contrasts}
    return TESTS[tuple(sorted(ways)) or ("between",)]


def _share(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")
