"""The shipped instruments as one table, for docs/instruments.md."""

from __future__ import annotations

from studies.instruments.loader import load_instrument, shipped
from studies.instruments.model import Instrument, Scale

HEAD = (
    "| id | instrument | items | scale | scores | licence of the words | words that ship | key |",
    "|---|---|---|---|---|---|---|---|",
)


def overview() -> str:
    """A row per instrument in Markdown, in the order of their names."""
    return "\n".join([*HEAD, *(_row(load_instrument(name)) for name in shipped())])


def _row(one: Instrument) -> str:
    n_reversed = sum(item.reversed for item in one.items)
    cells = (
        f"`{one.id}`",
        one.title,
        f"{len(one.items)}" + (f" ({n_reversed} reversed)" if n_reversed else ""),
        _scale(one.scale),
        ", ".join(rule.id for rule in one.scores) or "none",
        f"[{one.licence.name}]({one.licence.url})" if one.licence.url else one.licence.name,
        ", ".join(one.languages) or "none: supply your own",
        one.key.checked,
    )
    return f"| {' | '.join(cells)} |"


def _scale(scale: Scale | None) -> str:
    if scale is None:
        return "by item"
    by = f" by {scale.step:g}" if scale.step != 1 else ""
    return f"{scale.low:g} to {scale.high:g}{by}"
