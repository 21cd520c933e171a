"""Format eaf: an ELAN file for each session, to be laid beside a video or annotated further.

What lasts no time (an utterance, a finding) stands for half a second, shorter where the next one on its
tier comes before; annotations of a tier never overlap, as ELAN demands. Second 0 is the session's; shift the
file in ELAN to where the recording shows the session begin.
Source: EAFv3.0.xsd, The Language Archive.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from studies.export.material import Files, Material
from studies.export.names import file_name
from studies.export.sittings import Record, Sitting
from studies.export.values import KINDS
from studies.export.wide import REACTIONS
from tutorbot.core.acts import ProactivityLevel

MOMENT_MS = 500
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LEVELS = {level.word: "level of a proactive act" for level in ProactivityLevel}
WIZARD = {"veto": "nothing is to be said", **dict.fromkeys(list(LEVELS)[1:], "level chosen")}
VOCABULARIES: Mapping[str, Mapping[str, str]] = {
    "proactivity": LEVELS,
    "reaction": dict.fromkeys(REACTIONS, "how an act was taken"),
    "affect_detected": KINDS,
    "affect_observed": dict.fromkeys(
        (
            "engaged",
            "confused",
            "frustrated",
            "bored",
            "delighted",
            "surprised",
            "neutral",
            "other",
            "unclear",
        ),
        "as an observer coded it",
    ),
    "wizard": WIZARD,
}
"""Tier -> the values its annotations may have, and what they mean."""

Span = tuple[int, int, str]
"""Begin and end in milliseconds, and the value."""


@dataclass(frozen=True, slots=True)
class Tier:
    """name: also that of its vocabulary. who: whose doings. spans: of a session, with or without words."""

    name: str
    who: str
    spans: Callable[[Sitting, bool], Iterable[Span]]


def write(material: Material, files: Files) -> None:
    """``<participant>_<session>.eaf`` for each session."""
    for sitting in material.sittings():
        with files.open(f"{file_name(sitting)}.eaf", "One session.") as stream:
            tree = document(sitting, with_words=material.with_words)
            tree.write(stream, encoding="UTF-8", xml_declaration=True)


def document(sitting: Sitting, *, with_words: bool) -> ET.ElementTree[ET.Element]:
    """A session as ELAN's document."""
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "tutorbot",
            "DATE": sitting.session["started_at_utc"],
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": XSI,
            "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
    )
    header = ET.SubElement(root, "HEADER", TIME_UNITS="milliseconds")
    for name in ("session_id", "participant", "condition"):
        ET.SubElement(header, "PROPERTY", NAME=name).text = str(sitting.session[name])
    tiers = [(tier, apart(tier.spans(sitting, with_words))) for tier in TIERS]
    slots = ET.SubElement(root, "TIME_ORDER")
    times = sorted({at for _, spans in tiers for begin, end, _ in spans for at in (begin, end)})
    names = {at: f"ts{n}" for n, at in enumerate(times, start=1)}
    for at, name in names.items():
        ET.SubElement(slots, "TIME_SLOT", TIME_SLOT_ID=name, TIME_VALUE=str(at))
    _tiers(root, tiers, names)
    _types(root)
    ET.indent(root)
    return ET.ElementTree(root)


def apart(spans: Iterable[Span]) -> list[Span]:
    """In order, none over another, none without length: each ends where the next one begins."""
    found: list[Span] = []
    for first, end, value in sorted(spans, key=lambda span: span[:2]):
        begin = max(first, found[-1][0] + 1) if found else first
        if found and found[-1][1] > begin:
            found[-1] = (found[-1][0], begin, found[-1][2])
        found.append((begin, max(end, begin + 1), value))
    return found


def _tiers(root: ET.Element, tiers: Sequence[tuple[Tier, list[Span]]], names: Mapping[int, str]) -> None:
    n = 0
    for tier, spans in tiers:
        element = ET.SubElement(
            root, "TIER", TIER_ID=tier.name, LINGUISTIC_TYPE_REF=tier.name, PARTICIPANT=tier.who
        )
        for begin, end, value in spans:
            n += 1
            place = ET.SubElement(
                ET.SubElement(element, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=f"a{n}",
                TIME_SLOT_REF1=names[begin],
                TIME_SLOT_REF2=names[end],
            )
            ET.SubElement(place, "ANNOTATION_VALUE").text = _legal(value)


def _types(root: ET.Element) -> None:
    """Linguistic types, the language of the vocabularies, and these."""
    for tier in TIERS:
        kind = ET.SubElement(
            root,
            "LINGUISTIC_TYPE",
            LINGUISTIC_TYPE_ID=tier.name,
            TIME_ALIGNABLE="true",
            GRAPHIC_REFERENCES="false",
        )
        if tier.name in VOCABULARIES:
            kind.set("CONTROLLED_VOCABULARY_REF", tier.name)
    ET.SubElement(root, "LANGUAGE", LANG_ID="eng", LANG_LABEL="English (eng)")
    for name, words in VOCABULARIES.items():
        vocabulary_element = ET.SubElement(root, "CONTROLLED_VOCABULARY", CV_ID=name)
        ET.SubElement(vocabulary_element, "DESCRIPTION", LANG_REF="eng").text = f"values of tier {name}"
        for n, (word, meaning) in enumerate(words.items(), start=1):
            entry = ET.SubElement(vocabulary_element, "CV_ENTRY_ML", CVE_ID=f"{name}-{n}")
            ET.SubElement(entry, "CVE_VALUE", LANG_REF="eng", DESCRIPTION=meaning).text = word


def _legal(text: str) -> str:
    """Without the control characters that XML 1.0 has no way to write."""
    return "".join(char for char in text if char >= " " or char in "\t\n")


# ---------------------------------------------------------------- what stands on each tier


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _moment(row: Record, value: str) -> Span:
    return _ms(row["at_s"]), _ms(row["at_s"]) + MOMENT_MS, value


def _until_next(rows: Sequence[Record], last_s: float, value: Callable[[Record], str]) -> list[Span]:
    """Each row lasts until the next one; the last one to the end of the session."""
    ends = [row["at_s"] for row in rows[1:]] + [last_s]
    return [(_ms(row["at_s"]), _ms(end), value(row)) for row, end in zip(rows, ends, strict=False)]


def _last_s(sitting: Sitting) -> float:
    return max(float(row["at_s"]) for found in sitting.rows.values() for row in found[-1:])


def _learner(sitting: Sitting, with_words: bool) -> list[Span]:
    """Words where they were asked for, else what was understood."""
    intents = {row["utterance_id"]: row["intent"] for row in sitting.rows["understood"]}
    return [
        _moment(row, row["text"] if with_words else intents.get(row["utterance_id"], "not understood"))
        for row in sitting.rows["learner_said"]
    ]


def _tutor(sitting: Sitting, with_words: bool) -> list[Span]:
    return [_moment(row, row["wording_id"]) for row in sitting.rows["tutor_said"]]


def _acts(sitting: Sitting, with_words: bool) -> list[Span]:
    """From its delivery to the first reaction, or to the end of the session."""
    ends: dict[str, float] = {}
    for row in sitting.rows["reaction"]:
        ends.setdefault(row["act_id"], row["at_s"])
    last_s = _last_s(sitting)
    return [
        (_ms(row["at_s"]), _ms(ends.get(row["act_id"], last_s)), ProactivityLevel(row["level"]).word)
        for row in sitting.rows["delivery"]
        if row["delivered"]
    ]


def _found(sitting: Sitting, with_words: bool) -> list[Span]:
    """Each finding once, when it was made."""
    first: dict[str, Record] = {}
    for row in sitting.rows["trigger"]:
        first.setdefault(row["trigger_id"], row)
    return [_moment(row, row["kind"]) for row in first.values()]


def _self_report(sitting: Sitting, with_words: bool) -> list[Span]:
    answers = [
        _moment(row, f"confused {row['confused']}, frustrated {row['frustrated']}")
        for row in sitting.rows["validity_answer"]
        if row["confused"] is not None
    ]
    probes = [
        _moment(row, f"trust {row['trust']}, concentration {row['concentration']}")
        for row in sitting.rows["probe"]
    ]
    return [*answers, *probes]


def _wizard(sitting: Sitting, with_words: bool) -> list[Span]:
    words = list(WIZARD)
    return [_moment(row, words[row["level"]]) for row in sitting.rows["wizard_choice"]]


def _items(sitting: Sitting, with_words: bool) -> list[Span]:
    ends = {row["item_id"]: row["at_s"] for row in sitting.rows["item_end"]}
    last_s = _last_s(sitting)
    return [
        (_ms(row["at_s"]), _ms(ends.get(row["item_id"], last_s)), f"{row['item_id']} {row['problem']}")
        for row in sitting.rows["item"]
    ]


TIERS = (
    Tier("learner_utterance", "learner", _learner),
    Tier("robot_utterance", "tutor", _tutor),
    Tier("proactivity", "tutor", _acts),
    Tier(
        "reaction", "learner", lambda one, _: [_moment(row, row["reaction"]) for row in one.rows["reaction"]]
    ),
    Tier("affect_detected", "tutor", _found),
    Tier("affect_selfreport", "learner", _self_report),
    Tier(
        "affect_observed",
        "observer",
        lambda one, _: [
            (_ms(row["from_s"]), _ms(row["to_s"]), row["affect"]) for row in one.rows["observation"]
        ],
    ),
    Tier("wizard", "wizard", _wizard),
    Tier(
        "block",
        "tutor",
        lambda one, _: _until_next(
            one.rows["block"], _last_s(one), lambda row: f"{row['block']} {row['problem']}"
        ),
    ),
    Tier("item", "tutor", _items),
)
"""The tiers of every file, in their order."""
