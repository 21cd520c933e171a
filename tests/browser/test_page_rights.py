"""What a participant may decide: purposes apart, taken back at any time, a language, one tab, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import join, tab_to, to_task, until
from tests.browser.stub_host import StubSession
from tests.browser.test_page_flow import to_check, to_questions

pytestmark = pytest.mark.browser

TABLES = """async () => {
  const [{ en }, { de }] = await Promise.all(
    ["en", "de"].map((language) => import(`/static/js/words.${language}.js`)));
  const text = (value) => (typeof value === "function" ? `function ${value.length} ${value}` : value);
  const flat = (table, path = "") => Object.entries(table).flatMap(([key, value]) =>
    value && typeof value === "object" ? flat(value, `${path}${key}.`) : [[`${path}${key}`, text(value)]]);
  return { en: Object.fromEntries(flat(en)), de: Object.fromEntries(flat(de)) };
}"""
SHARING = "My answers, under a code, may be given to other researchers."


@pytest.fixture
def stub(make_stub: Callable[..., Any]) -> Any:
    return make_stub(flow=True, baseline_s=0.3)


def only(stub: Any) -> StubSession:
    (session,) = stub[1].sessions.values()
    return session  # type: ignore[no-any-return]


def rights(page: Page) -> Locator:
    page.get_by_role("button", name="Your rights").click()
    dialog = page.get_by_role("dialog", name="Your rights")
    expect(dialog).to_be_visible()
    return dialog


@pytest.mark.parametrize("wanted", [True, False])
def test_each_purpose_is_decided_apart_and_none_is_ticked_beforehand(
    stub: Any, browser_page: Callable[..., Page], wanted: bool
) -> None:
    page = browser_page()
    join(page, stub[0].url)
    for box in page.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()
    page.locator("#consent-participation").check()
    page.get_by_label(SHARING).set_checked(wanted)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#device-check")).to_be_visible()
    (sent,) = only(stub).of_type("consent")
    assert (sent["participation"], sent["camera"], sent["purposes"]) == (True, False, {"sharing": wanted})


def test_who_does_not_take_part_agrees_to_nothing_else(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    join(page, stub[0].url)
    page.get_by_label(SHARING).check()
    page.get_by_role("button", name="I do not want to take part").click()
    expect(page.locator("#ended")).to_be_visible()
    (sent,) = only(stub).of_type("consent")
    assert sent["purposes"] == {"sharing": False}
    expect(page.locator("#completion")).to_be_hidden()


def test_copies_contact_and_purposes_stand_in_the_rights_on_every_page(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_check(page, stub, camera=True)
    dialog = rights(page)
    copy = dialog.get_by_role("link", name="The text about taking part")
    expect(copy).to_have_attribute("href", "/p/stub-code-1/consent")
    data = dialog.get_by_role("link", name="Your own data")
    expect(data).to_have_attribute("href", "/p/stub-code-1/data")
    expect(data).to_have_attribute("download", "")
    expect(dialog).to_contain_text("study@example.org")
    expect(dialog.locator('[data-purpose="participation"]')).to_contain_text("Taking part (agreed)")
    expect(dialog.locator('[data-purpose="sharing"]')).to_contain_text("(not agreed)")
    expect(dialog.get_by_role("button", name=f"Withdraw: {SHARING}")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Your rights")).to_be_focused()


def test_consent_is_taken_back_by_purpose_after_one_question(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_check(page, stub, camera=True)
    dialog = rights(page)
    dialog.get_by_role("button", name="Withdraw: Camera").click()
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    dialog.get_by_role("button", name="Keep it").click()
    assert only(stub).of_type("withdraw") == []
    dialog.get_by_role("button", name="Withdraw: Camera").click()
    dialog.get_by_role("button", name="Withdraw", exact=True).click()
    expect(dialog.locator('[data-purpose="camera"]')).to_contain_text("(not agreed)")
    assert [one["purpose"] for one in only(stub).of_type("withdraw")] == ["camera"]
    expect(dialog.get_by_role("heading", name="Your rights")).to_be_focused()


def test_the_camera_goes_out_at_once_even_without_a_line(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    stub = make_stub(baseline_s=0.3)
    page = browser_page()
    to_task(page, stub[0].url, camera=True)
    expect(page.locator("#sensing-text")).to_have_text("Camera on")
    stub[0].stop()
    dialog = rights(page)
    dialog.get_by_role("button", name="Withdraw: Camera").click()
    dialog.get_by_role("button", name="Withdraw", exact=True).click()
    until(
        page,
        lambda: page.evaluate("window.cameraTracks.every((track) => track.readyState === 'ended')"),
        "the light is out",
        timeout_s=1.0,
    )
    expect(dialog.locator('[data-purpose="camera"]')).to_contain_text("is being withdrawn")
    stub[0].start()
    until(page, lambda: len(only(stub).of_type("withdraw")) == 1, "it is told once the line is back")
    expect(dialog.locator('[data-purpose="camera"]')).to_contain_text("(not agreed)")


def test_taking_part_can_be_withdrawn_in_the_middle_of_a_questionnaire(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    dialog = rights(page)
    dialog.get_by_role("button", name="Withdraw: Taking part").click()
    expect(dialog).to_contain_text("The session ends, and nothing more is recorded.")
    dialog.get_by_role("button", name="Withdraw", exact=True).click()
    expect(page.locator("#ended")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


def test_stopping_is_in_the_rights_and_asks_once(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_questions(page, stub)
    rights(page).get_by_role("button", name="Stop now").click()
    ask = page.get_by_role("dialog", name="End the session now?")
    expect(ask).to_be_visible()
    ask.get_by_role("button", name="End now").click()
    expect(page.locator("#ended")).to_be_visible()


def test_the_rights_can_be_used_with_the_keyboard_alone(stub: Any, browser_page: Callable[..., Page]) -> None:
    page = browser_page()
    to_questions(page, stub)
    page.keyboard.press("Shift+Tab")
    tab_to(page, "#rights-open")
    page.keyboard.press("Enter")
    tab_to(page, '[data-purpose="participation"] button')
    page.keyboard.press("Enter")
    tab_to(page, "#rights-yes")
    page.keyboard.press("Enter")
    expect(page.locator("#ended")).to_be_visible()


def test_the_code_at_the_end_can_be_copied_and_leads_back(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    page.get_by_role("button", name="End now").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.locator("#completion-code")).to_have_text("TX7Q2")
    link = page.get_by_role("link", name="Back to the page that sent you here")
    expect(link).to_have_attribute("href", "https://example.org/done?cc=TX7Q2")
    page.get_by_role("button", name="Copy the code").click()
    expect(page.locator("#completion-copied")).not_to_be_empty()
    copied = page.locator("#completion-copied").inner_text() == "Copied."
    assert copied or page.evaluate("getSelection().toString().trim()") == "TX7Q2"


def test_a_language_is_chosen_before_anything_is_agreed_to(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    join(page, stub[0].url)
    page.get_by_label(SHARING).check()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Eine Studie zum Lernen mit einem Tutor")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("button", name="Deutsch")).to_be_focused()
    expect(page.get_by_role("button", name="Beginnen")).to_be_visible()
    expect(page.locator("#consent-points li").first).to_contain_text("Die Teilnahme ist freiwillig")
    expect(page.get_by_label("Meine Antworten dürfen")).to_be_checked()
    assert page.title() == "Sitzung mit dem Tutor"
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert [one["language"] for one in only(stub).of_type("language")] == ["de", "en"]


def test_a_study_in_one_language_offers_no_choice(
    make_stub: Callable[..., Any], browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    join(page, make_stub()[0].url)
    expect(page.locator("#languages")).to_be_hidden()


def test_what_the_study_has_to_say_on_a_return_is_shown_until_it_is_closed(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    only(stub).notice = "Welcome back. The part you were in begins anew."
    page.reload()
    notice = page.locator("#notice-text")
    expect(notice).to_have_text("Welcome back. The part you were in begins anew.")
    expect(notice).to_have_role("status")
    page.locator("#notice-close").click()
    expect(notice).to_be_empty()
    page.reload()
    expect(page.locator("#questions")).to_be_visible()
    expect(notice).to_be_empty()


def second_tab(page: Page, browser_page: Callable[..., Page]) -> Page:
    second = browser_page()
    second.goto(page.url)
    expect(second.get_by_role("heading", name="Your session is open in another tab")).to_be_focused()
    return second


def test_a_second_tab_is_refused_kindly_and_the_first_goes_on(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    second = second_tab(page, browser_page)
    expect(second.locator("#foot")).to_be_hidden()
    expect(second.get_by_role("alert")).to_be_empty()
    page.locator('[data-item="machines"] input[value="3"]').check()
    until(page, lambda: len(only(stub).of_type("answer")) == 1, "the first page still works")


def test_the_session_moves_when_it_is_wanted_in_the_second_tab(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    to_questions(page, stub)
    page.locator('[data-item="machines"] input[value="3"]').check()
    page.locator('[data-item="remarks"] textarea').press_sequentially("on my way")
    page.wait_for_timeout(900)
    second = second_tab(page, browser_page)
    second.get_by_role("button", name="Use it here instead").click()
    expect(second.locator('[data-item="machines"] input[value="3"]')).to_be_checked()
    expect(second.locator('[data-item="remarks"] textarea')).to_have_value("on my way")
    expect(page.get_by_role("heading", name="Your session goes on in another tab")).to_be_focused()
    expect(page.locator("#connection")).to_be_empty()
    second.locator('[data-item="machines"] input[value="4"]').check()
    until(second, lambda: only(stub).of_type("answer")[-1]["value"] == 4, "the second page works")
    # And back again.
    page.get_by_role("button", name="Use it here instead").click()
    expect(page.locator('[data-item="machines"] input[value="4"]')).to_be_checked()
    expect(second.get_by_role("heading", name="Your session goes on in another tab")).to_be_visible()


def test_both_tables_of_words_have_one_shape_and_no_text_is_the_same_by_oversight(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    page.goto(stub[0].url + "/nowhere")
    tables = page.evaluate(TABLES)
    assert list(tables["en"]) == list(tables["de"])
    for key, text in tables["en"].items():
        other = tables["de"][key]
        assert text.startswith("function") == other.startswith("function"), key
        if text.startswith("function"):
            assert text.split()[1] == other.split()[1], f"{key} takes other arguments"
    # Words that are the same in both languages, or made of numbers alone.
    alike = {"static.tutor", "tutor", "checks.names.browser", "ratedOf"}
    assert {key for key, text in tables["en"].items() if tables["de"][key] == text} <= alike


@pytest.mark.parametrize(
    ("address", "accept", "language"),
    [
        ("/nowhere", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("/nowhere", "fr,en;q=0.5", "en"),
        ("/nowhere?lang=de", "en", "de"),
        ("/nowhere?lang=tlh", "de", "de"),
    ],
)
def test_a_small_page_speaks_the_language_of_its_reader(
    stub: Any, browser_page: Callable[..., Page], address: str, accept: str, language: str
) -> None:
    page = browser_page()
    page.set_extra_http_headers({"Accept-Language": accept})
    page.goto(stub[0].url + address)
    expect(page.get_by_role("heading")).to_have_text(
        {"en": "There is nothing here", "de": "Hier ist nichts"}[language]
    )
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_a_link_that_is_not_known_is_told_in_the_language_of_the_address(
    stub: Any, browser_page: Callable[..., Page]
) -> None:
    page = browser_page()
    page.goto(stub[0].url + "/p/unknown?lang=de")
    expect(page.get_by_role("heading")).to_have_text("Dieser Link ist nicht bekannt")
    expect(page.get_by_role("button", name="Noch einmal versuchen")).to_be_visible()
