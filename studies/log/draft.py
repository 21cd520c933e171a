"""Draft the next migration from what changed in the tables: ``python -m studies.log.draft "what changed"``.

The draft is a start: read it, and mind rows that are already there.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from studies.log.database import log_engine, write
from studies.log.migrations import HERE, config_for, upgrade


def draft(message: str) -> Path:
    """Write the next numbered file in ``migrations/versions``; returns its path."""
    with tempfile.TemporaryDirectory() as folder:
        engine = log_engine(f"sqlite:///{folder}/empty.db")
        n_known = len(list(ScriptDirectory(str(HERE)).walk_revisions()))
        try:
            if n_known:
                upgrade(engine)
            with write(engine) as connection:
                script = command.revision(
                    config_for(connection), message, autogenerate=True, rev_id=f"{n_known + 1:04d}"
                )
        finally:
            engine.dispose()
    assert not isinstance(script, list)
    assert script is not None
    return Path(script.path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", help="what changed, e.g. 'acts know their robot'")
    print(draft(parser.parse_args().message))  # noqa: T201
