"""What pages read, read once and shared: settings, store, throughput, a run's events, data sets and pictures.

Every cache is bounded and holds values nobody changes. A run's events are folded once for all its viewers.
"""

import logging
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.shared.session import trouble
from sota_core import settings as environment
from sota_core.analysis.series import Series, fold
from sota_core.errors import RunError, StoreAwayError
from sota_core.language import tr
from sota_core.recipes import Recipe, Throughput
from sota_core.recipes.draft import Pictures, cost_s
from sota_core.recipes.duration import Duration, Past, expect
from sota_core.runs.past import past
from sota_core.runs.run import Run
from sota_core.runs.store import reuse
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.train.throughput import load_throughput

log = logging.getLogger(__name__)

FRESH_S = 0.5  # viewers who look within this time share one reading
ENDED_FRESH_S = 10.0
MOST_KEPT = 64  # readings of runs


def settings() -> Settings:
    return environment.load()


def store() -> Store:
    """Raises
    StoreAwayError  it cannot be opened, or has failed a moment ago; the server's log says more.
    """
    of = settings()
    trouble.require_rested(of.db_url)
    try:
        return _store(of)
    except (RunError, OSError) as bad:  # a network's disk, a newer version, a folder that cannot be made
        log.error("the run store cannot be opened", exc_info=bad)
        raise StoreAwayError("The run store cannot be opened.") from bad
    except Exception as bad:
        away = trouble.rest(of.db_url, bad)
        if away is None:
            raise
        raise away from bad


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Settings: repr})
def _store(of: Settings) -> Store:
    return Store(of)


def close_store() -> None:
    """Before this process is forked: connections are one process's own. Whoever asks next opens the store again."""
    with suppress(StoreAwayError):
        store().close()
    _store.clear()


def throughput() -> Throughput:
    return _throughput(settings())


@st.cache_data(ttl=5.0, max_entries=4, show_spinner=False, hash_funcs={Settings: repr})
def _throughput(of: Settings) -> Throughput:
    return load_throughput(of)


def expected(recipe: Recipe, pictures: Pictures) -> Duration:
    """What a run will take here, part by part, judged by past runs; without a store, by the throughput alone."""
    return expect(recipe, throughput(), _past(settings()), n_train=pictures.n_train, n_valid=pictures.n_valid)


def times_fitted(cost: Duration, recipe: Recipe, pictures: Pictures) -> float | None:
    """How many times as long a run takes as by the throughput that recipes are fitted with; None below twice.

    cost  as from `expected`
    """
    longer = cost.fit / cost_s(recipe, pictures, throughput())
    return longer if longer >= 2 else None


def device(recipe: Recipe | None = None) -> str:
    """The device an estimate is for, in words; with past runs on it, its speed is not assumed any more.

    recipe  one that may name the CPU on a machine with a card; default: the machine's measured device
    """
    known = throughput()
    is_elsewhere = recipe is not None and known.is_elsewhere(recipe)
    known = known.of(recipe) if recipe is not None else known
    if known.is_assumed and any(throughput().is_elsewhere(one.recipe) == is_elsewhere for one in _past(settings())):
        return tr("two CPU cores (speed from its last runs)")
    return tr(known.device)


@st.cache_data(ttl=10.0, max_entries=4, show_spinner=False, hash_funcs={Settings: repr})
def _past(of: Settings) -> list[Past]:
    try:
        return past(store())
    except StoreAwayError:
        return []


def pictures_now(source: str) -> str | None:
    """The fingerprint of a data set as it lies here now; None where it does not."""
    return _pictures_now(source, settings())


@st.cache_data(ttl=30.0, max_entries=32, show_spinner=False, hash_funcs={Settings: repr})
def _pictures_now(source: str, of: Settings) -> str | None:
    return reuse.pictures_now(source, of)


@dataclass(frozen=True, slots=True)
class Watched:
    """A run, and everything it has said so far."""

    run: Run
    series: Series


class Feeds:
    """The latest reading of each run that somebody looks at; at most MOST_KEPT of them are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[float, int, Watched]] = OrderedDict()

    def read(self, of: Store, run_id: str) -> Watched:
        """Raises
        UnknownRunError  no run has this id.
        """
        key = (of.url, run_id)
        with self._lock:
            kept = self._kept.get(key)
        now = time.monotonic()
        # What has ended does not change any more, but it can be removed.
        if kept and now - kept[0] < (ENDED_FRESH_S if kept[2].run.is_terminal else FRESH_S):
            return kept[2]
        cursor, series = (kept[1], kept[2].series) if kept else (0, Series())
        # Two threads may read at once: both fold onto the same immutable Series, and either result is right.
        news = of.log.snapshot(run_id, after=cursor)
        watched = Watched(news.run, fold(series, news.events))
        with self._lock:
            self._kept[key] = (now, news.cursor, watched)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return watched


@st.cache_resource(show_spinner=False)
def feeds() -> Feeds:
    return Feeds()


def watch(run_id: str) -> Watched:
    """Raises
    UnknownRunError  no run has this id.
    """
    return feeds().read(store(), run_id)


@st.cache_data(ttl=2.0, max_entries=32, show_spinner=False)
def latest_runs(url: str, limit: int) -> list[Run]:
    return store().history.latest(limit)


@st.cache_data(max_entries=8, show_spinner=False)
def drawn(names: tuple[tuple[str, str, int], ...]) -> list[np.ndarray]:
    """Pictures of the embedded set, drawn afresh: (class, part, index) each. No disk, some 4 ms a picture."""
    from sota_core.data.sample import sample

    return [sample.draw(*name) for name in names]
