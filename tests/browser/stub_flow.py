"""What the stub host has around its lesson, in English and German: check, questionnaires, rights, a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tutorbot.ports import JoinForm, JoinQuestion

CONTACT = {
    "en": "Questions? Write to the study team: study@example.org",
    "de": "Fragen? Schreiben Sie an das Studienteam: study@example.org",
}
STUDY = {
    "en": "You will sort cards into two boxes and find out the rule behind them. A tutor is there to help, "
    "and may speak up by itself. It takes about twenty minutes.",
    "de": "Sie sortieren Karten in zwei Kästen und finden die Regel dahinter heraus. Ein Tutor ist da, um zu "
    "helfen, und spricht vielleicht auch von sich aus. Das dauert etwa zwanzig Minuten.",
}
CONSENT_TITLE = {"en": "A study on learning with a tutor", "de": "Eine Studie zum Lernen mit einem Tutor"}
POINTS = {
    "en": (
        "Taking part is voluntary; you can stop at any time without giving a reason.",
        "Your answers are stored under a code, never under your name.",
        "You can ask for your data to be deleted.",
    ),
    "de": (
        "Die Teilnahme ist freiwillig; Sie können jederzeit aufhören, ohne einen Grund zu nennen.",
        "Ihre Antworten werden unter einem Code gespeichert, nie unter Ihrem Namen.",
        "Sie können verlangen, dass Ihre Daten gelöscht werden.",
    ),
}
SHARING = {
    "en": "My answers, under a code, may be given to other researchers.",
    "de": "Meine Antworten dürfen, unter einem Code, an andere Forschende weitergegeben werden.",
}
READING_TITLE = {"en": "First, a short text to read", "de": "Zuerst ein kurzer Text zum Lesen"}
READING = {
    "en": (
        "The river rises in the hills north of the town and runs for about ninety kilometres before it meets "
        "the sea. Along its way it passes three mills and eleven bridges.",
        "Most of the bridges were built of the grey stone found in the valley. The oldest has four arches, "
        "and the road across it is just wide enough for one cart.",
        "In spring the water is high and carries leaves and branches. In late summer one can walk across on "
        "the flat stones below the second mill.",
    ),
    "de": (
        "Der Fluss entspringt in den Hügeln nördlich der Stadt und fließt etwa neunzig Kilometer weit "
        "bis zum "
        "Meer. Auf seinem Weg kommt er an drei Mühlen und elf Brücken vorbei.",
        "Die meisten Brücken sind aus dem grauen Stein des Tals gebaut. Die älteste hat vier Bögen, und die "
        "Straße darüber ist gerade breit genug für einen Wagen.",
    ),
}
DEBRIEF = {
    "en": (
        "Your session is over and everything is saved.",
        "This study looks at when a tutor should speak up by itself. The tutor offered help when your "
        "answers "
        "suggested that a board was hard.",
    ),
    "de": (
        "Ihre Sitzung ist beendet, und alles ist gespeichert.",
        "Diese Studie untersucht, wann ein Tutor von sich aus sprechen sollte.",
    ),
}
TASK = {
    "en": (
        "Board {n}: find the rule",
        "Some cards belong in the left box, the others in the right one. One card is placed already.",
    ),
    "de": (
        "Runde {n}: Finden Sie die Regel",
        "Einige Karten gehören in den linken Kasten, die anderen in den rechten. Eine Karte liegt schon.",
    ),
}
EXPLANATION = {
    "en": "Shape alone decides. Triangles go left and circles go right. Size and colour make no difference, "
    "so a small blue circle and a large red one belong together.",
    "de": "Die Form entscheidet allein. Dreiecke gehören nach links, Kreise nach rechts.",
}

Both = tuple[str, str]
SEVEN = {"1": ("not at all", "überhaupt nicht"), "7": ("very much", "sehr")}


@dataclass(frozen=True, slots=True, kw_only=True)
class StubItem:
    """One item, its words in English and German."""

    id: str
    text: Both
    kind: str = "scale"
    low: float | None = 1
    high: float | None = 7
    step: float = 1.0
    anchors: Mapping[str, Both] = field(default_factory=lambda: SEVEN)
    options: Mapping[str, Both] = field(default_factory=dict)
    required: bool = True
    may_not_apply: bool = False


@dataclass(slots=True, kw_only=True)
class StubSheet:
    """One questionnaire, and what was answered so far."""

    instrument: str
    part: str
    title: Both
    instruction: Both
    items: tuple[StubItem, ...]
    block: int | None = None
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def missing(self) -> list[str]:
        return [item.id for item in self.items if item.required and item.id not in self.answers]

    def view(self, language: str) -> dict[str, Any]:
        i = 0 if language == "en" else 1
        return {
            "instrument": self.instrument,
            "version": "1",
            "part": self.part,
            "block": self.block,
            "title": self.title[i],
            "instruction": self.instruction[i],
            "step": 1,
            "of": 1,
            "items": [self._item(item, i) for item in self.items],
            "missing": self.missing(),
            "can_finish": not self.missing(),
        }

    def _item(self, item: StubItem, i: int) -> dict[str, Any]:
        scale = item.kind in ("scale", "number")
        return {
            "id": item.id,
            "text": item.text[i],
            "kind": item.kind,
            "low": item.low if scale else None,
            "high": item.high if scale else None,
            "step": item.step,
            "anchors": {point: words[i] for point, words in item.anchors.items()} if scale else {},
            "options": [{"id": name, "label": words[i]} for name, words in item.options.items()],
            "required": item.required,
            "may_not_apply": item.may_not_apply,
            "answer": self.answers.get(item.id),
        }

    def take(self, message: Mapping[str, Any]) -> None:
        answer = {name: message[name] for name in ("value", "choice", "text", "not_applicable")}
        if answer == {"value": None, "choice": None, "text": None, "not_applicable": False}:
            self.answers.pop(message["item_id"], None)
        else:
            self.answers[message["item_id"]] = answer


def before() -> StubSheet:
    """Every kind of item once."""
    five = {"1": ("never", "nie"), "2": ("seldom", "selten"), "3": ("sometimes", "manchmal")}
    five |= {"4": ("often", "oft"), "5": ("always", "immer")}
    return StubSheet(
        instrument="about-you",
        part="pre",
        title=("Some questions about you", "Einige Fragen zu Ihnen"),
        instruction=(
            "There are no right or wrong answers.",
            "Es gibt keine richtigen oder falschen Antworten.",
        ),
        items=(
            StubItem(
                id="machines",
                text=(
                    "I like to try out new technical devices.",
                    "Ich probiere gern neue technische Geräte aus.",
                ),
            ),
            StubItem(
                id="warned",
                text=(
                    "A tutor's advice can be relied on.",
                    "Auf den Rat eines Tutors kann man sich verlassen.",
                ),
                may_not_apply=True,
            ),
            StubItem(
                id="games",
                text=("How often do you play card games?", "Wie oft spielen Sie Karten?"),
                high=5,
                anchors=five,
            ),
            StubItem(
                id="load",
                text=("How demanding was your day so far?", "Wie anstrengend war Ihr Tag bisher?"),
                low=0,
                high=100,
                step=5.0,
                anchors={"0": ("very low", "sehr wenig"), "100": ("very high", "sehr")},
            ),
            StubItem(
                id="age",
                text=("How old are you?", "Wie alt sind Sie?"),
                kind="number",
                low=18,
                high=99,
                anchors={},
            ),
            StubItem(
                id="sight",
                text=("Do you tell red from blue easily?", "Können Sie Rot und Blau gut unterscheiden?"),
                kind="choice",
                options={"yes": ("Yes", "Ja"), "no": ("No", "Nein")},
            ),
            StubItem(
                id="devices",
                text=("Which of these do you use?", "Was davon benutzen Sie?"),
                kind="choices",
                options={"phone": ("A phone", "Ein Telefon"), "robot": ("A robot", "Einen Roboter")},
                required=False,
            ),
            StubItem(
                id="remarks",
                text=(
                    "Is there anything else we should know?",
                    "Gibt es noch etwas, das wir wissen sollten?",
                ),
                kind="text",
                required=False,
            ),
        ),
    )


def after() -> StubSheet:
    """A single item at the end."""
    return StubSheet(
        instrument="looking-back",
        part="post",
        title=("Looking back", "Rückblick"),
        instruction=("One last question.", "Eine letzte Frage."),
        items=(StubItem(id="helped", text=("The tutor was helpful.", "Der Tutor war hilfreich.")),),
    )


def rights(code: str, language: str, purposes: Mapping[str, bool], *, over: bool) -> dict[str, Any]:
    """As the server says them: the page names taking part and the camera itself."""
    labels = {"sharing": SHARING[language]}
    return {
        "consent_copy": f"/p/{code}/consent",
        "data_copy": f"/p/{code}/data",
        "contact": CONTACT[language],
        "can_withdraw_camera": purposes.get("camera", False),
        "purposes": [
            {"id": name, "label": labels.get(name), "granted": granted, "can_withdraw": granted and not over}
            for name, granted in purposes.items()
        ],
    }


def join_form(language: str, *, asks: bool) -> JoinForm:
    """What is asked before a place is given. asks: one question with two answers."""
    i = 0 if language == "en" else 1
    question = JoinQuestion(
        id="sorted",
        text=("Have you sorted cards before?", "Haben Sie schon einmal Karten sortiert?")[i],
        options=(("yes", ("Yes", "Ja")[i]), ("no", ("No", "Nein")[i])),
    )
    return JoinForm(
        language=language,
        title=CONSENT_TITLE[language],
        instruction=("One question first.", "Zuerst eine Frage.")[i],
        button=("Go on", "Weiter")[i],
        questions=(question,) if asks else (),
    )


def consent_copy(language: str) -> dict[str, Any]:
    """As the server hands it out, after the camera was agreed to and withdrawn."""
    return {
        "language": language,
        "study": CONSENT_TITLE[language],
        "version": "stub-1",
        "title": CONSENT_TITLE[language],
        "paragraphs": [STUDY[language]],
        "points": list(POINTS[language]),
        "camera": None,
        "purposes": [{"id": "sharing", "text": SHARING[language]}],
        "contact": CONTACT[language],
        "answers": [
            {"purpose": "sharing", "granted": True, "at_s": 30.0},
            {"purpose": "participation", "granted": True, "at_s": 31.0},
            {"purpose": "camera", "granted": False, "at_s": 90.0},
        ],
    }
