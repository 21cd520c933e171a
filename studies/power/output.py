"""A folder with the outcome: the table, the curve, and what was assumed. It is there whole or not at all."""

from __future__ import annotations

import csv
import importlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studies.power.run import Plan, Point
from studies.power.words import ENOUGH, effect_words, sentence
from tutorbot.errors import BadInput, MissingPart

SUMMARY = "power.json"
COLUMNS = ("n", "effect", "contrast", "power", "low", "high", "n_found", "runs", "failed")


def require_new(out: Path) -> None:
    """Raises: BadInput: something is there already."""
    if out.exists():
        raise BadInput(f"{out} is there already.", remedy="Give a new folder with --out.")


def write(out: Path, plan: Plan, points: Sequence[Point], about: Point, *, protocol_sha256: str) -> None:
    """Write power.csv, power.svg, power.png and power.json.

    Raises: BadInput: it cannot be written. MissingPart: without matplotlib.
    """
    require_new(out)
    part = out.with_name(out.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _csv(part / "power.csv", points)
        _plot(part, plan, points)
        text = json.dumps(summary(plan, about, protocol_sha256), indent=2, ensure_ascii=False)
        (part / SUMMARY).write_text(text + "\n", encoding="utf-8")
        part.rename(out)
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written ({error.strerror}).", remedy="Choose another --out, or make room."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def summary(plan: Plan, about: Point, protocol_sha256: str) -> dict[str, Any]:
    """Everything the numbers hang on, and the sentence."""
    low, high = about.interval
    return {
        "sentence": sentence(plan, about),
        "protocol_sha256": protocol_sha256,
        "study": plan.design.study,
        "measure": plan.design.measure,
        "n": about.n,
        "effect": about.effect,
        "contrast": about.contrast,
        "power": about.power,
        "interval": [low, high],
        "analysis": plan.analysis,
        "ns": list(plan.ns),
        "effects": list(plan.effects),
        "runs": plan.runs,
        "dropout": plan.dropout,
        "seed": plan.seed,
        "answers": asdict(plan.model),
        "design": asdict(plan.design),
    }


def read_summary(folder: Path) -> dict[str, Any]:
    """What ``write`` wrote. Raises: BadInput: there is none, or it is damaged."""
    path = folder / SUMMARY
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and isinstance(found.get("sentence"), str):
            return found
    except (OSError, ValueError):
        pass
    raise BadInput(
        f"{path} holds no outcome of `studies power`.", remedy="Name the folder it wrote with --out."
    )


def _csv(path: Path, points: Sequence[Point]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in points:
            low, high = one.interval
            share = (f"{one.power:.6g}", f"{low:.6g}", f"{high:.6g}")
            rows.writerow((one.n, f"{one.effect:g}", one.contrast, *share, one.n_found, one.runs, one.failed))


def _plot(folder: Path, plan: Plan, points: Sequence[Point]) -> None:
    """Power over n with intervals, a line for each contrast and effect."""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(7, 5))
    styles = ("-", "--", ":", "-.")
    colors: dict[str, Any] = {}
    for contrast in plan.design.contrasts:
        for number, effect in enumerate(plan.effects):
            line = [one for one in points if (one.contrast, one.effect) == (contrast.name, effect)]
            ns = [one.n for one in line]
            (drawn,) = axes.plot(
                ns,
                [one.power for one in line],
                marker="o",
                linestyle=styles[number % len(styles)],
                color=colors.get(contrast.name),
                label=f"{contrast.words}, {effect_words(plan.design, contrast, effect)}",
            )
            colors[contrast.name] = drawn.get_color()
            low, high = zip(*(one.interval for one in line), strict=True)
            axes.fill_between(ns, low, high, alpha=0.15, color=drawn.get_color())
    axes.axhline(ENOUGH, color="gray", linewidth=0.8, linestyle="--")
    axes.set_ylim(0, 1)
    axes.set_xlabel("participants")
    axes.set_ylabel("power, with 95 % intervals")
    axes.set_title(f"{plan.design.study}: {plan.design.measure}, {plan.runs} simulated studies each")
    axes.legend(loc="lower right", fontsize="small")
    figure.tight_layout()
    figure.savefig(folder / "power.svg", metadata={"Date": None})
    figure.savefig(folder / "power.png", dpi=150, metadata={"Software": None})
    plt.close(figure)


def require_plots() -> None:
    """Raises: MissingPart: if there is no matplotlib."""
    _pyplot()


def _pyplot() -> Any:
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ModuleNotFoundError:
        raise MissingPart(
            "Package matplotlib is not installed; the curve needs it.", remedy="Run `make env-analysis`."
        ) from None
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "tutorbot"
    return importlib.import_module("matplotlib.pyplot")
