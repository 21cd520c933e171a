"""Every number of a report, computed once more by another road: straight from the database."""

from __future__ import annotations

import math
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("statsmodels")
pytest.importorskip("nbformat")

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from ruamel.yaml import YAML
from scipy import special, stats
from sklearn import metrics
from sklearn.decomposition import FactorAnalysis
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.families import Binomial
from statsmodels.stats.effect_size import _noncentrality_t

from studies.report.study import Wanted, write_report
from tests.studies.report_builders import CONDITIONS, protocol_text, study_rows, write_study
from tutorbot.bootstrap.reporting import criterion_of

pytestmark = pytest.mark.timeout(300)
FKS = Path(__file__).parents[2] / "studies/instruments/fks/fks.yml"
LEVEL_NAMES = {1: "notification", 2: "suggestion", 3: "intervention"}
Rows = list[dict[str, Any]]
EXPECTED: dict[str, Callable[[Log], Rows]] = {}
LOOSE = {"model_terms": 2e-3, "model_fits": 2e-3, "reliability": 2e-3}
"""Tables whose numbers come out of a search; the rest must be equal to nine digits."""
SOUGHT = {"g_low", "g_high"}
"""Columns that both roads search for, the other one to seven digits."""


def of(name: str) -> Callable[[Callable[[Log], Rows]], Callable[[Log], Rows]]:
    def keep(function: Callable[[Log], Rows]) -> Callable[[Log], Rows]:
        EXPECTED[name] = function
        return function

    return keep


class Log:
    """The database, asked in SQL."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path)
        self._file.row_factory = sqlite3.Row
        self.text = self.rows("select text from protocol")[0]["text"]
        withdrew = {
            r["session_id"] for r in self.rows("select * from session_end where reason='consent_withdrawn'")
        }
        agreed = {
            r["session_id"]
            for r in self.rows("select * from consent where purpose='participation' and granted=1")
        }
        self.sessions = self.rows("select * from session order by participant")
        self.kept = {s["id"]: s for s in self.sessions if s["id"] in agreed - withdrew}
        self.agreed = agreed

    def close(self) -> None:
        self._file.close()

    def rows(self, sql: str) -> Rows:
        return [dict(row) for row in self._file.execute(sql)]

    def of(self, table: str) -> Rows:
        """Rows of the people who count, in order, with their pseudonym."""
        found = self.rows(f"select * from {table} order by session_id, seq")
        return [
            {**row, "participant": self.kept[row["session_id"]]["participant"]}
            for row in found
            if row["session_id"] in self.kept
        ]

    def boards(self) -> pd.DataFrame:
        """A row for each board that ended, values looked up one by one."""
        items = {(r["session_id"], r["item_id"]): r for r in self.of("item")}
        probes = {(r["session_id"], r["item_id"]): r for r in self.of("probe")}
        trust, focus = (
            self._series("trust_state", "trust"),
            self._series("concentration_state", "concentration"),
        )
        rows = []
        for end in self.of("item_end"):
            key = (end["session_id"], end["item_id"])
            item, probe = items[key], probes.get(key, {})
            rows.append(
                {
                    "session_id": end["session_id"],
                    "participant": end["participant"],
                    "condition": end["condition"],
                    "item_n": item["n"],
                    "problem": item["problem"],
                    "block": item["block"],
                    "outcome": end["outcome"],
                    "n_attempts": end["n_attempts"],
                    "duration_s": end["duration_s"],
                    "first_try": float(end["first_try"]),
                    "trust": probe.get("trust", math.nan),
                    "concentration": probe.get("concentration", math.nan),
                    "trust_estimate": _before(trust, end),
                    "concentration_index": _before(focus, end),
                }
            )
        return pd.DataFrame(rows)

    def _series(self, table: str, column: str) -> dict[str, list[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for row in self.of(table):
            found.setdefault(row["session_id"], []).append((row["seq"], row[column]))
        return found

    def acts(self) -> Rows:
        """Acts with delivery and reaction."""
        deliveries = {(r["session_id"], r["act_id"]): r for r in self.of("delivery")}
        reactions = {(r["session_id"], r["act_id"]): r for r in self.of("reaction")}
        rows = []
        for act in self.of("act"):
            key = (act["session_id"], act["act_id"])
            delivery, reaction = deliveries.get(key), reactions.get(key, {})
            rows.append(
                {
                    **act,
                    "delivered": bool(delivery and delivery["delivered"]),
                    "level_delivered": delivery["level"] if delivery else None,
                    "delivered_at_s": delivery["at_s"] if delivery else None,
                    "delivered_seq": delivery["seq"] if delivery else None,
                    "reaction": reaction.get("reaction"),
                    "wait_s": reaction.get("latency_s"),
                }
            )
        return rows


def _before(series: dict[str, list[tuple[int, float]]], end: dict[str, Any]) -> float:
    values = [value for seq, value in series.get(end["session_id"], []) if seq <= end["seq"]]
    return values[-1] if values else math.nan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a study of 40 simulated sessions in a real log, which stands beside it."""
    place = tmp_path_factory.mktemp("report")
    url = write_study(place / "log.db", study_rows(), protocol=protocol_text())
    wanted = Wanted(
        url=url, study_id="levels", include_test=False, pdf=False, version="1", criterion_of=criterion_of
    )
    write_report(wanted, place / "out")
    return place


@pytest.fixture(scope="module")
def log(folder: Path) -> Iterator[Log]:
    found = Log(folder / "log.db")
    yield found
    found.close()


def described(values: Any, *, median: bool = True, n: str = "n_people", mean: str = "mean") -> dict[str, Any]:
    found = [float(value) for value in values if value is not None and not math.isnan(value)]
    row: dict[str, Any] = {n: len(found)}
    if found:
        row[mean] = float(np.mean(found))
        if median:
            row["median"] = float(np.median(found))
    if len(found) > 1:
        row["sd"] = float(np.std(found, ddof=1))
        row["low"] = row["high"] = row[mean]
        if row["sd"] > 0:
            row["low"], row["high"] = stats.t.interval(
                0.95, len(found) - 1, loc=row[mean], scale=stats.sem(found)
            )
    return row


def by_person(frame: pd.DataFrame, measure: str, condition: str) -> list[float]:
    own = frame[(frame["condition"] == condition) & frame[measure].notna()]
    return [float(values[measure].mean()) for _, values in own.groupby("participant")]


def compared(one: list[float], other: list[float]) -> dict[str, Any]:
    """Welch by SciPy; g by its definition, limits by statsmodels."""
    found = stats.ttest_ind(one, other, equal_var=False)
    interval = found.confidence_interval(0.95)
    n1, n2 = len(one), len(other)
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * np.var(one, ddof=1) + (n2 - 1) * np.var(other, ddof=1)) / df)
    j = special.gamma(df / 2) / (math.sqrt(df / 2) * special.gamma((df - 1) / 2))
    d = (np.mean(one) - np.mean(other)) / pooled
    size = math.sqrt(1 / n1 + 1 / n2)
    limits = _noncentrality_t(d / size, df, alpha=0.05).confint
    return {
        "design": "between",
        "n": n1,
        "n_reference": n2,
        "difference": np.mean(one) - np.mean(other),
        "low": interval.low,
        "high": interval.high,
        "t": found.statistic,
        "df": found.df,
        "p": found.pvalue,
        "g": d * j,
        "g_low": limits[0] * size * j,
        "g_high": limits[1] * size * j,
    }


def holm(rows: Rows) -> Rows:
    """Step down by hand: the k-th smallest p times those not yet passed, never falling."""
    order = sorted(range(len(rows)), key=lambda i: rows[i]["p"])
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(rows) - rank) * rows[index]["p"]))
        rows[index]["p_holm"] = highest
        rows[index]["n_family"] = len(rows)
    return rows


def contrasts(frame: pd.DataFrame, family: str, measures: list[str]) -> Rows:
    return holm(
        [
            {
                "by": "condition",
                "family": family,
                "measure": measure,
                "level": level,
                "reference": "C0",
                **compared(by_person(frame, measure, level), by_person(frame, measure, "C0")),
            }
            for measure in measures
            for level in CONDITIONS[1:]
        ]
    )


# ---------------------------------------------------------------- who and what


@of("flow")
def _flow(log: Log) -> Rows:
    ends = {r["session_id"]: r["reason"] for r in log.rows("select * from session_end")}
    began = {r["session_id"] for r in log.rows("select session_id from item")}

    def counted(sessions: Rows) -> dict[str, int]:
        agreed = [s for s in sessions if s["id"] in log.agreed]
        others = [s for s in sessions if s["id"] not in log.agreed]
        reasons = Counter(ends.get(s["id"]) for s in agreed)
        return {
            "allocated": len(sessions),
            "never_opened": sum(s["n_rows"] == 0 for s in others),
            "no_answer": sum(s["n_rows"] > 0 and s["id"] not in ends for s in others),
            "refused": sum(s["id"] in ends for s in others),
            "consented": len(agreed),
            "began": sum(s["id"] in began for s in agreed),
            "finished": reasons["criterion"] + reasons["max_items"],
            "stopped_by_learner": reasons["stopped_by_learner"],
            "stopped_by_experimenter": reasons["stopped_by_experimenter"],
            "stopped_by_absence": reasons["away_too_long"],
            "withdrawn": reasons["consent_withdrawn"],
            "open": reasons[None],
            "analysed": sum(s["id"] in log.kept for s in sessions),
        }

    rows = [
        {"cell": name, **counted([s for s in log.sessions if s["condition"] == name])} for name in CONDITIONS
    ]
    return [*rows, {"cell": "all", **counted(log.sessions)}]


@of("recruitment")
def _recruitment(log: Log) -> Rows:
    counts = [log.rows(f"select count(*) n from {name}")[0]["n"] for name in ("invitation", "arrival")]
    refilled = log.rows("select count(*) n from place where origin='refill'")[0]["n"]
    numbers = [*counts, len(log.sessions), refilled, YAML(typ="safe").load(log.text)["sample"]["n"]]
    steps = (
        "personal links made",
        "arrivals by a recruitment service",
        "sessions (allocated)",
        "places given again after a drop-out",
        "sessions planned",
    )
    return [{"step": step, "n": n} for step, n in zip(steps, numbers, strict=True)]


@of("protocols")
def _protocols(log: Log) -> Rows:
    found = log.rows("select * from protocol")
    version = YAML(typ="safe").load(log.text)["version"]
    keys = ("hash", "first_seen_at_utc")
    return [{"version": version, **{k: r[k] for k in keys}, "n_sessions": len(log.sessions)} for r in found]


@of("amendments")
def _amendments(log: Log) -> Rows:
    return [{**one, "date": str(one["date"])} for one in YAML(typ="safe").load(log.text)["amendments"]]


@of("versions")
def _versions(log: Log) -> Rows:
    keys = ("software_version", "lesson_hash", "model_hash")
    counted = Counter(tuple(s[k] for k in keys) for s in log.sessions)
    return [{**dict(zip(keys, one, strict=True)), "n_sessions": n} for one, n in counted.items()]


@of("cells")
def _cells(log: Log) -> Rows:
    camera = {r["session_id"] for r in log.rows("select * from consent where purpose='camera' and granted=1")}
    start: dict[str, float] = {}
    for row in log.of("trust_state"):
        start.setdefault(row["session_id"], row["trust"])
    rows: Rows = []
    for cell in (*CONDITIONS, "all"):
        own = [s["id"] for s in log.kept.values() if cell in (s["condition"], "all")]
        agreed = sum(name in camera for name in own)
        first = [start[name] for name in own]
        rows += [
            {"cell": cell, "what": "people analyzed", "n": len(own)},
            {"cell": cell, "what": "camera", "value": "agreed", "n": agreed, "share": agreed / len(own)},
            {"cell": cell, "what": "language", "value": "en", "n": len(own), "share": 1.0},
            {
                "cell": cell,
                "what": "trust estimate at the start",
                "n": len(first),
                "mean": np.mean(first),
                "sd": np.std(first, ddof=1),
            },
        ]
    return rows


# ---------------------------------------------------------------- what the tutor did


def reasons_of(log: Log) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in log.of("trigger"):
        key = (row["session_id"], row["trigger_id"])
        if row["outcome"] == "allowed" or found.get(key, row)["outcome"] != "allowed":
            found[key] = row
    return found


@of("levels")
def _levels(log: Log) -> Rows:
    reasons, acts = list(reasons_of(log).values()), log.acts()
    rows = []
    for condition in CONDITIONS:
        own = [r for r in reasons if r["condition"] == condition]
        done = [a for a in acts if a["condition"] == condition]
        delivered = [a for a in done if a["delivered"]]
        for level, name in LEVEL_NAMES.items():
            here = sum(a["level_delivered"] == level for a in delivered)
            rows.append(
                {
                    "condition": condition,
                    "level": level,
                    "name": name,
                    "offered": sum(r["level_offered"] == level for r in own),
                    "allowed": sum(r["outcome"] == "allowed" and r["level_allowed"] == level for r in own),
                    "acts": sum(a["level"] == level for a in done),
                    "delivered": here,
                    "share_delivered": here / len(delivered) if delivered else None,
                }
            )
    return rows


@of("suppressed")
def _suppressed(log: Log) -> Rows:
    reasons = list(reasons_of(log).values())
    rows: Rows = []
    for condition in CONDITIONS:
        own = [r for r in reasons if r["condition"] == condition]
        counted = Counter(r["reason"] for r in own if r["outcome"] == "suppressed")
        rows += [
            {"condition": condition, "reason": why, "n": n, "share": n / len(own)}
            for why, n in sorted(counted.items())
        ]
    return rows


def exposed(log: Log, condition: str) -> Rows:
    boards, acts = log.boards(), [a for a in log.acts() if a["delivered"]]
    rows = []
    for participant, own in boards[boards["condition"] == condition].groupby("participant"):
        task_s = sum(own["duration_s"])
        if task_s == 0:
            continue
        mine = [a for a in acts if a["participant"] == participant and a["condition"] == condition]
        reacted = [a for a in mine if a["reaction"] not in (None, "lapsed")]
        taken = [a["level_delivered"] if a["reaction"] == "accepted" else 0 for a in reacted]
        prompt = [a["wait_s"] for a in reacted if a["reaction"] != "ignored"]
        rows.append(
            {
                "n_acts": len(mine),
                "acts_per_20_min": 1200 * len(mine) / task_s,
                "depth": np.mean(taken) if taken else math.nan,
                "prompt_s": np.median(prompt) if prompt else math.nan,
                "task_s": task_s,
                "share": min(1.0, sum(a["wait_s"] or 0 for a in mine) / task_s),
            }
        )
    return rows


@of("time_with_act")
def _time_with_act(log: Log) -> Rows:
    return [
        {
            "condition": condition,
            **described([r["share"] for r in exposed(log, condition)], median=False, mean="share"),
        }
        for condition in CONDITIONS
    ]


EXPOSURE = {
    "n_acts": "acts delivered",
    "acts_per_20_min": "acts in 20 min on boards",
    "depth": "acceptance depth 0..3",
    "prompt_s": "seconds to a reaction (median of a person)",
    "task_s": "seconds on boards",
}


@of("exposure")
def _exposure(log: Log) -> Rows:
    return [
        {
            "condition": condition,
            "measure": name,
            "title": title,
            **described([r[name] for r in exposed(log, condition)]),
        }
        for condition in CONDITIONS
        for name, title in EXPOSURE.items()
    ]


@of("reactions")
def _reactions(log: Log) -> Rows:
    rows = []
    for condition in CONDITIONS:
        for level, name in LEVEL_NAMES.items():
            own = [
                a
                for a in log.acts()
                if a["delivered"] and (a["condition"], a["level_delivered"]) == (condition, level)
            ]
            if not own:
                continue
            counted = Counter(a["reaction"] for a in own)
            reacted = sum(n for reaction, n in counted.items() if reaction not in (None, "lapsed"))
            words = ("accepted", "declined", "ignored", "undone", "lapsed")
            answers = [a["wait_s"] for a in own if a["reaction"] in ("accepted", "declined")]
            rows.append(
                {
                    "condition": condition,
                    "level": level,
                    "name": name,
                    "delivered": len(own),
                    **{word: counted[word] for word in words},
                    "accepted_share": counted["accepted"] / reacted if reacted else None,
                    "median_s": np.median(answers) if answers else None,
                }
            )
    return rows


# ---------------------------------------------------------------- trust and concentration

MEASURES = {
    "trust": "trust, answer 1..5",
    "concentration": "concentration, answer 1..5",
    "trust_estimate": "trust, online estimate 1..5",
    "concentration_index": "concentration, online index 0..1",
}


@of("outcomes")
def _outcomes(log: Log) -> Rows:
    boards = log.boards()
    return [
        {
            "by": "condition",
            "level": level,
            "measure": measure,
            "title": title,
            "n_values": int(boards[boards["condition"] == level][measure].notna().sum()),
            **described(by_person(boards, measure, level)),
        }
        for measure, title in MEASURES.items()
        for level in CONDITIONS
    ]


@of("contrasts")
def _contrasts(log: Log) -> Rows:
    boards, names = log.boards(), list(MEASURES)
    return contrasts(boards, "answers", names[:2]) + contrasts(boards, "estimates", names[2:])


TERMS = {
    "Intercept": "(intercept)",
    "C(condition)[T.L2-A]": "L2-A",
    "C(condition)[T.L3-A]": "L3-A",
    "C(condition)[T.WZ]": "WZ",
    "board": "board",
    "C(condition)[T.L2-A]:board": "L2-A x board",
    "C(condition)[T.L3-A]:board": "L3-A x board",
    "C(condition)[T.WZ]:board": "WZ x board",
}
ORDER = ("L2-A", "L3-A", "WZ", "board", "L2-A x board", "L3-A x board", "WZ x board")


def mixed(log: Log, measure: str) -> Any:
    """By formula, from several starting points; the likelihood decides."""
    boards = log.boards().dropna(subset=[measure])
    boards["board"] = boards["item_n"] - 1
    found = []
    for method in ("powell", "lbfgs", "bfgs"):
        try:
            model = smf.mixedlm(f"{measure} ~ C(condition) * board", boards, groups=boards["participant"])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found.append(model.fit(reml=True, method=method))
        except (np.linalg.LinAlgError, ValueError):
            continue
    return max(found, key=lambda fit: fit.llf)


def stacked(log: Log, measure: str) -> tuple[Any, list[str]]:
    """The cumulative logit as a binary GEE: each answer once for every cut it may pass."""
    boards = log.boards().dropna(subset=[measure]).sort_values(["participant", "item_n"])
    cuts = sorted(boards[measure].unique())[:-1]
    rows = []
    for one in boards.itertuples():
        x = {name: float(one.condition == name) for name in CONDITIONS[1:]}
        x["board"] = float(one.item_n - 1)
        x |= {f"{name} x board": x[name] * x["board"] for name in CONDITIONS[1:]}
        for cut in cuts:
            at = {f"answer above {c:g}": float(c == cut) for c in cuts}
            rows.append({"y": float(getattr(one, measure) > cut), "who": one.participant, **at, **x})
    frame = pd.DataFrame(rows)
    names = [*(f"answer above {c:g}" for c in cuts), *ORDER]
    fit = sm.GEE(
        frame["y"],
        frame[names],
        groups=pd.factorize(frame["who"])[0],
        family=Binomial(),
        cov_struct=Independence(),
    ).fit(maxiter=200)
    return fit, names


def term(name: str, estimate: float, se: float) -> dict[str, Any]:
    low, high = stats.norm.interval(0.95, loc=estimate, scale=se)
    z = estimate / se
    return {
        "term": name,
        "estimate": estimate,
        "se": se,
        "z": z,
        "p": 2 * (1 - stats.norm.cdf(abs(z))),
        "low": low,
        "high": high,
    }


@of("model_terms")
def _model_terms(log: Log) -> Rows:
    rows: Rows = []
    for measure in MEASURES:
        fit = mixed(log, measure)
        by_name = {TERMS[name]: name for name in fit.fe_params.index}
        for name in ("(intercept)", *ORDER):
            here = {"by": "condition", "measure": measure}
            rows.append({**here, **term(name, fit.fe_params[by_name[name]], fit.bse_fe[by_name[name]])})
        if measure in ("trust", "concentration"):
            gee, names = stacked(log, measure)
            rows += [
                {"by": "condition", "measure": measure, **term(name, gee.params[name], gee.bse[name])}
                for name in names
            ]
    return rows


@of("model_fits")
def _model_fits(log: Log) -> Rows:
    rows: Rows = []
    for measure in MEASURES:
        fit = mixed(log, measure)
        boards = log.boards().dropna(subset=[measure])
        base = {"by": "condition", "measure": measure, "n_values": len(boards), "converged": True}
        base["n_people"] = boards["participant"].nunique()
        person = float(fit.cov_re.iloc[0, 0])
        rows.append(
            {**base, "var_person": person, "var_rest": fit.scale, "icc": person / (person + fit.scale)}
        )
        if measure in ("trust", "concentration"):
            rows.append(base)
    return rows


@of("by_board")
def _by_board(log: Log) -> Rows:
    boards = log.boards()
    rows = []
    for condition in CONDITIONS:
        for number in sorted(boards["item_n"].unique()):
            for measure in ("trust", "concentration"):
                own = boards[(boards["condition"] == condition) & (boards["item_n"] == number)][measure]
                one = described(own.tolist(), median=False)
                one.pop("sd", None)
                if one["n_people"]:
                    rows.append({"condition": condition, "board": number, "measure": measure, **one})
    return rows


@of("hypotheses")
def _hypotheses(log: Log) -> Rows:
    scored = [s for s in scores_of(log) if s["score"] == "absorption" and s["value"] is not None]
    groups: dict[str, tuple[list[float], list[float]]] = {
        "trust": tuple(by_person(log.boards(), "trust", name) for name in ("L2-A", "C0")),  # type: ignore[dict-item]
        "fks.absorption": tuple(  # type: ignore[dict-item]
            [s["value"] for s in scored if s["condition"] == name] for name in ("L3-A", "C0")
        ),
    }
    rows = []
    for one in YAML(typ="safe").load(log.text)["hypotheses"]:
        row = {"id": one["id"], "text": one["text"], "measure": one.get("measure")}
        if "contrast" in one:
            found = compared(*groups[one["measure"]])
            row |= {"higher": one["contrast"][0], "lower": one["contrast"][1]}
            row |= {key: found[key] for key in ("difference", "low", "high", "p")}
            row["direction"] = bool(found["difference"] > 0)
        else:
            row["why"] = "it names no two conditions"
        rows.append(row)
    return rows


# ---------------------------------------------------------------- learning

BOARDS = {
    "first_try": "boards right at the first check without help, share",
    "n_attempts": "checks of a board",
    "duration_s": "seconds on a board",
}


def ended(log: Log) -> pd.DataFrame:
    boards = log.boards()
    return boards[boards["outcome"] != "stopped"]


@of("learning")
def _learning(log: Log) -> Rows:
    return [
        {
            "condition": condition,
            "measure": measure,
            "title": title,
            **described(by_person(ended(log), measure, condition)),
        }
        for condition in CONDITIONS
        for measure, title in BOARDS.items()
    ]


@of("learning_contrasts")
def _learning_contrasts(log: Log) -> Rows:
    return contrasts(ended(log), "learning", list(BOARDS))


@of("criterion")
def _criterion(log: Log) -> Rows:
    from tutorbot.lessons import load_lesson

    needed = load_lesson(YAML(typ="safe").load(log.text)["lesson"]).criterion
    rows: Rows = []
    boards = ended(log)
    for condition in CONDITIONS:
        own = boards[boards["condition"] == condition]
        for problem in sorted(own["problem"].unique()):
            lengths, wrong, n = [], [], 0
            for _, block in own[own["problem"] == problem].groupby("session_id"):
                text = "".join("x" if one else "." for one in block.sort_values("item_n")["first_try"])
                at = text.find("x" * needed)
                n += 1
                wrong.append(text.count(".") / len(text))
                if at >= 0:
                    lengths.append(at + needed)
            rows.append(
                {
                    "condition": condition,
                    "problem": problem,
                    "blocks": n,
                    "met": len(lengths),
                    "share_met": len(lengths) / n,
                    "mean": np.mean(lengths) if lengths else None,
                    "median": np.median(lengths) if lengths else None,
                    "errors": np.mean(wrong),
                }
            )
    return rows


# ---------------------------------------------------------------- questionnaires


def subscales() -> dict[str, list[str]]:
    items = YAML(typ="safe").load(FKS)["items"]
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item["subscale"], []).append(item["id"])
    assert not any(item.get("reversed") for item in items)
    return {**found, "flow": found["absorption"] + found["fluency"]}


def answers_of(log: Log) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in log.of("questionnaire_answer"):
        found.setdefault(row["session_id"], {})[row["item_id"]] = row["value"]
    return found


def scores_of(log: Log) -> Rows:
    """Means of what was answered; none where more than a fifth is missing, as the file of FKS says."""
    rows = []
    for session_id, answers in answers_of(log).items():
        for score, items in subscales().items():
            given = [answers[item] for item in items if item in answers]
            missing = len(items) - len(given)
            value = np.mean(given) if missing <= math.floor(0.2 * len(items)) else None
            rows.append(
                {"score": score, "value": value, "condition": log.kept[session_id]["condition"], "n": missing}
            )
    return rows


@of("scores")
def _scores(log: Log) -> Rows:
    rows = []
    for score in sorted(subscales()):
        for condition in CONDITIONS:
            own = [s for s in scores_of(log) if (s["score"], s["condition"]) == (score, condition)]
            rows.append(
                {
                    "instrument": "fks",
                    "score": score,
                    "phase": "post",
                    "cell": condition,
                    "n_without": sum(s["value"] is None for s in own),
                    **described([s["value"] for s in own], median=False),
                }
            )
    return rows


@of("score_contrasts")
def _score_contrasts(log: Log) -> Rows:
    rows: Rows = []
    for score in sorted(subscales()):
        values = {
            c: [
                s["value"]
                for s in scores_of(log)
                if (s["score"], s["condition"]) == (score, c) and s["value"] is not None
            ]
            for c in CONDITIONS
        }
        rows += [
            {
                "by": "condition",
                "family": "fks, post",
                "measure": f"fks.{score}",
                "level": level,
                "reference": "C0",
                **compared(values[level], values["C0"]),
            }
            for level in CONDITIONS[1:]
        ]
    return holm(rows)


@of("reliability")
def _reliability(log: Log) -> Rows:
    rows: Rows = []
    for score, items in sorted(subscales().items()):
        wide = pd.DataFrame(answers_of(log).values()).reindex(columns=items)
        whole = wide.dropna()
        k, n = len(items), len(whole)
        covariance = whole.cov().to_numpy()
        alpha = k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())
        d1, d2 = n - 1, (n - 1) * (k - 1)
        standard = (whole - whole.mean()) / whole.std(ddof=0)
        fitted = FactorAnalysis(n_components=1, tol=1e-10, max_iter=20000).fit(standard)
        spread = whole.std(ddof=1).to_numpy()
        common = float((fitted.components_[0] * spread).sum()) ** 2
        omega = common / (common + float((fitted.noise_variance_ * spread**2).sum()))
        base = {"instrument": "fks", "score": score, "phase": "post", "n_items": k, "n": n}
        base["n_left_out"] = len(wide) - n
        rows.append(
            {
                **base,
                "what": "alpha",
                "value": alpha,
                "low": 1 - (1 - alpha) * stats.f.ppf(0.975, d1, d2),
                "high": 1 - (1 - alpha) * stats.f.ppf(0.025, d1, d2),
            }
        )
        rows.append({**base, "what": "omega", "value": omega})
    return rows


@of("attention_checks")
def _attention(log: Log) -> Rows:
    rows = []
    for condition in CONDITIONS:
        own = [e for e in log.of("questionnaire_end") if e["condition"] == condition]
        failed = [e for e in own if e["n_checks_passed"] < e["n_checks"]]
        rows.append(
            {
                "condition": condition,
                "checks": sum(e["n_checks"] for e in own),
                "failed": sum(e["n_checks"] - e["n_checks_passed"] for e in own),
                "people": len({e["participant"] for e in own}),
                "people_failed": len({e["participant"] for e in failed}),
            }
        )
    return rows


# ---------------------------------------------------------------- stop rule, missing


@of("stop_rule")
def _stop_rule(log: Log) -> Rows:
    deliveries = [a for a in log.acts() if a["delivered"] and a["level_delivered"] == 3]
    changes = []
    probes = log.of("probe")
    for before, after in pairwise(probes):
        if before["session_id"] != after["session_id"]:
            continue
        if any(
            a["session_id"] == after["session_id"] and before["seq"] < a["delivered_seq"] < after["seq"]
            for a in deliveries
        ):
            changes.append((after["condition"], after["participant"], after["trust"] - before["trust"]))
    stopped = log.of("stop_rule")
    rows = []
    for condition in (*CONDITIONS, "all"):
        own = [c for c in changes if condition in (c[0], "all")]
        people: dict[str, list[float]] = {}
        for _, who, change in own:
            people.setdefault(who, []).append(change)
        rows.append(
            {
                "condition": condition,
                "n_changes": len(own),
                **described([np.mean(one) for one in people.values()], median=False, mean="mean_change"),
                "learners_stopped": len(
                    {s["session_id"] for s in stopped if condition in (s["condition"], "all")}
                ),
            }
        )
    return rows


@of("missing")
def _missing(log: Log) -> Rows:
    ends = {r["session_id"] for r in log.rows("select session_id from session_end")}
    boards = ended(log)
    agreed = "select session_id from consent where purpose = 'camera' and granted"
    filmed = {r["session_id"] for r in log.rows(agreed)}
    rows = []
    for condition in CONDITIONS:

        def here(table: str, condition: str = condition) -> Rows:
            return [r for r in log.of(table) if r["condition"] == condition]

        sessions = [s["id"] for s in log.kept.values() if s["condition"] == condition]
        own = boards[boards["condition"] == condition]
        asked = [p for p in here("validity_probe") if p["outcome"] == "asked"]
        acts = [a for a in log.acts() if a["delivered"] and a["condition"] == condition]
        filled = here("questionnaire_end")
        pairs = {
            "sessions with an end": (len(sessions), sum(s in ends for s in sessions)),
            "trust and concentration answers after a board": (len(own), int(own["trust"].notna().sum())),
            "answers to the detector check": (
                len(asked),
                sum(a["confused"] is not None for a in here("validity_answer")),
            ),
            "seconds with a face score": (
                sum(w["session_id"] in filmed for w in here("affect_window")),
                sum(w["confusion"] is not None and w["session_id"] in filmed for w in here("affect_window")),
            ),
            "reactions to delivered acts": (len(acts), sum(a["reaction"] is not None for a in acts)),
            "items of questionnaires": (
                sum(e["n_items"] for e in filled),
                sum(e["n_answered"] for e in filled),
            ),
        }
        for what, (expected, there) in pairs.items():
            rows.append(
                {
                    "condition": condition,
                    "what": what,
                    "expected": expected,
                    "missing": expected - there,
                    "share": 1 - there / expected if expected else None,
                }
            )
    return rows


# ---------------------------------------------------------------- judges

STATES = {"confusion": "confused", "frustration": "frustrated"}


def resampled(people: list[str], measure: Callable[[Any], float | None]) -> tuple[float, float] | None:
    """The interval again, by weights instead of copies: how often each person was drawn."""
    names = sorted(set(people))
    if len(names) < 5:
        return None
    place = np.array([names.index(one) for one in people])
    dice, found = np.random.default_rng(1), []
    for _ in range(1000):
        drawn = np.bincount(dice.integers(0, len(names), len(names)), minlength=len(names))
        value = measure(drawn[place].astype(float))
        if value is not None:
            found.append(value)
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def ranked(truth: Any, score: Any, kind: str) -> Callable[[Any], float | None]:
    judge = metrics.roc_auc_score if kind == "auc" else metrics.average_precision_score

    def measure(weights: Any) -> float | None:
        there = weights > 0
        if len(set(truth[there])) < 2:
            return None
        return float(judge(truth[there], score[there], sample_weight=weights[there]))

    return measure


def portion(part: Any, whole: Any) -> Callable[[Any], float | None]:
    def measure(weights: Any) -> float | None:
        total = weights[whole].sum()
        return float(weights[part & whole].sum() / total) if total else None

    return measure


def macro(truth: Any, found: Any) -> Callable[[Any], float | None]:
    return lambda w: float(
        metrics.f1_score(
            truth, found, average="macro", sample_weight=w, labels=[False, True], zero_division=0
        )
    )


def moments(log: Log) -> Rows:
    answers = {(a["session_id"], a["probe_id"]): a for a in log.of("validity_answer")}
    windows: dict[str, Rows] = {}
    for window in log.of("affect_window"):
        windows.setdefault(window["session_id"], []).append(window)
    rows = []
    for probe in log.of("validity_probe"):
        answer = answers.get((probe["session_id"], probe["probe_id"]))
        if probe["outcome"] != "asked" or not answer or answer["confused"] is None:
            continue
        near = [w for w in windows.get(probe["session_id"], []) if 0 <= probe["at_s"] - w["at_s"] <= 3]
        newest = max(near, key=lambda w: w["at_s"]) if near else {}
        rows.append({**answer, **probe, **{s: newest.get(s) for s in STATES}})
    return sorted(rows, key=lambda r: r["at_s"])


@of("detector")
def _detector(log: Log) -> Rows:
    rows: Rows = []
    for state, question in STATES.items():
        for cut in (3, 4):
            for sample in ("random", "all"):
                own = [m for m in moments(log) if sample == "all" or m["why"] == "random"]
                people = [m["participant"] for m in own]
                truth = np.array([m[question] >= cut for m in own])
                found = np.array([m["kind"] in (state, "both") for m in own])
                seen = np.array([m[state] is not None for m in own])
                score = np.array([m[state] for m, there in zip(own, seen, strict=True) if there], dtype=float)
                names = [one for one, there in zip(people, seen, strict=True) if there]
                everything = np.ones(len(truth), dtype=bool)
                few = min(truth.sum(), (~truth).sum()) < 5
                few_seen = min(truth[seen].sum(), (~truth[seen]).sum()) < 5
                todo: list[tuple[str, list[str], Callable[[Any], float | None], bool, int]] = [
                    ("base_rate", people, portion(truth, everything), False, len(own))
                ]
                if sample == "all":
                    todo.append(("ppv", people, portion(truth, found), few, len(own)))
                todo += [
                    ("recall", people, portion(found, truth), few, len(own)),
                    ("macro_f1", people, macro(truth, found), few, len(own)),
                    ("auc", names, ranked(truth[seen], score, "auc"), few_seen, len(names)),
                    ("pr_auc", names, ranked(truth[seen], score, "pr"), few_seen, len(names)),
                ]
                base = {"state": state, "cut": cut, "moments": sample, "n_people": len(set(people))}
                for name, who, measure, left_out, n in todo:
                    row = {**base, "metric": name, "n": n}
                    if not left_out:
                        interval = resampled(who, measure)
                        row["value"] = measure(np.ones(n))
                        if interval:
                            row["low"], row["high"] = interval
                    rows.append(row)
                both = _by_person_auc(names, truth[seen], score)
                value = np.mean(both) if len(both) >= 5 else None
                rows.append({**base, "metric": "auc_within", "n": len(names), "value": value})
    return rows


def _by_person_auc(names: list[str], truth: Any, score: Any) -> list[float]:
    who = np.array(names)
    return [
        metrics.roc_auc_score(truth[who == name], score[who == name])
        for name in sorted(set(names))
        if len(set(truth[who == name])) == 2
    ]


@of("detector_people")
def _detector_people(log: Log) -> Rows:
    rows = []
    found = moments(log)
    for participant in sorted({m["participant"] for m in found}):
        for state, question in STATES.items():
            own = [m for m in found if m["participant"] == participant]
            seen = [m for m in own if m[state] is not None]
            truth = [m[question] >= 3 for m in seen]
            rows.append(
                {
                    "participant": participant,
                    "state": state,
                    "n": len(own),
                    "base_rate": np.mean([m[question] >= 3 for m in own]),
                    "auc": metrics.roc_auc_score(truth, [m[state] for m in seen])
                    if len(set(truth)) == 2
                    else None,
                }
            )
    return rows


def kappa_row(one: list[Any], other: list[Any], weights: str | None = None) -> dict[str, Any]:
    """Kappa by scikit-learn; its error by the formula of Fleiss, Cohen and Everitt (1969)."""
    if not one:
        return {"n": 0}
    labels = sorted({*one, *other})
    value = metrics.cohen_kappa_score(one, other, weights=weights, labels=labels)
    p = metrics.confusion_matrix(one, other, labels=labels) / len(one)
    size = len(labels)
    i, j = np.indices((size, size))
    w = (i == j).astype(float) if weights is None else 1 - np.abs(i - j) / max(1, size - 1)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    agreed, chance = (w * p).sum(), (w * np.outer(rows, columns)).sum()
    mean_row, mean_column = w @ columns, w.T @ rows
    spread = w - (mean_row[:, None] + mean_column[None, :]) * (1 - value)
    variance = ((p * spread**2).sum() - (value - chance * (1 - value)) ** 2) / (1 - chance) ** 2 / len(one)
    half = stats.norm.ppf(0.975) * math.sqrt(variance)
    assert math.isclose(value, (agreed - chance) / (1 - chance), abs_tol=1e-9)
    return {
        "n": len(one),
        "agreement": np.mean([a == b for a, b in zip(one, other, strict=True)]),
        "kappa": value,
        "low": value - half,
        "high": min(1.0, value + half),
    }


@of("observer_kappa")
def _observer_kappa(log: Log) -> Rows:
    coded = log.of("observation")
    pairs = []
    for first in (c for c in coded if c["observer"] == "O1"):
        middle = (first["from_s"] + first["to_s"]) / 2
        near = [
            (abs((c["from_s"] + c["to_s"]) / 2 - middle), c)
            for c in coded
            if c["observer"] == "O2" and c["session_id"] == first["session_id"]
        ]
        gap, second = min(near, key=lambda pair: pair[0])
        assert gap <= 10
        pairs.append((first, second))
    rows = []
    for what in ("affect", "behaviour"):
        said = [(a[what], b[what]) for a, b in pairs if "unclear" not in (a[what], b[what])]
        rows.append(
            {"observers": "O1, O2", "what": what, **kappa_row([a for a, _ in said], [b for _, b in said])}
        )
    return rows


@of("observations")
def _observations(log: Log) -> Rows:
    coded = log.of("observation")
    rows: Rows = []
    for what in ("affect", "behaviour"):
        for observer in ("O1", "O2"):
            own = [c[what] for c in coded if c["observer"] == observer]
            rows += [
                {"what": what, "observer": observer, "code": code, "n": n, "share": n / len(own)}
                for code, n in sorted(Counter(own).items())
            ]
    return rows


@of("observer_detector")
def _observer_detector(log: Log) -> Rows:
    windows: dict[str, Rows] = {}
    for window in log.of("affect_window"):
        windows.setdefault(window["session_id"], []).append(window)
    rows: Rows = []
    for state, code in STATES.items():
        truth, score, people = [], [], []
        for one in log.of("observation"):
            during = [
                w[state]
                for w in windows.get(one["session_id"], [])
                if one["from_s"] <= w["at_s"] <= one["to_s"] and w[state] is not None
            ]
            if one["affect"] != "unclear" and during:
                truth.append(one["affect"] == code)
                score.append(np.mean(during))
                people.append(one["participant"])
        for kind in ("auc", "pr_auc"):
            measure = ranked(np.array(truth), np.array(score), "auc" if kind == "auc" else "pr")
            low, high = resampled(people, measure) or (None, None)
            rows.append(
                {
                    "state": state,
                    "metric": kind,
                    "n": len(truth),
                    "base_rate": np.mean(truth),
                    "value": measure(np.ones(len(truth))),
                    "low": low,
                    "high": high,
                }
            )
    return rows


def chosen(log: Log) -> Rows:
    offered = {}
    for row in log.of("trigger"):
        offered.setdefault((row["session_id"], row["trigger_id"]), row["level_offered"])
    return [
        {
            **c,
            "proposed": c["proposed"]
            if c["proposed"] is not None
            else offered.get((c["session_id"], c["trigger_id"])),
        }
        for c in log.of("wizard_choice")
    ]


@of("wizard")
def _wizard(log: Log) -> Rows:
    choices = chosen(log)
    asked = [c for c in choices if c["proposed"] is not None]
    latency = [c["latency_s"] for c in asked if c["latency_s"] is not None]
    quarters = np.percentile(latency, [50, 25, 75]) if latency else (None, None, None)
    values = {
        "choices": len(choices),
        "about a proposal": len(asked),
        "of the wizard's own": len(choices) - len(asked),
        "vetoes": sum(c["level"] == 0 for c in asked),
        "raised": sum(c["level"] > c["proposed"] for c in asked),
        "lowered, vetoes included": sum(c["level"] < c["proposed"] for c in asked),
        "latency, median s": quarters[0],
        "latency, 25th percentile s": quarters[1],
        "latency, 75th percentile s": quarters[2],
    }
    counted = Counter(c["reason"] for c in choices if c["reason"])
    return [{"what": w, "value": v} for w, v in values.items()] + [
        {"what": f"reason {name}", "value": n} for name, n in sorted(counted.items())
    ]


@of("wizard_kappa")
def _wizard_kappa(log: Log) -> Rows:
    asked = [c for c in chosen(log) if c["proposed"] is not None]
    pair = [c["level"] for c in asked], [c["proposed"] for c in asked]
    return [
        {"weights": "none", **kappa_row(*pair)},
        {"weights": "linear", **kappa_row(*pair, weights="linear")},
    ]


# ---------------------------------------------------------------- time lines


@of("timelines")
def _timelines(log: Log) -> Rows:
    last = {
        s: max(
            r["at_s"]
            for name in (
                "affect_window",
                "probe",
                "action",
                "consent",
                "session_end",
                "health",
                "trust_state",
                "observation",
                "trigger",
                "attempt",
                "learner_said",
                "tutor_said",
                "state_change",
                "item_end",
                "block",
                "item",
                "delivery",
                "reaction",
                "hint",
                "validity_answer",
                "understood",
                "act",
                "concentration_state",
                "attention",
                "board_change",
                "wizard_choice",
                "questionnaire_answer",
                "questionnaire_end",
                "validity_probe",
                "baseline",
            )
            for r in by_session(log, name).get(s, [])
        )
        for s in log.kept
    }
    rows: Rows = []
    for session_id, session in log.kept.items():

        def add(
            lane: str, start: float, stop: float, row: dict[str, Any], who: Any = session, **more: Any
        ) -> None:
            rows.append(
                {
                    "session_id": who["id"],
                    "participant": who["participant"],
                    "condition": row["condition"],
                    "lane": lane,
                    "from_s": start,
                    "to_s": stop,
                    **more,
                }
            )

        end = last[session_id]
        add("session", 0.0, end, session)
        blocks = by_session(log, "block").get(session_id, [])
        for n, block in enumerate(blocks):
            stop = blocks[n + 1]["at_s"] if n + 1 < len(blocks) else end
            add("block", block["at_s"], stop, block, label=block["problem"])
        for state in STATES:
            bins: dict[float, Rows] = {}
            for window in by_session(log, "affect_window").get(session_id, []):
                if window[state] is not None:
                    bins.setdefault(window["at_s"] // 10 * 10, []).append(window)
            for start in sorted(bins):
                value = np.mean([w[state] for w in bins[start]])
                add(state, start, start + 10, bins[start][0], value=value)
        for act in log.acts():
            if act["session_id"] == session_id and act["delivered"]:
                start = act["delivered_at_s"]
                add(
                    "act",
                    start,
                    start + (act["wait_s"] or 0),
                    act,
                    value=act["level_delivered"],
                    label=act["reaction"],
                )
        states = by_session(log, "trust_state").get(session_id, [])
        for n, state_row in enumerate(states):
            stop = states[n + 1]["at_s"] if n + 1 < len(states) else end
            add("trust", state_row["at_s"], stop, state_row, value=state_row["trust"])
        for probe in by_session(log, "probe").get(session_id, []):
            add("answer", probe["at_s"], probe["at_s"], probe, value=probe["trust"])
    return rows


def by_session(log: Log, table: str) -> dict[str, Rows]:
    cache = log.__dict__.setdefault("_by_session", {})
    if table not in cache:
        found: dict[str, Rows] = {}
        for row in log.of(table):
            found.setdefault(row["session_id"], []).append(row)
        cache[table] = found
    return cache[table]  # type: ignore[no-any-return]


# ---------------------------------------------------------------- the tests


def stored(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "out/tables" / f"{name}.csv", keep_default_na=False, na_values=[""])


def is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_table_equals_what_another_road_gives(folder: Path, log: Log, name: str):
    require_equal(folder, log, name)


def require_equal(folder: Path, log: Log, name: str) -> None:
    """Fail where a table of the report in ``folder / out`` differs from the second computation."""
    table, expected = stored(folder, name), EXPECTED[name](log)
    assert len(table) == len(expected)
    loose = LOOSE.get(name, 1e-9)
    skipped = {"why", "told", "model"} if name in {"model_fits", "model_terms", "detector"} else set()
    n_numbers = 0
    for (_, row), wanted in zip(table.iterrows(), expected, strict=True):
        assert set(wanted) <= set(table.columns)
        for column in set(table.columns) - skipped:
            got, want = row[column], wanted.get(column)
            where = (name, dict(row), column)
            if is_none(want):
                assert is_none(got), where
            elif isinstance(want, str):
                assert str(got) == want, where
            else:
                n_numbers += 1
                gap = 1e-6 if column in SOUGHT else loose
                assert math.isclose(float(got), float(want), rel_tol=gap, abs_tol=gap), (where, want)
    assert n_numbers > 0 or name in {"amendments"}


def test_no_table_is_left_unchecked(folder: Path):
    assert {path.stem for path in (folder / "out/tables").glob("*.csv")} == set(EXPECTED)


def test_long_and_wide_give_the_same_means(folder: Path):
    long, wide = (pd.read_csv(folder / "out/data" / f"{name}.csv") for name in ("long", "wide"))
    outcomes = stored(folder, "outcomes")
    for row in outcomes.itertuples():
        own = long[(long["measure"] == row.measure) & (long["condition"] == row.level)]
        assert math.isclose(own.groupby("participant")["value"].mean().mean(), row.mean, rel_tol=1e-9)
        assert math.isclose(wide[f"{row.measure}.{row.level}"].mean(), row.mean, rel_tol=1e-9)
