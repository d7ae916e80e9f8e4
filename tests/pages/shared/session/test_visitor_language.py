"""The visitor's language: from the address, the visit or the browser, and kept from page to page."""

import html
import json
import threading
from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from pages.shared.frame import frame
from pages.shared.session import caches, visitor_language
from sota_core.language import N_, current, tr, use
from tests.pages.conftest import turn

Visit = Callable[..., AppTest]
assert frame.visitor_language is visitor_language  # the frame lets sota_core ask it


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """browser(tag): set the language that the visitor's browser reports."""

    def says(tag: str | None) -> None:
        monkeypatch.setattr(type(st.context), "locale", property(lambda self: tag))

    return says


def title(app: AppTest) -> str:
    return app.title[0].value


def test_the_address_says_the_language(visit: Visit) -> None:
    assert title(visit("normalization", lang="de")) == "Normalisierung"
    assert title(visit("normalization")) == "Normalization"


def test_the_browser_says_it_where_the_address_does_not(visit: Visit, browser) -> None:
    browser("de-AT")
    app = visit("normalization")
    assert title(app) == "Normalisierung" and "lang" not in app.query_params
    assert title(visit("normalization", lang="en")) == "Normalization"


@pytest.mark.parametrize("junk", ["xx", "", "DE; DROP", "../de", "d" * 5000])
def test_junk_is_english_and_leaves_the_address(visit: Visit, junk: str) -> None:
    app = visit("normalization", lang=junk)
    assert title(app) == "Normalization" and not app.query_params.get("lang")


def test_what_was_chosen_goes_along_and_back(visit: Visit) -> None:
    app = visit("normalization")
    (other,) = app.sidebar.button
    assert other.label == "Deutsch"
    other.click().run()
    assert title(app) == "Normalisierung" and app.query_params["lang"] == "de"
    app.query_params.clear()  # as the menu's links do
    with use("de"):  # AppTest formats options again, outside the session
        turn(app, "tta").run()
        assert app.query_params["lang"] == "de"
        (other,) = app.sidebar.button
        assert other.label == "English"
        other.click().run()
    assert app.query_params["lang"] == "en" and title(app) == "Test-time augmentation"


def test_what_was_chosen_is_spoken_again_on_the_next_visit(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("normalization", lang="de")
    assert not [c for c in app.get("html") if "sota_lang" in c.proto.body], "following a link must not set the cookie"
    app = visit("normalization")
    app.sidebar.button[0].click().run()
    (kept,) = [c.proto.body for c in app.get("html") if "sota_lang" in c.proto.body]
    assert f'["sota_lang", "de", {365 * 24 * 3600}, ' in html.unescape(kept)

    monkeypatch.setattr(ContextProxy, "cookies", {"sota_lang": "de"})
    monkeypatch.setattr(ContextProxy, "url", "http://lab/normalization")
    app = visit("normalization")
    assert title(app) == "Normalisierung" and "lang" not in app.query_params
    monkeypatch.setattr(ContextProxy, "url", "http://lab/tta")
    with use("de"):
        assert turn(app, "tta").run().query_params["lang"] == "de"
    assert title(visit("normalization", lang="en")) == "Normalization"


def test_the_page_says_its_language_to_the_browser(visit: Visit) -> None:
    app = visit("normalization", lang="de")
    (sent,) = [c.proto.body for c in app.get("html") if c.proto.body.startswith("<script")]
    assert sent.startswith('<script data-lang="de" data-stepless="lang _own .own">')


def test_links_within_a_page_carry_what_was_chosen_and_nothing_else(visit: Visit, browser) -> None:
    app = visit("mixup", lang="de")
    links = [link.proto.query_string for link in app.main.get("page_link")]
    assert links and all("lang=de" in query.split("&") for query in links)
    browser("de")
    app = visit("mixup")
    assert not any("lang=" in link.proto.query_string for link in app.main.get("page_link"))


def test_numbers_of_a_chart_are_written_as_the_language_writes_them(visit: Visit) -> None:
    def config(**address: str) -> dict:
        return json.loads(visit("compare", runs="notes/mixup", **address).get("vega_lite_chart")[0].proto.spec)

    german, english = config(lang="de")["config"], config()["config"]
    assert german.pop("locale")["number"] == {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", ""]}
    assert german == english


def script_with_a_callback_a_fragment_and_a_thread() -> None:  # run as a file of its own, so it imports what it uses
    import threading as threads

    import streamlit as st
    from streamlit.runtime.scriptrunner import add_script_run_ctx

    from pages.shared.session.visitor_language import carried
    from sota_core.language import tr as said

    carried()

    def note() -> None:
        st.session_state.heard = said("Unpacking")

    def aside() -> None:
        told.append(said("Unpacking"))

    told: list[str] = []
    thread = threads.Thread(target=aside)
    add_script_run_ctx(thread)
    thread.start()
    thread.join()
    st.button("press", on_click=note)
    st.fragment(lambda: st.caption(said("Unpacking")))()
    st.caption(told[0])
    st.caption(st.session_state.get("heard", ""))


def test_callbacks_fragments_and_threads_speak_it_too() -> None:
    german, english = (AppTest.from_function(script_with_a_callback_a_fragment_and_a_thread) for _ in range(2))
    german.query_params["lang"] = "de"
    german.run()
    english.run().button[0].click().run()
    german.button[0].click().run()
    assert [c.value for c in german.caption] == ["Entpacken"] * 3
    assert [c.value for c in english.caption] == ["Unpacking"] * 3


@pytest.mark.parametrize("cache", [caches.cache_data, caches.cache_resource])
def test_a_cache_keeps_words_by_language_and_anything_else_once(cache) -> None:
    asked: list[str] = []

    @cache(max_entries=4)
    def words(_secret: str, name: str) -> str:
        asked.append(current())
        return f"{tr('Unpacking')} {name}"

    @cache(max_entries=4, show_spinner=N_("Unpacking"), holds_words=False)
    def numbers(n: int) -> int:
        asked.append("number")
        return n

    for _ in range(2):
        assert words("x", "a") == words("y", name="a") == "Unpacking a" and numbers(3) == 3
        with use("de"):
            assert words("x", "a") == "Entpacken a" and words("x", "b") == "Entpacken b" and numbers(3) == 3
    assert asked == ["en", "number", "de", "de"]
    words.clear()
    assert words("x", "a") == "Unpacking a" and asked[-1] == "en"


def test_a_thread_without_a_session_speaks_english() -> None:
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(tr("Unpacking")))
    thread.start()
    thread.join()
    assert said == ["Unpacking"] and visitor_language.of_session() is None


@pytest.mark.long
@pytest.mark.parametrize("page", ["mixup", "label_smoothing", "train"])
def test_another_language_moves_no_control(page: str, visit: Visit) -> None:
    def values() -> dict:
        kinds = ("selectbox", "button_group", "select_slider", "slider", "toggle", "number_input", "text_input")
        return {control.key: control.value for kind in kinds for control in app.get(kind)}  # type: ignore[attr-defined]

    app = visit(page)
    for kind in ("selectbox", "select_slider"):
        for control in app.get(kind):
            if control.key not in ("address.source", "lab.source"):
                control.set_value(control.options[-1])  # type: ignore[attr-defined]
    app.run()
    before = values()
    app.button(key="language.de").click().run()
    assert not app.exception and values() == before and len(before) > 4
