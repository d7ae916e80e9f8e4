"""A visitor's browser without a browser: AppTest on the whole app, with a home of its own for each test."""

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
    """Every new AppTest asks each installed package whether it brings components, 0.17 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """SOTA_HOME and SOTA_DATA_DIR of this test alone: nothing of the machine is seen, nothing left behind.

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
    """made_outside(name): what the file of this name holds that a page has offered, made as Streamlit makes it, by a
    thread that belongs to no session."""
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
    """visit(page, **address) opens the page of this name and address, and insists that nothing was raised."""

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
    """Go to another page. AppTest's own switch_page knows pages that are files only, ours are functions."""
    app._page_hash = calc_hash(site.path(page))
    return app


@pytest.fixture
def tiny() -> Recipe:
    return PRESETS["normalize"].replace(
        source="sample", phases=(Phase(size=32, bs=16, n_epochs=3),), arch="xresnet18", width=0.25, split="official"
    )


def codes(app: AppTest | Block) -> list[str]:
    """What stands in the blocks of code, in the order of the page."""
    found = [json.loads(component.proto.json) for component in app.get("bidi_component") if component.proto.json]
    blocks = [block for data in found for block in data.get("blocks", [])]
    return ["".join(text for _, text in tokens) for _, tokens in blocks]


def texts(app: AppTest) -> str:
    """All that can be read on the screen."""
    parts = [*app.markdown, *app.caption, *app.title, *app.subheader, *app.warning, *app.error]
    return "\n".join([*(str(part.value) for part in parts), *codes(app), *live.places(app)])
