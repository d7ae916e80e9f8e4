"""The operator's page: nothing without the token, not in the menu, and what it says is what the deployment does."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.site import free_port
from pages.parts.operator import now
from pages.shared.session import cards, counting, site
from sota_core.recipes import Recipe
from sota_core.runs.executors.card_readings import Reading
from sota_core.runs.store.store import Store
from sota_core.system.reruns import BUCKETS_S, Reruns
from tests.pages.conftest import codes, texts
from tests.runs.told import begin

TOKEN = "chalk and sponge"
Visit = Callable[..., AppTest]


@pytest.fixture
def operator(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", TOKEN)
    monkeypatch.setattr(counting, "_of_home", {})
    now._look.clear()
    now._failed.clear()

    def operator() -> AppTest:
        app = visit("operator")
        app.text_input(key="operator.entered").set_value(TOKEN)
        next(button for button in app.button if button.label == "Open the controls").click().run()
        assert not app.exception
        return app

    return operator


def test_without_a_token_of_the_server_it_says_so_and_asks_for_none(visit: Visit):
    app = visit("operator")
    assert "SOTA_OPERATOR_TOKEN" in app.info[0].value and not app.text_input and not app.header


def test_without_the_token_nothing_is_told(visit: Visit, monkeypatch: pytest.MonkeyPatch, store: Store, tiny: Recipe):
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", TOKEN)
    store.queue.submit(tiny, owner="ann")
    app = visit("operator")
    assert app.info[0].value == "This page opens with the operator's token."
    assert not app.header and not codes(app) and "waiting" not in texts(app)
    app.text_input(key="operator.entered").set_value("guessed")
    next(button for button in app.button if button.label == "Open the controls").click().run()
    assert not app.header and "not the token" in app.warning[0].value


def test_it_stands_in_no_menu():
    def listed() -> None:
        import streamlit as st

        from pages.shared.session import site

        for page in (page for pages in site.navigation().values() for page in pages):
            st.text(f"{page.url_path} {page.visibility}")

    shown = [line.value for line in AppTest.from_function(listed, default_timeout=240).run().text]
    assert "operator hidden" in shown and "mixup visible" in shown and site.OPERATOR not in site.PAGES


def test_it_says_what_runs_waits_and_failed_and_what_each_process_drew(
    operator: Callable[[], AppTest], store: Store, tiny: Recipe, home: Path, monkeypatch: pytest.MonkeyPatch
):
    broken = store.queue.submit(tiny.replace(seed=1), owner="ann")
    begin(store)
    store.transitions.fail(broken.id, 1, "error", "a <b>bold</b> | [claim](http://x.example)", "traceback")
    store.session.clock = lambda: time.time() - 7200
    for owner in ("bob", "cy"):
        store.queue.submit(tiny, owner=owner)
    begin(store)
    port = free_port()  # where no web process is at work now
    web = Reruns(home, port)
    web.add("mixup", 3.0)
    web.add("tta", 0.5, KeyError("a visitor's words"))
    card = Reading("GPU-1f", "NVIDIA *L4*", 512, 23034, 97, 61)
    monkeypatch.setattr(cards, "here", lambda: [card])
    (home / "logs").mkdir(exist_ok=True)
    (home / "logs" / "dispatcher.log").write_text("first\n" * 100 + "the last line\n")
    app = operator()
    said, plain = texts(app), texts(app).replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")
    assert "**1** waiting, the first since 2 hours; **1 of 1** slots taken." in said and "1 failed." in said
    assert "No dispatcher is at work" in said
    assert f"{port} | – |" in said and "| 2 | 1750 ms | 1 | 1" in said
    assert (
        "of disk are free" in said
        and "Runs that ended more than 365 days ago" in said
        and "own sets: " in said
        and " GB at most" in said
    )
    assert r"NVIDIA \*L4\*" in said and "0.5 of 22.5 GiB in use, 97 % busy, 61 °C" in plain
    assert f"tta | {port} | KeyError" in plain and "a visitor" not in said
    assert "sota-lab 0." in plain and "streamlit 1.67" in plain
    (log,) = codes(app)
    assert log.splitlines()[-1] == "the last line" and len(log.splitlines()) == now.N_LINES
    (link,) = [one for one in app.get("page_link") if broken.id in one.proto.label]
    assert r"\<b\>" in link.proto.label and r"\[claim\]" in link.proto.label


def test_it_is_in_english_throughout(operator: Callable[[], AppTest], store: Store, tiny: Recipe):
    store.session.clock = lambda: time.time() - 7200
    store.queue.submit(tiny, owner="bob")
    app = operator()
    app.query_params["lang"] = "de"
    said = texts(app.run())
    assert "**1** waiting, the first since 2 hours" in said and "GB of disk are free" in said
    assert "Runs that ended more than 365 days ago are deleted" in said


def test_what_the_token_opened_it_closes_again(operator: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch):
    app = operator()
    assert app.header
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", "another one now")
    app.run()
    assert not app.header and app.info


def test_a_second_is_one_of_the_bounds_that_are_counted():
    assert now.SLOW_S in BUCKETS_S
