"""What does not fit together in a protocol of which some parts cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from studies.protocol.checks import CHECKS, Check
from tutorbot.yaml_file import Behind, FileModel, Misfit
from tutorbot.yaml_file.mending import partial

if TYPE_CHECKING:
    from studies.protocol.model import Protocol


def behind(
    model: type[Protocol],
    *,
    base: type[FileModel],
    prepare: Callable[[Any], Any],
    further: Iterable[Check] = (),
) -> Behind:
    """All checks that can be made on what can be read of a file of ``model``, and ``further`` ones.

    base: what the readable part is made of; a field that cannot be read is no attribute of it. prepare: done
    with the file's data first.
    """
    checks = (*CHECKS, *further)

    def look(data: Any, without: frozenset[str]) -> Iterator[Misfit]:
        some = partial(model, prepare(data), without, base=base)
        for check in checks if some is not None else ():
            yield from _as_far_as_it_goes(check, cast("Protocol", some))

    return look


def _as_far_as_it_goes(check: Check, some: Protocol) -> Iterator[Misfit]:
    try:
        yield from check(some)
    except AttributeError:  # it looks at a part that cannot be read
        return
