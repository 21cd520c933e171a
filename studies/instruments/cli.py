"""The commands ``studies instrument list|show|check|template``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from studies.instruments.examples import faults, open_points, told
from studies.instruments.loader import load_file, load_instrument, shipped
from studies.instruments.model import Example, Instrument, Item
from studies.instruments.overview import overview
from studies.instruments.template import write_template
from tutorbot.errors import BadInput

app = typer.Typer(
    no_args_is_help=True, help="Questionnaires: what ships, how each is scored, your own texts."
)

TextsOption = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder with your own texts and instruments.")
]
NameArgument = Annotated[str, typer.Argument(metavar="ID", help="Name of an instrument, e.g. fks.")]


@app.command(name="list")
def list_(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As the table of docs/instruments.md.")
    ] = False,
) -> None:
    """Say which instruments ship, how many items each has, and whether its texts come with it."""
    if markdown:
        typer.echo(overview())
        return
    for name in shipped():
        one = load_instrument(name)
        texts = ", ".join(one.languages) if one.languages else "supply texts"
        typer.echo(f"{name:16} {len(one.items):2} items  {texts:13} {one.title}")


@app.command()
def show(name: NameArgument, texts: TextsOption = None) -> None:
    """Show an instrument: source, licence, items, scores, the rule for missing answers, scoring examples."""
    one = load_instrument(name, texts=texts)
    lines = [
        f"{one.id} {one.version}: {one.title} ({one.kind})",
        f"  source   {' '.join(one.citation.split())}" + (f" doi:{one.doi}" if one.doi else ""),
        f"  licence  {one.licence.name}" + (f" {one.licence.url}" if one.licence.url else ""),
        f"  texts    {', '.join(one.available) or 'none: supply your own'}",
        f"  key      {one.key.checked}: {one.key.source}",
    ]
    lines += [f"  item     {_item(one, item)}" for item in one.items]
    lines += [
        f"  score    {rule.id}: {rule.rule} of {', '.join(item.id for item in one.items_of(rule))}"
        + (f" ({rule.note})" if rule.note else "")
        for rule in one.scores
    ]
    if one.no_total:
        lines.append(f"  total    none: {one.no_total}")
    if one.scores:
        lines.append(f"  missing  {missing_words(one)}")
    lines += [f"  example  {_example(example)}" for example in one.examples]
    lines += [f"  note     {note}" for note in (one.licence.note, one.note) if note]
    typer.echo("\n".join(lines))


def missing_words(instrument: Instrument) -> str:
    """The rule for missing answers in words."""
    rule = instrument.missing
    most = f"{rule.most} of the items" if rule.most is not None else f"{rule.share:.0%} of the items"
    return f"at most {most} of a score, the mean of the others stands for them ({rule.source})"


def _example(example: Example) -> str:
    values = (
        f"{name} {'none' if value is None else format(value, 'g')}" for name, value in example.scores.items()
    )
    by_hand = example.source.startswith(example.kind)
    label = example.source if by_hand else f"{example.kind} in {example.source}"
    return f"{label}: {', '.join(values)}"


def _item(instrument: Instrument, item: Item) -> str:
    words = item.about or ""
    if instrument.available:
        words = instrument.in_language(instrument.available[0]).items[item.id]
    marks = [name for name, on in (("reversed", item.reversed), ("may not apply", item.may_not_apply)) if on]
    if item.check is not None:
        marks.append(f"check, expected {item.check.expected:g}")
    if (scale := instrument.scale_of(item)) is not None:
        marks.append(f"{scale.low:g} to {scale.high:g}" + (f" by {scale.step:g}" if scale.step != 1 else ""))
    return f"{item.id}: {words} [{', '.join(marks)}]"


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID or FILE]...", help="Shipped instruments or files; all shipped ones."),
    ] = None,
    texts: TextsOption = None,
) -> None:
    """Hold instruments against their scoring examples; say what is wrong and what is still missing."""
    n_bad = 0
    for name in names or shipped():
        try:
            one = load_file(Path(name)) if _is_file(name) else load_instrument(name, texts=texts)
        except BadInput as error:
            typer.echo(str(error), err=True)
            n_bad += 1
            continue
        wrong = faults(one)
        n_bad += bool(wrong)
        for fault in wrong:
            typer.echo(f"{name}: {fault}", err=True)
        if not wrong:
            typer.echo(f"{name}: {len(one.items)} items, {told(one)}")
        for point in open_points(one):
            typer.echo(f"  note: {point}")
    if n_bad:
        raise typer.Exit(1)


def _is_file(name: str) -> bool:
    return "/" in name or name.endswith((".yml", ".yaml"))


@app.command()
def template(
    name: NameArgument,
    language: Annotated[str, typer.Argument(metavar="LANG", help="Language of the texts, e.g. de.")],
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder the file is written into.")],
    texts: TextsOption = None,
) -> None:
    """Write the file in which a lab supplies its own copy of an instrument's words."""
    one = load_instrument(name, texts=texts)
    path = write_template(one, _language(language), out)
    typer.echo(f"Written: {path}. Fill it in, then: studies instrument check {name} --texts {out}")


def _language(given: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", given):
        raise BadInput(f"{given!r} is no language.", remedy="Write two letters, e.g. de or en, or en-GB.")
    return given
