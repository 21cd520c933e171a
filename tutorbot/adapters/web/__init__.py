"""The participant page and the console, served over HTTP and one WebSocket per learner."""

from tutorbot.adapters.web.app import SERVER_SETTINGS, make_app
from tutorbot.adapters.web.host import LinkInUse, SessionHost, Sitting, UnknownLink
from tutorbot.adapters.web.tokens import ConsoleKeys

__all__ = [
    "SERVER_SETTINGS",
    "ConsoleKeys",
    "LinkInUse",
    "SessionHost",
    "Sitting",
    "UnknownLink",
    "make_app",
]
