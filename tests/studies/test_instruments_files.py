"""Instrument files: words only where they may ship, a lab's own, mistakes with line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studies.instruments import load_file, load_instrument, shipped
from studies.instruments.examples import faults, open_points
from studies.instruments.loader import SHIPPED
from studies.instruments.overview import overview
from studies.instruments.template import write_template
from tutorbot.errors import BadFile, BadInput

ROOT = Path(__file__).parents[2]
OPEN = {"fks", "trust-1", "concentration-1", "attention-1"}
"""Instruments whose words have an open licence; adding one here needs a source for that."""
JIAN = (SHIPPED / "jian.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", shipped())
def test_an_example_of_every_score_comes_out_right(name: str):
    assert faults(load_instrument(name)) == ()


def test_words_ship_only_where_their_licence_is_open():
    assert {name for name in shipped() if load_instrument(name).available} == OPEN


def test_the_flow_scale_keeps_its_licence_in_a_folder_of_its_own():
    fks = load_instrument("fks")
    licence = (SHIPPED / "fks/LICENSE.md").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in fks.licence.name
    assert "creativecommons.org/licenses/by-sa/4.0" in licence
    assert "fks.yml" in (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert not (SHIPPED / "fks.yml").exists()
    assert fks.in_language("de").items["fks-6"] == "Ich bin ganz vertieft in das, was ich gerade mache."
    assert fks.in_language("en").anchors["fks-6"][7.0] == "true"


def test_the_table_in_the_docs_is_that_of_the_files():
    docs = (ROOT / "docs/instruments.md").read_text(encoding="utf-8")
    assert overview() in docs


def test_missing_words_are_refused_with_the_way_to_supply_them():
    with pytest.raises(BadInput) as caught:
        load_instrument("toast").in_language("de")
    assert "has no texts in 'de'" in str(caught.value)
    assert "studies instrument template toast de" in caught.value.remedy


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path):
    with pytest.raises(BadInput, match=r"no instrument 'tosat'.*has no tosat\.yml") as caught:
        load_instrument("tosat", texts=tmp_path)
    assert caught.value.remedy.startswith("Did you mean `toast`? Shipped are ati,")
    with pytest.raises(BadInput, match="no folder"):
        load_instrument("toast", texts=tmp_path / "none")


def test_a_labs_own_name_is_suggested_and_a_name_like_no_other_gets_no_suggestion(tmp_path: Path):
    (tmp_path / "warmth.yml").write_text("", encoding="utf-8")
    (tmp_path / "warmt.de.yml").write_text("", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_instrument("Warmht", texts=tmp_path)
    assert caught.value.remedy.startswith("Did you mean `warmth`? ")
    with pytest.raises(BadInput) as caught:
        load_instrument("qqq")
    assert caught.value.remedy.startswith("Shipped are ")


def filled(tmp_path: Path, name: str = "mdmt", language: str = "de") -> Path:
    """A template with every place filled in."""
    path = write_template(load_instrument(name), language, tmp_path)
    text = re.sub(r"FILL IN: item (\S+?)\"", r'Wort \1"', path.read_text(encoding="utf-8"))
    path.write_text(text.replace("FILL IN: ", ""), encoding="utf-8")
    return path


def test_a_filled_in_template_supplies_the_words(tmp_path: Path):
    filled(tmp_path)
    mdmt = load_instrument("mdmt", texts=tmp_path)
    assert mdmt.available == ("de",)
    words = mdmt.in_language("de")
    assert list(words.items) == list(mdmt.ids)
    assert words.items["capable-2"] == "Wort capable-2"
    assert words.anchors["capable-2"] == {0.0: "words at the low end", 7.0: "words at the high end"}
    assert words.does_not_apply == "Passt nicht"
    assert words.heading == "a title that does not say what is measured, or remove this line"


def test_a_labs_words_take_the_place_of_shipped_ones(tmp_path: Path):
    filled(tmp_path, "fks", "en")
    fks = load_instrument("fks", texts=tmp_path)
    assert fks.in_language("en").items["fks-1"] == "Wort fks-1"
    assert fks.in_language("de").items["fks-1"] == "Ich fühle mich optimal beansprucht."


def test_a_template_is_never_written_over(tmp_path: Path):
    path = filled(tmp_path)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="is there already"):
        write_template(load_instrument("mdmt"), "de", tmp_path)
    assert path.read_bytes() == before


def test_an_untouched_template_is_refused_at_every_place_left_open(tmp_path: Path):
    write_template(load_instrument("nasa-tlx"), "de", tmp_path)
    with pytest.raises(BadFile) as caught:
        load_instrument("nasa-tlx", texts=tmp_path)
    lines = str(caught.value).split("\n")
    assert len(lines) == 4 + 2 + 6
    assert re.search(
        r"nasa-tlx\.de\.yml:15:11: items\.mental: it still says 'FILL IN'; write", str(caught.value)
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('version: "1"', 'version: "0"', r":5:10: version: the texts are for version '0'"),
        (
            "language: de",
            "language: en",
            r":6:11: language: 'en' is not the language in the name mdmt\.de\.yml",
        ),
        ("instrument: mdmt", "instrument: jian", r":4:13: instrument: it is not 'mdmt'"),
        ("  capable-2:", "  capable-9:", r"items\.capable-9: there is no item 'capable-9'"),
        ("  capable-2:", "  capable-9:", r"items: item 'capable-2' has no words"),
        ("  7: ", "  8: ", r"anchors: 8 is no point of the scale"),
    ],
)
def test_words_that_do_not_fit_the_key_are_named_with_their_place(
    tmp_path: Path, old: str, new: str, said: str
):
    path = filled(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadFile, match=said):
        load_instrument("mdmt", texts=tmp_path)


def test_a_labs_own_instrument_comes_before_a_shipped_one(tmp_path: Path):
    own = JIAN.replace('version: "1"', 'version: "lab"')
    (tmp_path / "jian.yml").write_text(own, encoding="utf-8")
    assert load_instrument("jian", texts=tmp_path).version == "lab"
    assert load_instrument("jian").version == "1"
    (tmp_path / "other.yml").write_text(own, encoding="utf-8")
    with pytest.raises(BadFile, match=r"other\.yml:2:5: id: the id is 'jian' in a file named other\.yml"):
        load_file(tmp_path / "other.yml")


BROKEN = [
    (
        "subscale: trust}\n  - {id: jian-7",
        "subscale: trsut}\n  - {id: jian-7",
        r"there is no subscale 'trsut'",
    ),
    ("id: jian-2,", "id: jian-1,", r"items\[1\]: 'jian-1' stands here twice"),
    ("scale: {low: 1, high: 7}", "scale: {low: 7, high: 1}", r"scale\.high: high 1 is not above low 7"),
    (
        "scale: {low: 1, high: 7}",
        "scale: {low: 1, high: 7, step: 4}",
        r"scale\.step: the steps do not end at",
    ),
    ("scale: {low: 1, high: 7}\n", "", r"it has no scale to be answered on"),
    ("no_total:", "note:", r"must have a total or say why it has none"),
    ("texts_shipped: false", "texts_shipped: true", r"texts_shipped: it says that texts are here"),
    ("text: supply text", "text: {en: a}", r"items\[1\]\.text: some items have their text and some not"),
    ("missing: {share: 0.2", "missing: {most: 1, share: 0.2", r"missing: the rule needs one measure"),
    ("title: Distrust", "title: Distrust, rule: weighted", r"the rule is 'weighted'; write `weights:`"),
    ("title: Distrust", "title: Distrust, of: [hope]", r"of\[0\]: 'hope' is no other subscale"),
    ("jian-12: 7", "jian-12: 9", r"9 is no point of its scale \(1 to 7\)"),
    ("jian-12: 7", "jian-99: 7", r"there is no item 'jian-99'"),
    (
        "source: worked by hand",
        "kind: published\n    source: worked by hand",
        r"source: a published example names",
    ),
    ("distrust: 2.0", "mistrust: 2.0", r"there is no score 'mistrust'"),
    ("kind: scale", "kind: open", r"kind: 'open' is not scored"),
    ("kind: scale", "kind: test", r"item 'jian-1' has no right answer"),
    (
        "subscale: distrust}",
        "subscale: distrust, check: {kind: attention, expected: 9}}",
        r"is no point of its",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_a_mistake_in_a_file_is_named_with_line_and_column(tmp_path: Path, old: str, new: str, said: str):
    assert old in JIAN
    path = tmp_path / "jian.yml"
    path.write_text(JIAN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        load_file(path)
    assert re.search(rf"jian\.yml:\d+:\d+: .*{said}", str(caught.value)), str(caught.value)


def test_a_wrong_key_is_caught_by_its_example(tmp_path: Path):
    path = tmp_path / "jian.yml"
    path.write_text(JIAN.replace("id: jian-1,", "id: jian-1, reversed: true,"), encoding="utf-8")
    assert faults(load_file(path)) == ("example 1 (worked by hand): distrust should be 2, the key gives 3.2",)


def test_a_score_without_an_example_is_a_fault(tmp_path: Path):
    path = tmp_path / "jian.yml"
    path.write_text(
        JIAN.replace("scores: {distrust: 2.0, trust: 6.0}", "scores: {trust: 6.0}"), encoding="utf-8"
    )
    assert faults(load_file(path)) == ("no example gives score 'distrust'",)


def test_only_a_published_example_settles_that_none_is_published(tmp_path: Path):
    note = "its examples are worked by hand, none is published"
    assert note in open_points(load_instrument("jian"))
    path = tmp_path / "jian.yml"
    out = JIAN.replace("source: worked by hand", "kind: published\n    source: Smith (2020), table 2")
    path.write_text(out, encoding="utf-8")
    assert note not in open_points(load_file(path))
    assert note not in open_points(load_instrument("tia"))


@pytest.mark.parametrize("name", shipped())
def test_a_published_example_names_where_it_stands(name: str):
    published = [one for one in load_instrument(name).examples if one.kind == "published"]
    assert all(re.search(r"\(\d{4}\)|/|doi:", one.source) for one in published)
