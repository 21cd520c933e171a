"""A tutor that does nothing but keep a real Rasa server, to be killed by a test.

Usage: python -m tests.adapters.rasa.run_and_wait LOG_FILE; prints Rasa's process id once it is ready.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.rasa_server import real_settings
from tutorbot.adapters.rasa import RasaProcess


async def main() -> None:
    process = RasaProcess(real_settings("http://127.0.0.1:1", "unused", Path(sys.argv[1])))
    await process.start()
    print(process.pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
