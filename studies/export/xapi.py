"""Format xapi: xAPI 1.0.3 statements, one a line, to send to a learning record store.

Verbs of ADL where one fits; the others are this project's own and are described in ``profile.jsonld``. Their
IRIs lie under ``.invalid``, a name that by RFC 2606 never leads anywhere: an IRI is a name, no page. Ids are
made from study, session and row, so that sending an export twice stores every statement once.
Statements are voided by whoever withdraws a participant, not here.
Source: adlnet/xAPI-Spec, xAPI-Data.md.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from studies.export.material import Files, Material
from studies.export.sittings import Record, Sitting
from tutorbot.core.acts import ProactivityLevel

OURS = "https://tutorbot.invalid/xapi"
ADL = "http://adlnet.gov/expapi"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, OURS)
TUTOR = {"objectType": "Agent", "account": {"homePage": OURS, "name": "tutor"}}

OWN_VERBS = {
    "consented": "agreed to one purpose of the study",
    "refused-consent": "did not agree to one purpose, or took the consent back",
    "offered-help": "spoke up by itself: the tutor took the initiative",
    "was-given-hint": "was given a hint in the course of an act it had agreed to",
    "reacted-to-help": "accepted, declined, ignored or undid an act, or the act lapsed",
    "detected-affect": "found a reason to speak up in what the learner did or showed",
    "reported-trust": "answered the single trust item",
    "reported-concentration": "answered the single concentration item",
    "reported-affect": "answered the questions on confusion and frustration",
}
"""This project's verbs and what they mean."""
ADL_VERBS = ("initialized", "attempted", "answered", "completed", "asked", "commented", "terminated")

Statement = dict[str, Any]


def write(material: Material, files: Files) -> None:
    """``statements.jsonl`` and ``profile.jsonld``."""
    with files.open("statements.jsonl", "xAPI statements, one a line.") as stream:
        for sitting in material.sittings():
            for statement in statements(sitting, material.study_id, with_words=material.with_words):
                text = json.dumps(statement, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
                stream.write(text.encode() + b"\n")
    files.json("profile.jsonld", "What this project's own verbs mean, as an xAPI profile.", profile())


def statements(sitting: Sitting, study_id: str, *, with_words: bool) -> Iterator[Statement]:
    """The statements of one session, in order."""
    told = _Told(sitting, study_id, with_words)
    for table, row in sitting.in_order():
        for part, statement in enumerate(told.of(table, row)):
            yield told.whole(row, part, statement)


class _Told:
    """Makes the statements of one session."""

    def __init__(self, sitting: Sitting, study_id: str, with_words: bool) -> None:
        self._key = f"{study_id}/{sitting.session_id}"
        self._with_words = with_words
        self._study = f"{OURS}/studies/{study_id}"
        self._learner = {
            "objectType": "Agent",
            "account": {"homePage": self._study, "name": sitting.participant},
        }
        self._kinds: dict[str, str] = {}
        self._begun = False

    def of(self, table: str, row: Record) -> list[Statement]:
        """What a row says, without what every statement has."""
        told = list(_TOLD[table](self, row)) if table in _TOLD else []
        if not self._begun:
            self._begun = True
            told.insert(0, self.says("initialized", "session", "session"))
        return told

    def whole(self, row: Record, part: int, statement: Statement) -> Statement:
        """With id, context and time."""
        return {
            "id": str(uuid.uuid5(SPACE, f"{self._key}/{row['seq']}/{part}")),
            **statement,
            "context": {
                "registration": str(uuid.uuid5(SPACE, self._key)),
                "platform": "tutorbot",
                "contextActivities": {"grouping": [{"objectType": "Activity", "id": self._study}]},
                "extensions": {
                    f"{OURS}/extensions/condition": row["condition"],
                    f"{OURS}/extensions/at-s": row["at_s"],
                },
            },
            "timestamp": row["at_utc"],
        }

    def says(
        self, verb: str, kind: str, name: str, result: Mapping[str, Any] | None = None, *, tutor: bool = False
    ) -> Statement:
        """Somebody, a verb, an activity of this study, and what came of it."""
        base = f"{ADL}/verbs" if verb in ADL_VERBS else f"{OURS}/verbs"
        statement: Statement = {
            "actor": TUTOR if tutor else self._learner,
            "verb": {"id": f"{base}/{verb}", "display": {"en": verb.replace("-", " ")}},
            "object": {
                "objectType": "Activity",
                "id": f"{self._study}/{kind}/{name}",
                "definition": {"type": f"{OURS}/activities/{kind}", "name": {"en": f"{kind} {name}"}},
            },
        }
        known = {key: value for key, value in (result or {}).items() if value is not None}
        if known:
            statement["result"] = known
        return statement

    def consent(self, row: Record) -> Iterator[Statement]:
        verb = "consented" if row["granted"] else "refused-consent"
        yield self.says(verb, "consent", row["purpose"])

    def item(self, row: Record) -> Iterator[Statement]:
        yield self.says("attempted", "board", row["item_id"])

    def attempt(self, row: Record) -> Iterator[Statement]:
        result = {
            "score": _score(row["n_right"], 0, row["n_cards"]),
            "success": bool(row["correct"]),
            "duration": _duration(row["duration_s"]),
        }
        yield self.says("answered", "board", row["item_id"], result)

    def item_end(self, row: Record) -> Iterator[Statement]:
        result = {
            "success": row["outcome"] == "solved",
            "completion": row["outcome"] != "stopped",
            "duration": _duration(row["duration_s"]),
        }
        yield self.says("completed", "board", row["item_id"], result)

    def hint(self, row: Record) -> Iterator[Statement]:
        verb = "asked" if row["act_id"] is None else "was-given-hint"
        extensions = {f"{OURS}/extensions/hint-step": row["step"]}
        yield self.says(verb, "hint", row["item_id"], {"extensions": extensions})

    def trigger(self, row: Record) -> Iterator[Statement]:
        """Once for each finding: later rows tell what became of it."""
        if row["trigger_id"] in self._kinds:
            return
        self._kinds[row["trigger_id"]] = row["kind"]
        extensions = {f"{OURS}/extensions/basis": row["basis"], f"{OURS}/extensions/trust": row["trust"]}
        result = {"response": row["kind"], "extensions": extensions}
        yield self.says("detected-affect", "finding", row["trigger_id"], result, tutor=True)

    def delivery(self, row: Record) -> Iterator[Statement]:
        if row["delivered"]:
            result = {"response": ProactivityLevel(row["level"]).word}
            yield self.says("offered-help", "act", row["act_id"], result, tutor=True)

    def reaction(self, row: Record) -> Iterator[Statement]:
        result = {"response": row["reaction"], "duration": _duration(row["latency_s"])}
        yield self.says("reacted-to-help", "act", row["act_id"], result)

    def probe(self, row: Record) -> Iterator[Statement]:
        for item in ("trust", "concentration"):
            result = {"score": _score(row[item], 1, 5)}
            yield self.says(f"reported-{item}", "probe", f"{item}-{row['item_id']}", result)

    def validity(self, row: Record) -> Iterator[Statement]:
        for item in ("confused", "frustrated"):
            if row[item] is not None:
                result = {"score": _score(row[item], 1, 5)}
                yield self.says("reported-affect", "probe", f"{item}-{row['probe_id']}", result)

    def questionnaire(self, row: Record) -> Iterator[Statement]:
        """As given; words of the learner's own only where they were asked for."""
        said = row["text"] if self._with_words else None
        choice = row["choice"] if row["choice"] is not None else said
        name = "/".join(str(row[key]) for key in ("instrument", "phase", "block", "item_id") if row[key])
        result: dict[str, Any] = {
            "score": None if row["value"] is None else {"raw": row["value"]},
            "response": choice,
            "duration": None if row["response_s"] is None else _duration(row["response_s"]),
        }
        if row["not_applicable"]:
            result["extensions"] = {f"{OURS}/extensions/not-applicable": True}
        yield self.says("answered", "questionnaire", name, result)

    def said(self, row: Record) -> Iterator[Statement]:
        result = {"response": row["text"]} if self._with_words else None
        yield self.says("commented", "utterance", row["utterance_id"], result)

    def end(self, row: Record) -> Iterator[Statement]:
        result = {
            "completion": row["reason"] in ("criterion", "max_items"),
            "response": row["reason"],
            "duration": _duration(row["at_s"]),
        }
        yield self.says("terminated", "session", "session", result)


_TOLD: Mapping[str, Callable[[_Told, Record], Iterator[Statement]]] = {
    "consent": _Told.consent,
    "item": _Told.item,
    "attempt": _Told.attempt,
    "item_end": _Told.item_end,
    "hint": _Told.hint,
    "trigger": _Told.trigger,
    "delivery": _Told.delivery,
    "reaction": _Told.reaction,
    "probe": _Told.probe,
    "validity_answer": _Told.validity,
    "questionnaire_answer": _Told.questionnaire,
    "learner_said": _Told.said,
    "session_end": _Told.end,
}
"""Row table -> the statements its rows make. Window scores and states make none."""


def profile() -> dict[str, Any]:
    """The project's own verbs as an xAPI profile."""
    return {
        "@context": "https://w3id.org/xapi/profiles/context",
        "id": OURS,
        "type": "Profile",
        "conformsTo": "https://w3id.org/xapi/profiles#1.0",
        "prefLabel": {"en": "tutorbot"},
        "definition": {"en": "A tutor that speaks up by itself, in studies."},
        "author": {"type": "Organization", "name": "The tutorbot authors"},
        "versions": [{"id": f"{OURS}/v1", "generatedAtTime": "2026-11-24T00:00:00Z"}],
        "concepts": [
            {
                "id": f"{OURS}/verbs/{verb}",
                "type": "Verb",
                "inScheme": f"{OURS}/v1",
                "prefLabel": {"en": verb.replace("-", " ")},
                "definition": {"en": meaning},
            }
            for verb, meaning in OWN_VERBS.items()
        ],
    }


def _score(raw: float, least: float, most: float) -> dict[str, float]:
    scaled = (raw - least) / (most - least) if most > least else 0.0
    return {"scaled": round(scaled, 4), "raw": raw, "min": least, "max": most}


def _duration(seconds: float) -> str:
    """ISO 8601."""
    return f"PT{max(0.0, seconds):.3f}S"
