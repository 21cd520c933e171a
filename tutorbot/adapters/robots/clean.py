"""Text of a robot as it can be stored and sent on: without letters that no database and no file takes."""

from __future__ import annotations

_NONE = {0: " ", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


def clean(text: str) -> str:
    """The same without NUL and without halves of letter pairs, which JSON can hold and UTF-8 cannot."""
    return text.translate(_NONE)
