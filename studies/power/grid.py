"""Numbers of participants and effects as they are typed: ``10..200``, ``10..200:20``, ``64,128``."""

from __future__ import annotations

import math
import re

from tutorbot.errors import BadInput

MOST_N = 100_000
STEPS = 10
"""Values in a range without a step."""


def ns_of(text: str | None, *, n_groups: int, planned: int | None) -> tuple[int, ...]:
    """The numbers to try, rising: multiples of the number of groups in a range, the planned one among them.

    None: from half the planned number to its double, or 20 to 200. Raises: BadInput.
    """
    if text is None:
        low, high = (max(planned // 2, 4), planned * 2) if planned else (20, 200)
        found = _range(low, high, None, n_groups)
    elif match := re.fullmatch(r"(\d+)\.\.(\d+)(?::(\d+))?", text.strip()):
        low, high = int(match[1]), int(match[2])
        step = int(match[3]) if match[3] else None
        if low > high or step == 0:
            raise _bad(text)
        found = _range(low, high, step, n_groups)
    elif re.fullmatch(r"\d+(\s*,\s*\d+)*", text.strip()):
        found = [int(word) for word in text.split(",")]
    else:
        raise _bad(text)
    numbers = sorted({*found, *([planned] if planned else [])})
    least = 2 * n_groups
    if numbers[0] < least or numbers[-1] > MOST_N:
        raise BadInput(
            f"--n has {numbers[0] if numbers[0] < least else numbers[-1]}.",
            remedy=f"Give numbers from {least} (two in each of {n_groups} groups) to {MOST_N}.",
        )
    return tuple(numbers)


def effects_of(text: str) -> tuple[float, ...]:
    """Effects in the order given, each once. Raises: BadInput."""
    try:
        found = tuple(dict.fromkeys(float(word) for word in text.split(",")))
    except ValueError:
        found = ()
    if not found or not all(math.isfinite(one) for one in found):
        raise BadInput(f"--effect is {text!r}.", remedy="Give numbers, commas between them, e.g. 0.3,0.5.")
    return found


def _range(low: int, high: int, step: int | None, n_groups: int) -> list[int]:
    if step is not None:
        return list(range(low, high + 1, step))
    values = [low + (high - low) * place / (STEPS - 1) for place in range(STEPS)]
    return [max(2, round(value / n_groups)) * n_groups for value in values]


def _bad(text: str) -> BadInput:
    return BadInput(f"--n is {text!r}.", remedy="Write 10..200, 10..200:20 or 64,128.")
