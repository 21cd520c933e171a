"""File names and labels from ids."""

from __future__ import annotations

import re

from studies.export.sittings import Sitting


def file_name(sitting: Sitting) -> str:
    """``P001_<session id>``, in characters every file system takes."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", f"{sitting.participant}_{sitting.session_id}")


class Labels:
    """Letters and digits only, each text its own label."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}

    def of(self, text: str) -> str:
        """The label of this text."""
        if text not in self._labels:
            bare = re.sub(r"[^A-Za-z0-9]", "", text) or "x"
            label, n = bare, 1
            while label in self._labels.values():
                n += 1
                label = f"{bare}x{n}"
            self._labels[text] = label
        return self._labels[text]


def camel(text: str) -> str:
    """``affectWindow`` of ``affect_window``."""
    first, *rest = text.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
