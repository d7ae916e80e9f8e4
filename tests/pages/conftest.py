"""Opens the whole app in AppTest, in place of a visitor's browser, with a home of its own for each test."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block
from streamlit.util import calc_hash

from pages.shared.session import site
from sota_core import paths
from sota_core import settings as environment
from sota_core.recipes import PRESETS, Phase, Recipe
from sota_core.runs.dispatch.lock import take_file
from sota_core.runs.store.store import Store
from tests.databases import migrated
from tests.pages import live

ROOT = paths.ROOT


@pytest.fixture(scope="session", autouse=True)
def installed_packages_are_looked_through_once() -> Iterator[None]:
    """Every new AppTest searches all installed packages for components, which takes 0.17 s: let it do so once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """SOTA_HOME and SOTA_DATA_DIR for this test alone: pages see nothing of this machine and leave nothing behind.

    The test holds the dispatcher's lock, so a page starts none, and what is queued stays queued.
    """
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SOTA_LOCAL_ROOTS", raising=False)
    monkeypatch.delenv("SOTA_DB_URL", raising=False)
    migrated(tmp_path / "home" / "runs.db")
    held = take_file(environment.load())
    assert held is not None
    yield tmp_path / "home"
    os.close(held)


@pytest.fixture
def made_outside(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str | bytes]:
    """made_outside(name): the content of the file of this name that a page offers, made as Streamlit makes it, in a
    thread without a session.
    """
    asked: dict[str, Callable[[], str | bytes]] = {}
    add = MediaFileManager.add_deferred

    def add_and_keep(self, data_callable, mimetype, coordinates, file_name=None, **more):
        asked[str(file_name)] = data_callable
        return add(self, data_callable, mimetype, coordinates, file_name, **more)

    monkeypatch.setattr(MediaFileManager, "add_deferred", add_and_keep)

    def make(name: str) -> str | bytes:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asked[name]).result()

    return make


@pytest.fixture
def store(home: Path) -> Store:
    return Store(environment.load())


@pytest.fixture
def visit(home: Path) -> Callable[..., AppTest]:
    """visit(page, **address): open this page with these parameters (`__` stands for a dot), and check that nothing was
    raised.
    """

    def visit(page: str = "overview", **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
        turn(app, page)
        for name, value in address.items():
            app.query_params[name.replace("__", ".")] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return visit


def turn(app: AppTest, page: str) -> AppTest:
    """Go to another page. AppTest's own switch_page knows only pages that are files; ours are functions."""
    app._page_hash = calc_hash(site.path(page))
    return app


@pytest.fixture
def tiny() -> Recipe:
    return PRESETS["normalize"].replace(
        source="sample", phases=(Phase(size=32, bs=16, n_epochs=3),), arch="xresnet18", width=0.25, split="official"
    )


def codes(app: AppTest | Block) -> list[str]:
    """The texts of the code blocks, in the order of the page."""
    found = [json.loads(component.proto.json) for component in app.get("bidi_component") if component.proto.json]
    blocks = [block for data in found for block in data.get("blocks", [])]
    return ["".join(text for _, text in tokens) for _, tokens in blocks]


def texts(app: AppTest) -> str:
    """All text that can be read on the page."""
    parts = [*app.markdown, *app.caption, *app.title, *app.header, *app.subheader, *app.warning, *app.error]
    return "\n".join([*(str(part.value) for part in parts), *codes(app), *live.places(app)])
