"""What all export formats have in common: the same bytes each time, no secret, all or nothing, a cut-off."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mcap.reader import make_reader

from studies.export.formats import FORMATS
from studies.export.span import Span
from studies.export.study import TEST_FOLDER, export_study
from tests.studies.export_builders import SECRETS, fill_small_study
from tests.studies.postgresql import POSTGRESQL, empty_schema
from tutorbot.errors import BadInput

NAMES = tuple(one.name for one in FORMATS)
ROOT = Path(__file__).parents[2]


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def readable(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file's text, with what is compressed in it spread out."""
    for name, content in files(folder).items():
        text = content.decode("utf-8", errors="replace")
        if name.endswith(".parquet"):
            text += json.dumps(pq.read_table(folder / name).to_pylist(), default=str, ensure_ascii=False)
        elif name.endswith(".mcap"):
            with (folder / name).open("rb") as stream:
                reader = make_reader(stream)
                text += "\n".join(message.data.decode() for _, _, message in reader.iter_messages())
        yield name, text


def test_every_format_has_a_folder_with_its_readme_and_protocol(exported: Path):
    assert {one.name for one in exported.iterdir()} == set(NAMES)
    for name in NAMES:
        text = (exported / name / "README.txt").read_text(encoding="utf-8")
        assert text.startswith("Study pilot\n")
        assert "How to read the" in text
        assert [one.read_text() for one in (exported / name).rglob("protocol-*.yml")] == ["id: pilot\n"]


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_s_hashes_are_those_of_the_files(exported: Path, name: str):
    found = files(exported / name)
    listed = re.findall(r"^([0-9a-f]{64})  (\S+)$", found.pop("README.txt").decode(), re.MULTILINE)
    assert {path: digest for digest, path in listed} == {
        path: hashlib.sha256(content).hexdigest() for path, content in found.items()
    }


def test_the_same_database_gives_the_same_bytes_in_every_format(
    small_study_url: str, exported: Path, tmp_path: Path
):
    export_study(small_study_url, "pilot", tmp_path / "again", formats=NAMES)
    first, second = files(exported), files(tmp_path / "again")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_no_link_and_no_words_are_in_any_byte_of_any_format(exported: Path):
    texts = dict(readable(exported))
    assert len(texts) > 100
    leaks = [(name, secret) for name, text in texts.items() for secret in SECRETS if secret in text]
    assert leaks == []


def test_what_the_wizard_typed_is_withheld_where_the_tutor_said_it_and_its_own_lines_are_not(exported: Path):
    said = (exported / "csv" / "tutor_said.csv").read_text(encoding="utf-8")
    assert "(typed by the wizard),wizard/typed" in said
    assert "Shall we look at it?,suggestion/2" in said


def test_words_come_when_asked_for_and_links_never(small_study_url: str, tmp_path: Path):
    export_study(small_study_url, "pilot", tmp_path / "out", formats=NAMES, with_words=True)
    holding: dict[str, set[str]] = {}
    for name, text in readable(tmp_path / "out"):
        assert "secret-link" not in text
        if "my own words" in text:
            holding.setdefault(name.split("/")[0], set()).add(name)
    assert set(holding) == {"csv", "parquet", "frictionless", "psych-ds", "xapi", "eaf", "xdf", "mcap"}


@pytest.mark.parametrize("name", NAMES)
def test_try_outs_and_those_who_refused_stay_out(exported: Path, name: str):
    texts = "\n".join(text for _, text in readable(exported / name))
    assert "P001" in texts
    assert "P006" not in texts  # a try-out
    whole_log = name in ("csv", "parquet", "frictionless", "psych-ds")
    assert ("P005" in texts) == whole_log  # refused: only where a column says so


def test_try_outs_asked_for_are_set_apart(small_study_url: str, tmp_path: Path):
    export_study(small_study_url, "pilot", tmp_path / "out", formats=["datashop", "csv"], include_test=True)
    apart = tmp_path / "out" / TEST_FOLDER
    assert {one.name for one in apart.iterdir()} == {"csv", "datashop"}
    assert "NOT DATA" in (apart / "datashop" / "README.txt").read_text(encoding="utf-8")
    assert "s6" in (apart / "csv" / "session.csv").read_text(encoding="utf-8")


def test_without_a_format_the_tables_are_as_in_format_csv_and_nothing_is_added(
    small_study_url: str, exported: Path, tmp_path: Path
):
    export_study(small_study_url, "pilot", tmp_path / "out")
    plain, full = files(tmp_path / "out"), files(exported / "csv")
    assert full.keys() - plain.keys() == {"wide.csv"}
    differ = {name for name in plain if plain[name] != full[name]}
    assert differ == {"README.txt", "codebook.csv", "codebook.md"}  # these name the wide table
    assert all("wide.csv" in full[name].decode() for name in differ)


def test_progress_counts_the_rows_that_are_read(small_study_url: str, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    export_study(
        small_study_url,
        "pilot",
        tmp_path / "out",
        formats=["parquet", "eaf"],
        on_rows=lambda done, total: seen.append((done, total)),
    )
    done = [one for one, _ in seen]
    assert done == sorted(done)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1] > 2000


# --------------------------------------------------------------------------- cut-off


def begun(folder: Path) -> set[str]:
    lines = (folder / "csv" / "wide.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {line.split(",")[0] for line in lines}


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-11-22", "2026-11-24", {"s2", "s3", "s4"}),
        ("2026-11-25", None, {"s5", "s7", "s8"}),
        (None, "2026-11-21", {"s1"}),
    ],
)
def test_a_cut_off_takes_whole_days_both_ends_included(
    small_study_url: str, tmp_path: Path, since: str | None, until: str | None, expected: set[str]
):
    export_study(small_study_url, "pilot", tmp_path / "out", formats=["csv"], span=Span.of(since, until))
    assert begun(tmp_path / "out") == expected
    readme = (tmp_path / "out" / "csv" / "README.txt").read_text(encoding="utf-8")
    assert "the others are left out" in readme
    assert all(day in readme for day in (since, until) if day)
    rows = (tmp_path / "out" / "csv" / "consent.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.split(",")[0] for row in rows} <= expected


def test_a_cut_off_that_leaves_nothing_says_so(small_study_url: str, tmp_path: Path):
    with pytest.raises(BadInput, match="no data in these days"):
        export_study(small_study_url, "pilot", tmp_path / "out", span=Span.of("2027-01-01", None))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("days", [("24.11.2026", None), (None, "2026-13-01"), ("2026-11-24", "2026-11-23")])
def test_days_that_make_no_sense_are_refused(days: tuple[str | None, str | None]):
    with pytest.raises(BadInput, match=r"--since|--until"):
        Span.of(*days)


# ----------------------------------------------------------------------- all or nothing


def test_an_unknown_format_is_answered_with_the_known_ones(small_study_url: str, tmp_path: Path):
    with pytest.raises(BadInput, match=r"no export format 'spss'.*csv, parquet"):
        export_study(small_study_url, "pilot", tmp_path / "out", formats=["csv", "spss"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_exists_is_refused_and_not_touched(small_study_url: str, tmp_path: Path, name: str):
    (tmp_path / "out").mkdir()
    with pytest.raises(BadInput, match="is there already"):
        export_study(small_study_url, "pilot", tmp_path / "out", formats=[name])
    assert list((tmp_path / "out").iterdir()) == []


FULL_DISK = """
import resource, sys
from pathlib import Path
from studies.export.study import export_study
from tutorbot.errors import BadInput
url, out, name, most = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
try:
    export_study(url, "pilot", Path(out), formats=[name])
except BadInput as error:
    print(error)
    sys.exit(7)
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_refuses_more_bytes_leaves_nothing_behind(
    small_study_url: str, exported: Path, tmp_path: Path, name: str
):
    largest = max(len(content) for content in files(exported / name).values())
    with closing(sqlite3.connect(small_study_url.removeprefix("sqlite:///"))) as held:
        held.execute("SELECT count(*) FROM audit").fetchone()  # its shared memory is there before the limit
        command = [
            sys.executable,
            "-c",
            FULL_DISK,
            small_study_url,
            str(tmp_path / "out"),
            name,
            str(largest - 1),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        exports = held.execute("SELECT count(*) FROM audit WHERE detail LIKE '%' || ?", (f"as {name}",))
        assert exports.fetchone() == (0,)
    assert ended.returncode == 7, ended.stderr
    assert "nothing was left behind" in ended.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRESQL else [])])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.db"
    else:
        with empty_schema() as url:
            yield url


def test_the_same_study_in_another_log_gives_the_same_bytes(exported: Path, tmp_path: Path, new_url: str):
    fill_small_study(new_url)
    export_study(new_url, "pilot", tmp_path / "out", formats=NAMES)
    mine, theirs = files(tmp_path / "out"), files(exported)
    assert mine.keys() == theirs.keys()
    assert [name for name in mine if mine[name] != theirs[name]] == []
