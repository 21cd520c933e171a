"""What a participant may take along holds what is theirs, and nothing that could change the study."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.session.room import Room
from tests.studies.log_builders import header
from tutorbot.adapters.web.own import consent_page
from tutorbot.core.events import Attempt, Note
from tutorbot.errors import UnknownLink
from tutorbot.session.own_copy import data_copy


async def test_while_the_session_runs_the_tutor_s_side_is_held_back_and_comes_after_the_end(room: Room):
    await room.begin()
    await room.sort(right=False)
    code = room.session.header.link
    running = await room.sessions.data_copy(code)
    assert "condition" not in running
    assert "group" in running["note"]
    assert Attempt.table not in {row["table"] for row in running["rows"]}
    await room.send("end")
    whole = await room.sessions.data_copy(code)
    assert whole["condition"] == room.session.header.condition
    assert len(whole["rows"]) == len(room.rows)
    assert "note" not in whole
    assert code not in json.dumps(whole), "the secret link is not in it"


def test_what_an_experimenter_noted_waits_for_the_end():
    rows = (Note(at_s=1, text="seems tired", observer="E1", about_s=0.5),)
    assert data_copy(header(), rows, over=False)["rows"] == []
    assert data_copy(header(), rows, over=True)["rows"][0]["text"] == "seems tired"


async def test_the_consent_copy_shows_the_text_and_the_answers_and_runs_nothing(room: Room):
    await room.send("consent", participation=True, camera=False, version="1")
    copy = await room.sessions.consent_copy(room.session.header.link)
    assert [one["purpose"] for one in copy["answers"]] == ["camera", "participation"]
    copy["title"] = "<script>alert(1)</script>"
    page = consent_page(copy)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "agreed" in page


async def test_nobody_s_copy_is_made_up(room: Room):
    with pytest.raises(UnknownLink):
        await room.sessions.data_copy("nobody")


def test_a_german_session_explains_itself_in_german():
    copy = data_copy(replace(header(), language="de"), (), over=False)
    assert "Sitzung" in copy["note"]
