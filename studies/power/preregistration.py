"""The stub of a preregistration in the order of OSF's form, filled from the protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studies.allocation import list_hash
from studies.instruments import Instrument, load_instrument
from studies.power.design import PROBES, Design, design_of
from studies.power.words import t_tests
from studies.protocol import PLACEHOLDER, Protocol
from studies.protocol.arms import n_sequences, within_cells
from studies.protocol.design import Square
from tutorbot.errors import BadInput

MEASURE_WORDS = {
    "trust": "one item, 1 to 5, after every board",
    "concentration": "one item, 1 to 5, after every board",
}


def preregistration(
    protocol: Protocol, *, n_boards: int, power: str | None = None, texts: Path | None = None
) -> str:
    """Markdown. power: the sentence of `studies power`; None: left open.

    Raises: BadInput; BadFile: an instrument that is not there.
    """
    sections = (
        ("Study information", _information(protocol)),
        ("Hypotheses", _hypotheses(protocol)),
        ("Design plan", _design(protocol)),
        ("Allocation", _allocation(protocol)),
        ("Sampling plan", _sampling(protocol, power)),
        ("Variables", _variables(protocol, texts)),
        ("Exclusion", _exclusion(protocol)),
        ("Analysis plan", _analysis(protocol, n_boards, texts)),
        ("Inference criteria", _inference()),
        ("Other", _other(protocol)),
    )
    head = f"# Preregistration: {protocol.title}\n"
    return head + "".join(f"\n## {title}\n\n{chr(10).join(lines)}\n" for title, lines in sections)


def open_(what: str) -> str:
    """A place only the researcher can fill."""
    return f"{PLACEHOLDER}: {what}"


def _information(protocol: Protocol) -> Iterator[str]:
    yield f"- Title: {protocol.title}"
    yield f"- Authors: {open_('names and affiliations')}"
    yield f"- Ethics approval: {protocol.ethics_id or open_('number of the approval, or why none is needed')}"
    yield f"- Protocol: `{protocol.id}` version {protocol.version}, sha256 `{protocol.sha256}`"
    yield f"- State of the data: {open_('none collected yet, or what was seen already')}"


def _hypotheses(protocol: Protocol) -> Iterator[str]:
    if not protocol.hypotheses:
        yield open_("each hypothesis with its measure and direction; better in the protocol (`hypotheses:`)")
    for one in protocol.hypotheses:
        direction = f" ({one.contrast[0]} above {one.contrast[1]})" if len(one.contrast) == 2 else ""
        measure = f" Measure: {one.measure}{direction}." if one.measure else ""
        yield f"- **{one.id}**: {' '.join(one.text.split())}{measure}"


def _design(protocol: Protocol) -> Iterator[str]:
    kinds = {factor.vary for factor in protocol.factors} or {"between"}
    yield f"- Kind: experiment, {'mixed' if len(kinds) == 2 else kinds.pop()}-subjects design"
    for factor in protocol.factors:
        levels = ", ".join(
            level.id + (f" ({level.condition})" if level.condition else "") for level in factor.levels
        )
        yield f"- Factor {factor.id}, {factor.vary} participants: {levels}"
    yield f"- Conditions: {', '.join(protocol.conditions)}; objective of the policy: {protocol.objective}"
    if len(within_cells(protocol)) > 1:
        order = "written out" if isinstance(protocol.order, Square) else protocol.order.replace("_", " ")
        sequences = n_sequences(protocol)
        yield f"- Order of the parts: {order}" + (f", {sequences} sequences" if sequences else "")
    if protocol.material is not None:
        yield f"- Parallel material: {len(protocol.material.sets)} sets, order {protocol.material.order}"
    yield f"- Blinding: {open_('who does not know the condition, and until when')}"


def _allocation(protocol: Protocol) -> Iterator[str]:
    allocation = protocol.allocation
    how = {
        "fixed": "everybody gets the same",
        "permuted_blocks": f"permuted blocks, each cell {_times(allocation.per_block)} in a block",
        "minimisation": f"minimisation, the most even cell with probability {allocation.p_best:g}",
    }[allocation.method]
    yield f"- Method: {how}; seed {protocol.seed}"
    if allocation.strata:
        strata = "; ".join(f"{one.id}: {', '.join(one.options)}" for one in allocation.strata)
        yield f"- Strata: {strata}"
    yield "- The list (for minimisation: its rule and seed) was drawn before the first participant;"
    yield f"  sha256 `{list_hash(protocol)}`"
    yield "- Places of drop-outs are given out again from a logged refill list."


def _sampling(protocol: Protocol, power: str | None) -> Iterator[str]:
    planned = str(protocol.sample.n) if protocol.sample is not None else open_("number of participants")
    yield f"- Sample size: {planned}"
    yield f"- Rationale: {power or open_('run `studies power` and name its folder with --power')}"
    yield f"- Recruitment: {open_('who, where, how, and what they are paid')}"
    if protocol.sample is not None and protocol.sample.close:
        yield "- Stopping: nobody new is taken in once that many have completed or are under way."
    else:
        yield f"- Stopping: {open_('when collection ends')}"
    rule = protocol.stop_rule
    yield (
        f"- Safety: the study is looked at before it goes on if trust falls by more than {rule.fall:g} after "
        f"interventions, on average over at least {rule.least} answers."
    )


def _variables(protocol: Protocol, texts: Path | None) -> Iterator[str]:
    yield "- Manipulated: " + (", ".join(one.id for one in protocol.factors) or "condition")
    for name in PROBES:
        yield f"- Measured, {name}: {MEASURE_WORDS[name]}"
    for phase, when in (("pre", "before"), ("block", "after each part of"), ("post", "after")):
        for name in getattr(protocol.instruments, phase):
            yield f"- Measured {when} the lesson, {_instrument(load_instrument(name, texts=texts))}"
    yield "- Behaviour: errors, attempts and time of each board; offers, and whether they were accepted"
    if protocol.validity_probes:
        yield "- Validity of the detector: two items now and then, the same rule in every condition"
    sources = ", ".join(sorted(protocol.evidence_sources))
    yield f"- Evidence used by the tutor: {sources}; trust estimate by {protocol.trust_model}"


def _instrument(one: Instrument) -> str:
    scores = ", ".join(f"{rule.id} ({rule.rule})" for rule in one.scores) or "not scored"
    words = (
        f"`{one.id}` version {one.version}: {one.title}, {_n_of(len(one.items), 'item')}; scores: {scores}."
    )
    if one.scores:
        missing = one.missing
        most = f"{missing.most}" if missing.most is not None else f"{missing.share:.0%}"
        words += (
            " No item of a score may be missing."
            if most in {"0", "0%"}
            else f" At most {most} of a score's items may be missing; the person's mean stands for them."
        )
    return f"{words} {' '.join(one.citation.split())}"


def _exclusion(protocol: Protocol) -> Iterator[str]:
    yield "- No data at all: sessions of a test protocol; people who took their consent back."
    if protocol.camera_sources:
        yield "- People without camera consent keep their allocation (intention to treat) and are flagged."
    yield f"- Attention and instruction checks: {open_('how many may be failed')}"
    yield f"- Too fast, too slow, or stopped early: {open_('limits, set before looking at the data')}"
    yield f"- Absence: after {protocol.resume.after_min:g} min the session goes by `{protocol.resume.then}`."


def _analysis(protocol: Protocol, n_boards: int, texts: Path | None) -> Iterator[str]:
    designs = tuple(_designs(protocol, n_boards, texts))
    yield "Answers after each board (trust, concentration):"
    yield ""
    yield f"1. Confirmatory: each participant's mean answer; {t_tests(*designs)},"
    yield "   with effect sizes and 95 % intervals."
    yield "2. Sensitivity, of the course over the boards: a linear mixed model, answer ~ condition x board"
    yield "   with a random intercept for each participant (REML), and an ordinal GEE (cumulative logit)."
    yield ""
    yield "Scores of questionnaires: the same t-tests. Reliability of each score: omega total, and alpha with"
    yield "its interval."
    yield ""
    for design in designs:
        listed = "; ".join(f"{one.name}: {one.words}" for one in design.contrasts)
        yield f"- Planned contrasts on {design.measure}: {listed}. Holm's correction over these."
        for note in design.notes:
            yield f"  ({note})"
    yield f"- Covariates: {open_('which, and why they were chosen')}"
    yield f"- Learning: post-test on pre-test (ANCOVA), if both are given. {open_('the tests')}"
    yield f"- Exploratory: {open_('what will be looked at without a hypothesis')}"


def _designs(protocol: Protocol, n_boards: int, texts: Path | None) -> Iterator[Design]:
    """One for each measure a hypothesis names; trust where none does."""
    measures = dict.fromkeys(one.measure for one in protocol.hypotheses if one.measure) or {PROBES[0]: None}
    for measure in measures:
        try:
            yield design_of(protocol, n_boards=n_boards, measure=measure, texts=texts)
        except BadInput as error:
            if not protocol.factors and protocol.allocation.method == "fixed":
                return
            raise error from None


def _inference() -> Iterator[str]:
    yield "- Two-sided tests, alpha = .05, after Holm's correction within each family of planned contrasts."
    yield "- A hypothesis with a direction is supported if its contrast is significant in that direction."
    yield "- Effect sizes with 95 % intervals are reported whatever the outcome."


def _other(protocol: Protocol) -> Iterator[str]:
    settings = ", ".join(f"{name} = {value:g}" for name, value in sorted(protocol.settings.items()))
    yield f"- Settings of the tutor that differ from the shipped ones: {settings or 'none'}"
    yield f"- Lesson: {protocol.lesson}; languages: {', '.join(protocol.languages)}"
    yield f"- Data are kept until {protocol.retention_until}."
    yield f"- Conflicts of interest: {open_('none, or which')}"


def _n_of(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")
