"""Every number the decision rests on, with where it comes from.

Tags: S seen in a source, C computed from seen numbers, P pilot value (our choice, no source).
Sources: Bosch et al. (2016) and Baker et al. (BROMP) on observing affect; Kraus et al. (arXiv
2212.10346) on proactivity and trust. docs/settings.md lists the same names.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorSettings:
    """When the tutor may speak, how long it waits, and how its trust estimate moves.

    All times in seconds. A protocol may override any of them by name.
    """

    # affect evidence
    baseline_s: float = 60.0
    """Reading a neutral text while the person's own baseline is taken. P"""
    window_s: float = 10.0
    """Window of the affect scores. S (length of the DAiSEE clips)"""
    min_coverage: float = 0.6
    """Share of the window in which the face must be usable. P"""
    enter: float = 0.65
    """Evidence score that begins an episode. P (after a pilot: 90th percentile while engaged)"""
    leave: float = 0.50
    """Evidence score under which an episode ends. P"""
    face_lost_s: float = 5.0
    """A face out of sight this long ends an episode and leaves behaviour alone to speak. P"""
    dwell_confusion_s: float = 20.0
    """How long confusion must last: it helps when it resolves itself. P (BROMP looks up to 20 s)"""
    grace_s: float = 15.0
    """Added to the confusion dwell while the learner makes progress. P"""
    dwell_frustration_s: float = 10.0
    """How long frustration must last; react sooner than to confusion. S direction, P number"""

    # behaviour evidence
    slow_factor: float = 1.5
    """Time on an item beyond this many own medians is slow. P"""
    slow_first_s: float = 60.0
    """The same for the first items, before there is a median. C (41 s norm x 1.5)"""
    median_after_items: int = 2
    """Items finished before the own median is used. P"""
    errors_confusion: int = 1
    """Errors on the item that corroborate confusion. P"""
    changes_confusion: int = 2
    """Answer changes on the item that corroborate confusion. P"""
    errors_frustration: int = 2
    """Errors in a row that corroborate frustration. P"""
    errors_persisting: int = 3
    """Errors on the item from which frustration counts as persisting. P"""
    rapid_answers: int = 3
    """Answers within ``rapid_within_s`` that corroborate frustration. P"""
    rapid_within_s: float = 9.0
    """See ``rapid_answers``. P"""
    said_counts_s: float = 60.0
    """How long "stuck" or a negative utterance counts as a sign. P"""
    signs_alone: int = 2
    """Signs of confusion needed when there is no face evidence at all. P"""
    off_task_s: float = 30.0
    """Away from the task window this long, without input, is off task. P"""
    idle_s: float = 60.0
    """No input on an open board for so long is idle. P (as ``rest_s``)"""
    repair_after_s: float = 180.0
    """At low trust, so much work without an act before the tutor says once that the learner decides. P"""
    most_repairs: int = 1
    """Such acts in a session; 0 for none. P"""

    # the tutor's restraint
    rest_s: float = 60.0
    """Quiet after an act. P"""
    escalation_after_s: float = 30.0
    """A stronger act on the same item may come earlier, after this long without improvement. P"""
    after_help_s: float = 30.0
    """Quiet after help the learner asked for, so that it can be used. P (as ``escalation_after_s``)"""
    most_acts_per_item: int = 2
    """P"""
    most_acts: int = 6
    """Acts within ``most_acts_window_s``. P"""
    most_acts_window_s: float = 1200.0
    """20 minutes. P"""
    input_pause_s: float = 2.0
    """The learner must have been still this long when the tutor speaks. P"""
    after_answer_s: float = 3.0
    """Never sooner than this after an answer was checked. P"""
    react_timeout_s: float = 30.0
    """An act without a reaction for this long was ignored. P"""
    lowered_acts: int = 2
    """After a decline the next acts this many are one level lower (AD, NB, RL). P"""
    act_expires_s: float = 5.0
    """An act not delivered within this time is dropped, never spoken late. P"""
    ask_again_after_s: float = 10.0
    """On a robot, a question met with so much silence is said once more; 0: never. P"""

    interval_s: float = 120.0
    """Work without an act after which L1-T to L3-T speak: at most ten in 20 minutes before the caps. P"""

    # the wizard of condition WZ
    wizard_waits_s: float = 10.0
    """A choice that finds no moment to be carried out in so long is given up. P"""

    # the two questions that check the detector, where a study asks them
    check_in_every_s: float = 400.0
    """One random moment in each such stretch of work: about as many as findings asked about, at six acts in
    20 minutes. P"""
    check_in_rest_s: float = 180.0
    """Never asked again sooner. P (3 min)"""
    check_in_waits_s: float = 15.0
    """What falls due and finds no quiet moment for so long is not asked. P"""
    check_in_expires_s: float = 30.0
    """Unanswered for so long, the questions are withdrawn. P (as ``react_timeout_s``)"""

    # the concentration index, on 0..1: logged, no decision rests on it
    idle_from_s: float = 15.0
    """No input for so long is thinking. P"""
    idle_full_s: float = 60.0
    """No input for so long is idling altogether. P"""
    changes_unsteady: int = 8
    """Cards moved after a check of a board from which the work is unsteady altogether. P (a whole board)"""
    focus_face: float = 0.5
    """Weight of the face's part, where there is one. P (its AUC is .83 to .91 on disengagement, C)"""
    focus_activity: float = 0.35
    """Weight of input coming in. P"""
    focus_steadiness: float = 0.15
    """Weight of neither guessing nor moving cards to and fro. P"""
    focus_promptness: float = 0.1
    """Weight of beginning and going on about as soon as usual. P"""
    slowness_full: float = 4.0
    """So many own medians to begin or go on are slow altogether; from ``slow_factor`` on it counts. P"""
    focus_sd: float = 0.25
    """Uncertainty from behaviour alone. P"""
    focus_sd_face: float = 0.15
    """Uncertainty with the face. P"""
    focus_step: float = 0.1
    """A change by so much is logged. P"""

    # trust estimate, on 1..5
    trust_start: float = 3.5
    """Where no pre-trust was asked. P"""
    trust_low: float = 3.0
    """Low trust at or below. S (split in public simulator code of this research line)"""
    trust_mid: float = 4.0
    """Mid trust at or below, high above. P"""
    trust_accepted: float = 0.15
    """P"""
    trust_used_and_right: float = 0.10
    """Accepted help, and the next check was right. P"""
    trust_ignored: float = -0.05
    """P"""
    trust_declined: float = -0.30
    """P"""
    trust_undone: float = -0.40
    """P"""
    stop_fall: float = 1.0
    """INTERVENTIONs after which the trust answer fell by more than this in the mean are the last. P"""
    trust_answer_weight: float = 0.5
    """Weight of the learner's own trust answer against the estimate. P"""
    trust_start_sd: float = 1.0
    """Uncertainty where no pre-trust was asked: the scale's middle half is likely. P"""
    trust_step_sd: float = 0.15
    """Uncertainty a reaction adds, as a standard deviation. P"""
    trust_answer_sd: float = 0.5
    """Uncertainty of one trust answer. P (as the simulated learners')"""

    def overridden(self, values: dict[str, float]) -> TutorSettings:
        """The same settings with some replaced. Raises: KeyError: naming an unknown setting."""
        known = {f.name: f.type for f in fields(self)}
        for name in values:
            if name not in known:
                raise KeyError(name)
        typed = {name: (int(v) if known[name] == "int" else float(v)) for name, v in values.items()}
        return replace(self, **typed)  # type: ignore[arg-type]
