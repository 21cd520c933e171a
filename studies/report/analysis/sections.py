"""All sections of a report in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from studies.report.analysis.acts import exposure, manipulation
from studies.report.analysis.cells import cells
from studies.report.analysis.detector import detector
from studies.report.analysis.flow import flow, missing
from studies.report.analysis.frames import Frames
from studies.report.analysis.in_force import hypotheses, in_force
from studies.report.analysis.judges import observers, wizard
from studies.report.analysis.learning import learning
from studies.report.analysis.outcomes import outcomes
from studies.report.analysis.results import Section
from studies.report.analysis.scales import scales
from studies.report.analysis.stop_rule import stop_rule
from studies.report.analysis.timelines import timelines

SECTIONS: Mapping[str, Callable[[Frames], Section]] = {
    "in_force": in_force,
    "flow": flow,
    "cells": cells,
    "manipulation": manipulation,
    "exposure": exposure,
    "outcomes": outcomes,
    "hypotheses": hypotheses,
    "learning": learning,
    "scales": scales,
    "stop_rule": stop_rule,
    "detector": detector,
    "observers": observers,
    "wizard": wizard,
    "missing": missing,
    "timelines": timelines,
}
"""Id -> what makes it."""
