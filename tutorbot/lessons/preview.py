"""A lesson pack as one HTML page: what its author reads through before a learner sees it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path

from tutorbot.core.acts import HintStep
from tutorbot.core.lesson import Card, Lesson, Problem
from tutorbot.lessons.packs import lesson_hash, load_lesson, picture_path

MARK = "<!doctype html><!-- tutorbot lesson preview -->"
"""First bytes of every preview, by which an older one is known."""

STYLE = """
:root { color-scheme: light dark; --ink: #1d2129; --page: #f4f5f7; --sheet: #fff; --line: #8a919e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ec; --page: #15171b; --sheet: #23262b; --line: #7c838f; }
}
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--page); }
section { margin: 2rem 0; padding: 0.5rem 1.5rem 1.5rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 0.75rem; }
h1, h2, h3 { line-height: 1.2; }
h3 { margin: 1.5rem 0 0.5rem; font-size: 1rem; }
p, ol { margin: 0.5rem 0; max-width: 44rem; }
.boxes { display: grid; gap: 1rem; margin: 1rem 0 0;
  grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
.box { padding: 0 0.75rem 0.75rem; border: 2px dashed var(--line); border-radius: 0.75rem; }
.cards { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; margin: 0; list-style: none; }
figure { margin: 0; width: 6rem; text-align: center; font-size: 0.8rem; line-height: 1.25; }
figure img { display: block; width: 72px; height: 72px; margin: 0 auto 0.25rem; padding: 4px;
  border: 1px solid var(--line); border-radius: 0.5rem; }
"""


def preview_page(pack: str | Path) -> str:
    """The whole page; pictures are inside it, nothing is loaded. Raises: BadInput, BadFile."""
    lesson = load_lesson(pack)
    pictures = {card.card_id: _figure(card, picture_path(pack, card)) for card in lesson.cards}
    problems = "".join(_problem(lesson, problem, pictures) for problem in lesson.problems)
    pace = (
        f"Cards given: {lesson.n_given}. Checks on a board: at most {lesson.most_attempts}. A block ends "
        f"after {lesson.criterion} boards in a row solved at the first check, or after {lesson.most_items}."
    )
    return (
        f'{MARK}\n<html lang="{escape(lesson.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(lesson.title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(lesson.title)}</h1>"
        f"<p>Pack {escape(lesson.pack_id)}, version {escape(lesson.version)}, "
        f"sha256 {lesson_hash(pack)[:16]}. {escape(pace)}</p>"
        f"{problems}</body></html>\n"
    )


def _problem(lesson: Lesson, problem: Problem, pictures: dict[str, str]) -> str:
    sides = (("Left box", "left"), ("Right box", "right"))
    boxes = "".join(
        f'<div class="box"><h3>{head}</h3>'
        + _cards(pictures[card.card_id] for card in lesson.cards if problem.box_of(card.card_id) == box)
        + "</div>"
        for head, box in sides
    )
    rungs = zip(HintStep, problem.hints, strict=True)
    hints = "".join(f"<li><b>{_rung(step)}:</b> {escape(hint)}</li>" for step, hint in rungs)
    return (
        f"<section><h2>{escape(problem.title)} <small>({escape(problem.problem_id)})</small></h2>"
        f'<p>{escape(problem.instruction)}</p><div class="boxes">{boxes}</div>'
        f"<h3>Hint ladder</h3><ol>{hints}</ol>"
        f"<h3>Suggestion: contrast</h3>{_cards(pictures[card_id] for card_id in problem.contrast)}"
        f"<p>{escape(problem.contrast_offer)}</p><p><b>After yes:</b> {escape(problem.contrast_text)}</p>"
        "<h3>Intervention: worked step, most useful card first</h3>"
        f"{_cards(pictures[card_id] for card_id in problem.worked_step)}<p>{escape(problem.worked_text)}</p>"
        f"<h3>Explanation</h3><p>{escape(problem.explanation)}</p></section>"
    )


def _rung(step: HintStep) -> str:
    return step.name.lower().replace("_", "-")


def _cards(figures: Iterable[str]) -> str:
    return f'<ul class="cards">{"".join(f"<li>{figure}</li>" for figure in figures)}</ul>'


def _figure(card: Card, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    # The caption names the card; an alternative text would say it twice.
    return (
        f'<figure><img src="data:image/svg+xml;base64,{data}" alt="">'
        f"<figcaption>{escape(card.name)}</figcaption></figure>"
    )
