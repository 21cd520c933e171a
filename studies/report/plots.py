"""The pictures of a report, each drawn from a table of numbers that stands with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from studies.report.analysis.acts import LEVELS
from studies.report.analysis.flow import TITLES
from studies.report.analysis.frames import Frames, level_values, person_means
from studies.report.analysis.outcomes import ANSWERS
from studies.report.analysis.results import Section, Table, listed
from studies.report.picture import (
    SERIES,
    Axis,
    Box,
    Dot,
    Label,
    Line,
    Picture,
    Shape,
    frame,
    number,
    paragraph,
    ticks,
    wrapped,
)

DASHES: tuple[tuple[float, ...], ...] = ((), (7, 4), (2, 3), (9, 3, 2, 3), (4, 2), (12, 5))
BOX_WIDTH = 190.0
OUT = ("never_opened", "no_answer", "refused")


def pictures(frames: Frames, sections: Mapping[str, Section]) -> dict[str, tuple[Picture, ...]]:
    """Section -> its pictures."""
    outcomes = sections["outcomes"]
    return {
        "flow": (flow_picture(sections["flow"].table("flow"), sections["flow"].table("recruitment")),),
        "manipulation": _some(levels_picture(sections["manipulation"].table("levels"))),
        "outcomes": (
            *(people_picture(frames, outcomes.table("outcomes"), measure) for measure in ANSWERS),
            *(by_board_picture(outcomes.table("by_board"), measure) for measure in ANSWERS),
            *_some(forest_picture(outcomes.table("contrasts"))),
        ),
        "timelines": tuple(timeline_pictures(sections["timelines"].table("timelines"))),
    }


def _some(picture: Picture | None) -> tuple[Picture, ...]:
    return () if picture is None else (picture,)


# ---------------------------------------------------------------- flow


def flow_picture(table: Table, recruitment: Table) -> Picture:
    """CONSORT style: all sessions, those that fell out, a column for each cell."""
    rows = table.dicts()
    cells, total = [row for row in rows if row["cell"] != "all"], rows[-1]
    columns = min(max(len(cells), 2), 6)
    gap = 18.0
    width = columns * (BOX_WIDTH + gap) + gap
    middle = width / 2
    shapes: list[Shape] = []
    came = {row["step"]: row["n"] for row in recruitment.dicts()}
    invited = [f"{step}: {n}" for step, n in list(came.items())[:2] if n]
    shapes += _flow_box(middle, 10, [f"Allocated: {total['allocated']}"], 30)
    shapes += [
        Label(
            x=middle - BOX_WIDTH / 2 - 12, y=22 + 17 * index, text=line, anchor="end", color="soft", size=12
        )
        for index, line in enumerate(invited)
    ]
    out = [f"Not in N: {sum(total[name] for name in OUT)}"]
    out += [f"{TITLES[name]}: {total[name]}" for name in OUT]
    shapes += _arrow(middle, 40, middle, 150)
    shapes += _flow_box(middle + BOX_WIDTH / 2 + 20, 52, out, 82)
    shapes.append(Line(points=((middle, 93), (middle + 20, 93)), color="edge"))
    shapes += _flow_box(middle, 150, [f"Consented: {total['consented']}"], 30)
    top, height = 210.0, 0.0
    for index, row in enumerate(cells):
        line, column = divmod(index, columns)
        in_line = min(columns, len(cells) - line * columns)
        x = middle + (column - (in_line - 1) / 2) * (BOX_WIDTH + gap)
        lines = _cell_lines(row)
        height = max(height, 17.0 * len(lines) + 18)
        y = top + line * 230
        if line == 0:
            shapes += _arrow(middle, 180, x, y)
        shapes += _flow_box(x, y, lines, 17.0 * len(lines) + 18)
    rows_of_cells = -(-len(cells) // columns)
    return Picture(
        id="picture-flow",
        title="Participant flow",
        text=f"{total['allocated']} sessions allocated, {total['consented']} consented, then a box for "
        f"each of "
        f"{len(cells)} cells: began, finished, stopped, withdrew, analyzed. The table below holds every "
        f"number.",
        width=width,
        height=top + (rows_of_cells - 1) * 230 + height + 12,
        shapes=tuple(shapes),
    )


def _cell_lines(row: Mapping[str, Any]) -> list[str]:
    names = wrapped(str(row["cell"]), 20)
    counts = ["consented", "began", "finished"]
    counts += [
        name
        for name in (
            "stopped_by_learner",
            "stopped_by_experimenter",
            "stopped_by_absence",
            "withdrawn",
            "open",
        )
        if row[name]
    ]
    return [
        *names,
        f"allocated: {row['allocated']}",
        *(f"{TITLES[name]}: {row[name]}" for name in counts),
        f"analyzed: {row['analysed']}",
    ]


def _flow_box(x: float, y: float, lines: Sequence[str], height: float) -> list[Shape]:
    return [
        Box(x=x - BOX_WIDTH / 2, y=y, width=BOX_WIDTH, height=height, fill="sheet", stroke="edge"),
        *paragraph(x, y + 20, lines),
    ]


def _arrow(x1: float, y1: float, x2: float, y2: float) -> list[Shape]:
    bend = y2 - 14
    points = ((x1, y1), (x1, bend), (x2, bend), (x2, y2)) if x1 != x2 else ((x1, y1), (x2, y2))
    return [
        Line(points=points, color="edge"),
        Line(points=((x2 - 4, y2 - 7), (x2, y2), (x2 + 4, y2 - 7)), color="edge"),
    ]


# ---------------------------------------------------------------- levels


def levels_picture(table: Table) -> Picture | None:
    """Delivered acts by condition and level, as bars."""
    rows = table.dicts()
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    most = max((row["delivered"] for row in rows), default=0)
    if most == 0:
        return None
    x = Axis(low=0, high=len(conditions), start=60, end=680)
    y = Axis(low=0, high=most * 1.1, start=260, end=40)
    shapes = frame(x, y, x_title="condition", y_title="acts delivered", x_ticks=False)
    bar = min(44.0, 620 / len(conditions) / 4)
    for place, condition in enumerate(conditions):
        middle = x.at(place + 0.5)
        shapes.append(Label(x=middle, y=278, text=condition, anchor="middle", size=12))
        for row in (one for one in rows if one["condition"] == condition):
            level = int(row["level"])
            left, top = middle + (level - 2) * bar - bar / 2, y.at(row["delivered"])
            shapes.append(
                Box(
                    x=left + 1,
                    y=top,
                    width=bar - 2,
                    height=y.start - top,
                    fill=SERIES[level - 1],
                    stroke="edge",
                )
            )
            shapes.append(
                Label(x=left + bar / 2, y=top - 4, text=f"{level}", anchor="middle", color="soft", size=11)
            )
    names = ", ".join(f"{level} {name}" for level, name in LEVELS.items())
    return Picture(
        id="picture-levels",
        title="Acts delivered, by condition and level",
        text=f"Bars of delivered acts for each condition; the number above a bar is its level ({names}). "
        "The table below holds every number.",
        width=700,
        height=310,
        shapes=tuple(shapes),
    )


# ---------------------------------------------------------------- outcomes


def people_picture(frames: Frames, table: Table, measure: str) -> Picture:
    """Each person's mean as a dot, the condition's mean with its interval beside them."""
    rows = [row for row in table.dicts() if row["by"] == "condition" and row["measure"] == measure]
    means = person_means(frames["board"], measure, "condition")
    x = Axis(low=0, high=max(len(rows), 1), start=60, end=680)
    y = Axis(low=1, high=5, start=260, end=40)
    shapes = frame(x, y, x_title="condition", y_title=ANSWERS[measure], x_ticks=False)
    for place, row in enumerate(rows):
        middle, color = x.at(place + 0.5), SERIES[place % 6]
        shapes.append(
            Label(x=middle, y=278, text=f"{row['level']} (n = {row['n_people']})", anchor="middle", size=12)
        )
        shapes += _swarm(level_values(means, row["level"]), middle - 16, y, color)
        if row["mean"] is None:
            continue
        at = middle + 22
        if row["low"] is not None:
            low, high = (y.at(min(5.0, max(1.0, row[end]))) for end in ("low", "high"))
            shapes.append(Line(points=((at, low), (at, high)), width=2))
        shapes.append(Dot(x=at, y=y.at(row["mean"]), r=5, fill="ink"))
        shapes.append(Label(x=at + 9, y=y.at(row["mean"]) + 4, text=f"{row['mean']:.2f}", size=12))
    return Picture(
        id=f"picture-people-{measure}",
        title=f"{measure.capitalize()} by condition",
        text=f"A dot for each person's mean {measure} answer in each condition, and the mean of people "
        f"with its "
        "95 % interval: "
        + "; ".join(f"{row['level']} {row['mean']:.2f}" for row in rows if row["mean"] is not None)
        + ". The table below holds every number.",
        width=700,
        height=310,
        shapes=tuple(shapes),
    )


def _swarm(values: np.ndarray[Any, Any], x: float, y: Axis, color: str) -> list[Shape]:
    """Dots that make room for each other, always in the same way."""
    shapes: list[Shape] = []
    placed: dict[int, int] = {}
    for value in sorted(values):
        at = y.at(float(value))
        slot = round(at / 7)
        n = placed.get(slot, 0)
        placed[slot] = n + 1
        side = ((n + 1) // 2) * (1 if n % 2 else -1)
        shapes.append(Dot(x=x + side * 7, y=at, r=3.5, fill=color, opacity=0.75))
    return shapes


def by_board_picture(table: Table, measure: str) -> Picture:
    """Means over people after each board, a line for each condition."""
    rows = [row for row in table.dicts() if row["measure"] == measure]
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    last = max((row["board"] for row in rows), default=1)
    x = Axis(low=1, high=max(last, 2), start=60, end=590, whole=True)
    y = Axis(low=1, high=5, start=260, end=40)
    shapes = frame(x, y, x_title="board", y_title=f"{measure}, mean answer")
    ends: list[float] = []
    for index, condition in enumerate(conditions):
        own = [row for row in rows if row["condition"] == condition]
        points = tuple((x.at(row["board"]), y.at(row["mean"])) for row in own)
        color = SERIES[index % 6]
        shapes.append(Line(points=points, color=color, width=2, dash=DASHES[index % 6]))
        shapes += [Dot(x=px, y=py, r=2.5, fill=color) for px, py in points]
        at = points[-1][1] + 4
        while any(abs(at - other) < 14 for other in ends):
            at += 3
        ends.append(at)
        shapes.append(Label(x=points[-1][0] + 8, y=at, text=condition, size=12))
    return Picture(
        id=f"picture-boards-{measure}",
        title=f"{measure.capitalize()} over the lesson",
        text=f"Lines of the mean {measure} answer after each board for {listed(conditions)}; by_board.csv "
        "holds every number.",
        width=700,
        height=310,
        shapes=tuple(shapes),
    )


def forest_picture(table: Table) -> Picture | None:
    """Effect sizes of the planned contrasts with their intervals."""
    rows = [
        row
        for row in table.dicts()
        if row["family"] == "answers" and row["by"] == "condition" and _effect(row)[0] is not None
    ]
    if not rows:
        return None
    effects = [_effect(row) for row in rows]
    known = [value for one in effects for value in one[:3] if value is not None]
    span = max(1.0, *(abs(value) for value in known)) * 1.1
    height = 60.0 + 30 * len(rows)
    x = Axis(low=-span, high=span, start=250, end=660)
    shapes: list[Shape] = [Line(points=((x.at(0), 20), (x.at(0), height - 34)), color="edge", dash=(4, 3))]
    for index, (row, (value, low, high, name)) in enumerate(zip(rows, effects, strict=True)):
        at = 36.0 + 30 * index
        shapes.append(
            Label(
                x=12, y=at + 4, text=f"{row['measure']}: {row['level']} against {row['reference']}", size=12
            )
        )
        if low is not None and high is not None:
            shapes.append(Line(points=((x.at(low), at), (x.at(high), at)), width=2))
        if value is not None:
            shapes.append(Dot(x=x.at(value), y=at, r=5, fill=SERIES[index % 6], stroke="ink"))
            shapes.append(
                Label(
                    x=x.at(value),
                    y=at - 8,
                    text=f"{name} {value:.2f}",
                    anchor="middle",
                    color="soft",
                    size=11,
                )
            )
    for value in ticks(-span, span, 6):
        shapes.append(
            Label(x=x.at(value), y=height - 16, text=number(value), anchor="middle", color="soft", size=12)
        )
    return Picture(
        id="picture-forest",
        title="Planned contrasts: effect sizes",
        text="Effect sizes (Hedges's g between people, d_z within) with 95 % intervals: "
        + "; ".join(
            f"{row['measure']} {row['level']} {one[3]} {one[0]:.2f}"
            for row, one in zip(rows, effects, strict=True)
        )
        + ".",
        width=700,
        height=height,
        shapes=tuple(shapes),
    )


def _effect(row: Mapping[str, Any]) -> tuple[float | None, float | None, float | None, str]:
    name = "g" if row["design"] == "between" else "d_z"
    return row[name], row[f"{name}_low"], row[f"{name}_high"], name


# ---------------------------------------------------------------- time lines

LANES = (("block", 14.0), ("confusion", 22.0), ("frustration", 22.0), ("act", 20.0), ("trust", 36.0))


def timeline_pictures(table: Table) -> list[Picture]:
    """One strip for each session."""
    sessions: dict[str, list[dict[str, Any]]] = {}
    for row in table.dicts():
        sessions.setdefault(row["session_id"], []).append(row)
    longest = max((row["to_s"] or 0.0 for rows in sessions.values() for row in rows), default=1.0)
    return [_strip(index, rows, max(longest, 1.0)) for index, rows in enumerate(sessions.values(), start=1)]


def _strip(index: int, rows: list[dict[str, Any]], longest: float) -> Picture:
    first = rows[0]
    conditions = list(dict.fromkeys(row["condition"] for row in rows if row["condition"]))
    x = Axis(low=0, high=longest / 60, start=86, end=690)
    shapes: list[Shape] = []
    top = 4.0
    for lane, height in LANES:
        own = [row for row in rows if row["lane"] == lane or (lane == "trust" and row["lane"] == "answer")]
        shapes.append(Label(x=80, y=top + height / 2 + 4, text=lane, anchor="end", color="soft", size=11))
        shapes.append(Line(points=((x.start, top + height), (x.end, top + height)), color="line", width=1))
        shapes += _lane(lane, own, x, top, height)
        top += height + 6
    for value in ticks(0, longest / 60, 8):
        shapes.append(
            Label(x=x.at(value), y=top + 10, text=number(value), anchor="middle", color="soft", size=11)
        )
    shapes.append(Label(x=80, y=top + 10, text="minutes", anchor="end", color="soft", size=11))
    n_acts = sum(row["lane"] == "act" for row in rows)
    title = f"{first['participant']}, {', '.join(conditions)}"
    return Picture(
        id=f"picture-session-{index}",
        title=title,
        text=f"{title}: {(rows[0]['to_s'] or 0) / 60:.1f} minutes, {n_acts} acts; blocks, scores of "
        f"confusion and "
        "frustration, acts by level, trust estimate (line) and trust answers (dots).",
        width=700,
        height=top + 18,
        shapes=tuple(shapes),
    )


def _lane(lane: str, rows: list[dict[str, Any]], x: Axis, top: float, height: float) -> list[Shape]:
    shapes: list[Shape] = []
    if lane == "block":
        for index, row in enumerate(rows):
            left, right = x.at(row["from_s"] / 60), x.at(row["to_s"] / 60)
            shapes.append(
                Box(x=left, y=top, width=max(0.5, right - left), height=height, fill="line", stroke="edge")
            )
            if right - left > 60:
                shapes.append(Label(x=left + 4, y=top + 11, text=str(row["label"] or index + 1), size=10))
    elif lane in ("confusion", "frustration"):
        color = "c2" if lane == "confusion" else "c6"
        for row in rows:
            tall = height * min(1.0, max(0.0, row["value"]))
            left, right = x.at(row["from_s"] / 60), x.at(row["to_s"] / 60)
            shapes.append(
                Box(x=left, y=top + height - tall, width=max(0.5, right - left), height=tall, fill=color)
            )
    elif lane == "act":
        for row in rows:
            at, level = x.at(row["from_s"] / 60), int(row["value"])
            shapes.append(Box(x=at - 1, y=top + 2, width=2, height=height - 2, fill=SERIES[level - 1]))
            shapes.append(Label(x=at + 3, y=top + 13, text=str(level), size=11))
    else:
        shapes += _trust(rows, x, Axis(low=1, high=5, start=top + height, end=top))
    return shapes


def _trust(rows: list[dict[str, Any]], x: Axis, y: Axis) -> list[Shape]:
    points: list[tuple[float, float]] = []
    for row in (one for one in rows if one["lane"] == "trust"):
        at = y.at(row["value"])
        points += [(x.at(row["from_s"] / 60), at), (x.at(row["to_s"] / 60), at)]
    shapes: list[Shape] = [Line(points=tuple(points), color="c1", width=1.5)] if points else []
    shapes += [
        Dot(x=x.at(row["from_s"] / 60), y=y.at(row["value"]), r=2.5, fill="ink")
        for row in rows
        if row["lane"] == "answer"
    ]
    return shapes
