"""One look at the deployment, as the metrics have it (runs/dispatch/deployment.py), in tables; and its last errors."""

import importlib.metadata
import platform
import time
from collections.abc import Sequence

import streamlit as st

from pages.shared.components import code_block
from pages.shared.people import teacher
from pages.shared.session import cached, cards, site
from sota_core import __version__, words
from sota_core.errors import StoreAwayError
from sota_core.language import ENGLISH, use
from sota_core.runs.dispatch import deployment
from sota_core.runs.dispatch.deployment import Deployment, Web
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.settings import Settings
from sota_core.system.environment import log_folder, tail
from sota_core.system.reruns import BUCKETS_S

EVERY_S = 5.0
SLOW_S = 1.0  # drawings that took longer are counted separately
N_ERRORS, N_LINES = 10, 30
PACKAGES = ("streamlit", "torch", "fastai", "sqlalchemy", "onnxruntime")


def draw() -> None:
    """In English, as the log is: what other parts of the app put in, too."""
    with use(ENGLISH):
        _draw()


def _draw() -> None:
    if not teacher.is_operator():  # closed since the page was drawn, or the token is another one now
        st.rerun()
    look = _look(cached.settings())
    if look.trouble:
        st.error(look.trouble, icon=":material/cloud_off:")
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Runs", anchor=False)
        st.markdown("  \n".join(runs_in_words(look, time.time())))
    with right:
        st.header("Machine", anchor=False)
        st.markdown(f"{words.size_of(look.free_bytes)} of disk are free.")
        st.markdown(f":gray[:small[{_cleared()}]]")
        cards.draw()
    st.header("Web processes", anchor=False)
    _table(("port", "sessions", "memory", "drawn", "mean", f"over {SLOW_S:g} s", "errors"), map(web_row, look.web))
    st.markdown(
        ":gray[:small[Drawn: pages, and parts of pages that redraw themselves, since the process began; a process "
        "reports at most every five seconds. Every open tab is a session, even if nobody looks at it.]]"
    )
    _errors(look)
    with st.expander("The dispatcher's log", icon=":material/notes:"):
        text = tail(log_folder(cached.settings()) / "dispatcher.log", 8_000)
        lines = "\n".join(text.splitlines()[-N_LINES:]) or "empty"
        code_block.show(lines, key="code.dispatcher", language=None, label="The dispatcher's log", wraps=True)
    st.markdown(f":gray[:small[{versions()}]]")


@st.cache_data(ttl=2.0, max_entries=2, show_spinner=False, hash_funcs={Settings: repr})
def _look(of: Settings) -> Deployment:
    try:
        store = cached.store()
    except StoreAwayError:
        store = None
    return deployment.look(of, store)


def runs_in_words(look: Deployment, now: float) -> list[str]:
    """Queue, slots, states and dispatcher, a sentence each."""
    said = []
    if look.trouble is None:
        waits = look.runs.get(State.QUEUED, 0)
        since = f", the first since {words.about(look.oldest_s)}" if waits else ""
        said.append(f"**{waits}** waiting{since}; **{look.slots_used} of {look.slots}** slots taken.")
        ended = [f"{n:,} {state}" for state, n in look.runs.items() if state.is_terminal and n]
        said.append(f"{', '.join(ended) or 'none yet'}." if ended else "No run has ended yet.")
    if look.dispatcher is None and look.is_dispatched:
        said.append("The dispatcher is at work on another machine.")
    elif look.dispatcher is None:
        said.append("No dispatcher is at work: it ends when there is nothing to do, and the next run starts one.")
    else:
        age = words.about(max(0.0, now - look.dispatcher["started_at"]))
        said.append(f"The dispatcher (process {look.dispatcher['pid']}) has been at work for {age}.")
    return said


def web_row(web: Web) -> tuple[object, ...]:
    """One web process as cells of the table; a dash where a number is not known."""
    drawn = list(web.told.pages.values())
    n, seconds = sum(of.n for of in drawn), sum(of.seconds for of in drawn)
    slow = sum(sum(of.buckets[BUCKETS_S.index(SLOW_S) + 1 :]) for of in drawn)
    return (
        web.told.port,
        "–" if web.sessions is None else web.sessions,
        words.size_of(web.memory_bytes),
        words.count(n),
        f"{1e3 * seconds / n:.0f} ms" if n else "–",
        words.count(slow),
        words.count(web.told.n_errors),
    )


def _errors(look: Deployment) -> None:
    st.header("Last errors", anchor=False)
    met = sorted(((error, web.told.port) for web in look.web for error in web.told.errors), key=lambda one: -one[0].at)
    failed = [] if look.trouble else _failed(cached.settings().db_url)
    if not met and not failed:
        st.markdown(":gray[None.]")
        return
    if met:
        rows = [(_ago(error.at), error.page, port, error.text) for error, port in met[:N_ERRORS]]
        _table(("ago", "page", "port", "kind and place"), rows)
    for run in failed:
        said = words.markdown_safe((run.message or run.reason_text or str(run.state)).splitlines()[0][:160])
        label = f"{run.id} · {run.state}, {_ago(run.ended_at or run.created_at)} ago: {said}"
        site.link("train", label=label, query={"run": run.id})


@st.cache_data(ttl=2.0, max_entries=2, show_spinner=False)
def _failed(url: str) -> list[Run]:
    return cached.store().history.list_runs(states=[State.FAILED, State.LOST], limit=5)


def _ago(at: float) -> str:
    return words.about(max(0.0, time.time() - at))


def _cleared() -> str:
    own = cached.settings().own_sets
    sets = (
        f"Visitors' own sets: {own.gigabytes} GB at most, removed {words.plural(own.days, 'day')} after their last run"
    )
    return f"{teacher.kept_words()} {sets if own.most else 'Visitors make no sets of their own'}."


def _table(head: Sequence[str], rows) -> None:
    lines = [" | ".join(words.markdown_safe(cell) for cell in row) for row in rows]
    if not lines:
        st.markdown(":gray[No process has reported yet.]")
        return
    st.markdown("\n".join([" | ".join(head), "|".join(["---"] * len(head)), *lines]))


def versions() -> str:
    """What runs here, and on what."""
    found = [f"sota-lab {__version__}", f"Python {platform.python_version()}"]
    found += [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return words.markdown_safe(f"{', '.join(found)}; {platform.system()} {platform.release()}.")
