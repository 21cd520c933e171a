"""What the session itself says to a participant, by language: labels, single items, ends, the debriefing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tutorbot.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWords:
    """The session's own texts in one language.

    boxes: by box. ends: by reason for the end; ``over`` where a reason has none.
    trust_item .. frustrated_item: single items on the scale 1..5, whose ends are scale_low and scale_high
    (docs/log.md).
    debrief_*: parts of the debriefing, put together by ``debrief``. not_stored, test_run: lines at the top.
    robot_lost, robot_lost_held: a note while the robot is away, and while the session waits as well.
    say_again: the robot's question after unclear speech.
    question_again: leads in a question that nobody answered.
    on_break, on_break_wait: the learner's own break. held, held_wait: the experimenter pauses the session,
    and what the learner can do.
    goes_on, begins_anew: for somebody who comes back after a long absence. copy_note: in the copy of
    one's data while the session runs.
    """

    language: str
    boxes: Mapping[str, str]
    ends: Mapping[str, str]
    over: str
    no_camera: str
    dialogue_down: str
    unheard: str
    robot_lost: str
    robot_lost_held: str
    say_again: str
    question_again: str
    trust_item: str
    concentration_item: str
    confused_item: str
    frustrated_item: str
    scale_low: str
    scale_high: str
    debrief_thanks: str
    debrief_studied: str
    debrief_spoke: str
    debrief_quiet: str
    debrief_watched: str
    debrief_camera: str
    debrief_contact: str
    not_stored: str
    test_run: str
    held: str
    held_wait: str
    on_break: str
    on_break_wait: str
    goes_on: str
    begins_anew: str
    copy_note: str

    def debrief(self, *, speaks_up: bool, camera: bool) -> tuple[str, ...]:
        """What a participant reads at the end.

        speaks_up: the condition lets the tutor begin. camera: the session could use one, with consent.
        """
        own = self.debrief_spoke if speaks_up else self.debrief_quiet
        watched = f"{self.debrief_watched} {self.debrief_camera}" if camera else self.debrief_watched
        return (self.debrief_thanks, f"{self.debrief_studied} {own} {watched}", self.debrief_contact)


EN = SessionWords(
    language="en",
    boxes={"left": "Left box", "right": "Right box"},
    ends={
        "criterion": "You have found the rules: well done.",
        "max_items": "That was the last board.",
        "stopped_by_learner": "You ended the session.",
        "stopped_by_experimenter": (
            "The person who runs this study has ended the session here. What you did so far is saved, and it "
            "says nothing against how you did."
        ),
        "away_too_long": "You were away for so long that the session was ended.",
        "consent_withdrawn": "You took your consent back; nothing more is recorded.",
        "consent_refused": (
            "You chose not to take part. Stored, under a code, are this choice and when this page was open."
        ),
    },
    over="The session is over.",
    no_camera="The tutor works without a camera in this session.",
    dialogue_down="The tutor cannot talk right now. You can go on sorting; what you wrote is kept.",
    unheard="The tutor found no answer to your last message. You could say it in other words.",
    robot_lost="The robot is away right now. You can go on here; what it would have said stands below.",
    robot_lost_held="The robot is away right now.",
    say_again="Sorry, I did not catch that. Could you say it again?",
    question_again="In case you missed it: {question}",
    trust_item="How much do you trust the tutor right now?",
    concentration_item="How concentrated were you on the last board?",
    confused_item="How confused did you feel just now?",
    frustrated_item="How frustrated did you feel just now?",
    scale_low="not at all",
    scale_high="completely",
    debrief_thanks="Thank you for taking part.",
    debrief_studied="We study when, and how strongly, a tutor should speak up by itself.",
    debrief_spoke="This one sometimes did.",
    debrief_quiet="In your group it only answered when asked.",
    debrief_watched="For that it watched how the sorting went: checks, times and changed answers.",
    debrief_camera=(
        "Only if you had agreed to the camera, it also guessed from your face how things were going. "
        "Such guesses are often wrong, and no picture was kept."
    ),
    debrief_contact=(
        "If you have questions, or want what was stored about you to be deleted, write to the contact below "
        "and name the code at the top of this page."
    ),
    not_stored=(
        "Nothing can be stored at the moment, so the lesson waits. "
        "What you do now is not kept; please tell the person who runs this study."
    ),
    test_run="Test run: nothing from this session is used as research data.",
    held="The person who runs this study has paused the session.",
    held_wait="It goes on when they say so; please wait.",
    on_break="You are taking a break, so nothing on the board counts.",
    on_break_wait='Press "Go on" first.',
    goes_on="Welcome back. You go on where you were.",
    begins_anew="Welcome back. You were away for a while, so this part begins anew.",
    copy_note=(
        "While the session runs, this holds what came from you and your device. What the tutor made of it, "
        "and which group you are in, is added once the session is over, because knowing it could change the "
        "study."
    ),
)

DE = SessionWords(
    language="de",
    boxes={"left": "Kasten links", "right": "Kasten rechts"},
    ends={
        "criterion": "Sie haben die Regeln gefunden: sehr gut.",
        "max_items": "Das war die letzte Runde.",
        "stopped_by_learner": "Sie haben die Sitzung beendet.",
        "stopped_by_experimenter": (
            "Die Person, die diese Studie durchführt, hat die Sitzung hier beendet. Was Sie bisher getan "
            "haben, ist gespeichert, und das Ende sagt nichts gegen Ihre Leistung."
        ),
        "away_too_long": "Sie waren so lange weg, dass die Sitzung beendet wurde.",
        "consent_withdrawn": (
            "Sie haben Ihre Einwilligung widerrufen; von jetzt an wird nichts mehr aufgezeichnet."
        ),
        "consent_refused": (
            "Sie haben sich gegen die Teilnahme entschieden. Gespeichert sind, unter einem Code, diese "
            "Entscheidung und wann diese Seite offen war."
        ),
    },
    over="Die Sitzung ist beendet.",
    no_camera="Der Tutor arbeitet in dieser Sitzung ohne Kamera.",
    dialogue_down=(
        "Der Tutor kann gerade nicht sprechen. Sie können weiter sortieren; was Sie geschrieben haben, "
        "bleibt."
    ),
    unheard=(
        "Der Tutor hat auf Ihre letzte Nachricht keine Antwort gefunden. Sie könnten es anders ausdrücken."
    ),
    robot_lost=(
        "Der Roboter ist gerade nicht erreichbar. Sie können hier weitermachen; was er gesagt hätte, steht "
        "unten."
    ),
    robot_lost_held="Der Roboter ist gerade nicht erreichbar.",
    say_again="Entschuldigung, das habe ich nicht verstanden. Können Sie es noch einmal sagen?",
    question_again="Falls Sie es überhört haben: {question}",
    trust_item="Wie sehr vertrauen Sie dem Tutor im Moment?",
    concentration_item="Wie konzentriert waren Sie in der letzten Runde?",
    confused_item="Wie verwirrt haben Sie sich gerade eben gefühlt?",
    frustrated_item="Wie frustriert haben Sie sich gerade eben gefühlt?",
    scale_low="überhaupt nicht",
    scale_high="völlig",
    debrief_thanks="Vielen Dank für Ihre Teilnahme.",
    debrief_studied="Wir untersuchen, wann und wie deutlich ein Tutor von sich aus sprechen sollte.",
    debrief_spoke="Dieser hat es manchmal getan.",
    debrief_quiet="In Ihrer Gruppe hat er nur geantwortet, wenn Sie ihn etwas gefragt haben.",
    debrief_watched=(
        "Dafür hat er verfolgt, wie das Sortieren verlief: Prüfungen, Zeiten und geänderte Antworten."
    ),
    debrief_camera=(
        "Nur wenn Sie der Kamera zugestimmt hatten, hat er auch aus Ihrem Gesicht zu erraten versucht, "
        "wie es "
        "läuft. Solche Vermutungen sind oft falsch, und kein Bild wurde aufbewahrt."
    ),
    debrief_contact=(
        "Wenn Sie Fragen haben oder möchten, dass das über Sie Gespeicherte gelöscht wird, schreiben Sie "
        "an den "
        "Kontakt unten und nennen Sie den Code oben auf dieser Seite."
    ),
    not_stored=(
        "Im Moment lässt sich nichts speichern, deshalb wartet die Sitzung. Was Sie jetzt tun, bleibt nicht "
        "erhalten; bitte sagen Sie der Person Bescheid, die diese Studie durchführt."
    ),
    test_run="Testlauf: Nichts aus dieser Sitzung wird für die Forschung verwendet.",
    held="Die Person, die diese Studie durchführt, hat die Sitzung angehalten.",
    held_wait="Sie geht weiter, sobald diese Person es sagt; bitte warten Sie.",
    on_break="Sie machen gerade eine Pause, deshalb wird gerade nichts gewertet.",
    on_break_wait="Drücken Sie zuerst „Weiter“.",
    goes_on="Willkommen zurück. Es geht dort weiter, wo Sie waren.",
    begins_anew="Willkommen zurück. Sie waren eine Weile weg, deshalb beginnt dieser Teil von vorn.",
    copy_note=(
        "Solange die Sitzung läuft, enthält dies, was von Ihnen und Ihrem Gerät kam. Was der Tutor daraus "
        "geschlossen hat und in welcher Gruppe Sie sind, kommt dazu, wenn die Sitzung beendet ist, denn "
        "es zu "
        "wissen könnte die Studie verändern."
    ),
)

WORDS: Mapping[str, SessionWords] = {"en": EN, "de": DE}


def words(language: str) -> SessionWords:
    """The session's texts in a language; ``de-AT`` has those of ``de``.

    Raises: BadInput: there are none, so that nobody is shown half a page in another language.
    """
    base = language.partition("-")[0]
    if base not in WORDS:
        known = ", ".join(sorted(WORDS))
        raise BadInput(f"The session has no words in {language!r}.", remedy=f"Use one of {known}.")
    return WORDS[base]
