"""``studies key``: the encrypted file that says who is behind a code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from studies.identity import BY_HAND, IdentityKey
from tutorbot.errors import BadInput

key_app = typer.Typer(
    no_args_is_help=True, help="Who is behind a code: an encrypted file of its own, never the log."
)

FileArgument = Annotated[Path, typer.Argument(help="The id key file.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(help="File whose first line is the passphrase; asked for otherwise.", show_default=False),
]


@key_app.command()
def new(file: FileArgument, passphrase_file: PassphraseOption = None) -> None:
    """Make an id key for a study; the passphrase is asked for twice and cannot be restored."""
    if file.exists():
        raise BadInput(f"{str(file)!r} is there already.", remedy="Name a new file.")
    IdentityKey.create(file, _passphrase(passphrase_file, twice=True))
    typer.echo(
        f"Id key made: {file}. Without its passphrase nobody can read it; keep both apart from the data."
    )


@key_app.command()
def show(
    file: FileArgument,
    code: Annotated[str | None, typer.Argument(help="One code; all otherwise.", show_default=False)] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Say who is behind a code, or behind all."""
    key = IdentityKey(file)
    if code is not None:
        _require(key, code)
    for one in key.open(_passphrase(passphrase_file)):
        if code in (None, one.code):
            fields = "; ".join(
                value if name == BY_HAND else f"{name}={value}" for name, value in one.fields.items()
            )
            typer.echo(f"{one.code}\t{one.at_utc}\t{fields}")


@key_app.command()
def add(
    file: FileArgument,
    code: Annotated[str, typer.Argument(help="Pseudonym, e.g. P007.")],
    text: Annotated[str, typer.Argument(help="Who it is.")],
) -> None:
    """Add who is behind a code; needs no passphrase."""
    IdentityKey(file).seal(code, {BY_HAND: text})
    typer.echo(f"Added to {file}: {code}")


@key_app.command()
def forget(
    file: FileArgument,
    code: Annotated[str, typer.Argument(help="Pseudonym, e.g. P007.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
) -> None:
    """Remove every entry of a code; needs no passphrase. `studies withdraw --key` does it too."""
    key = IdentityKey(file)
    _require(key, code)
    if not yes:
        typer.confirm(f"Remove who {code} is from {file} for good?", abort=True)
    typer.echo(f"Removed from {file}: {key.forget(code)} of {code}")


def _require(key: IdentityKey, code: str) -> None:
    codes = key.codes()
    if code not in codes:
        raise BadInput(
            f"The id key {str(key.path)!r} has no entry of {code!r}.",
            remedy=f"It has {len(codes)}: {', '.join(codes[:10])}." if codes else "It has none yet.",
        )


def _passphrase(file: Path | None, *, twice: bool = False) -> str:
    if file is not None:
        try:
            found = file.read_text(encoding="utf-8").split("\n", maxsplit=1)[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"The passphrase file {str(file)!r} cannot be read ({type(error).__name__}).",
                remedy="Name a text file with --passphrase-file.",
            ) from error
        return found
    if not sys.stdin.isatty():
        raise BadInput("Nobody is here to ask for the passphrase.", remedy="Use --passphrase-file FILE.")
    asked: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice)
    return asked
