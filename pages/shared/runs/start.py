"""From a recipe to a run in the queue; and words for a run, the same on every page."""

import functools
import math
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from pages.shared.people import membership
from pages.shared.people.owner import origin, owner
from pages.shared.pictures import datasets
from pages.shared.runs import queue
from pages.shared.session import buttons, cached, site
from sota_core import words
from sota_core.data.sets.sources import source_title
from sota_core.errors import QuotaError, RecipeError, SotaError
from sota_core.language import N_, tr, tr_n
from sota_core.recipes import PRESETS, TITLES, Recipe
from sota_core.recipes.differing import is_as_printed
from sota_core.recipes.draft import PRINTED, Pictures, seconds_of
from sota_core.recipes.duration import Duration
from sota_core.recipes.scaling import require_fit
from sota_core.recipes.traits import traits
from sota_core.runs.run import Run
from sota_core.runs.states import LIVE, State
from sota_core.system import engine

_KEY = "starting.key"
DOUBLE_CLICK_S = 2.0
FIT_WORDS = {"30": "½", PRINTED: N_("as printed")}
OF_YOUR_OWN = N_("A recipe of your own")
STATE_WORDS = {
    State.QUEUED: N_("waiting"),
    State.STARTING: N_("starting"),
    State.RUNNING: N_("running"),
    State.FINISHED: N_("finished"),
    State.CANCELLED: N_("stopped"),
    State.FAILED: N_("failed"),
    State.LOST: N_("lost"),
    State.UNKNOWN: N_("unknown"),
}


def start(recipe: Recipe, pictures: Pictures) -> None:
    """Queue the run and go to it; a refusal is shown here. Call it within `buttons.pressed` or `done_whole`.

    In a room it takes the guesses that wait for the next run there. A key makes one run of two quick clicks. Training
    never happens here: the dispatcher is a process of its own.
    """
    say_refusal(_started(recipe, pictures))


def _started(
    recipe: Recipe,
    pictures: Pictures,
    then: Callable[[Run], None] = lambda run: None,
    *,
    takes_guesses: bool = True,
) -> str:
    """Queue the run and go to it. Returns only where it is refused: why."""
    try:
        datasets.require_mine(recipe.source)
        engine.require(cached.settings())
        require_fit(recipe, **pictures.parts)
        run = cached.store().queue.submit(
            recipe,
            owner=owner(),
            key=_key_of(recipe),
            n_images=pictures.n_train,
            estimate_s=cached.expected(recipe, pictures).total,
            room=membership.current(),
            nickname=membership.nickname(),
            origin=origin(),
        )
        if takes_guesses and run.is_new and run.room is not None:
            cached.store().guesses.bind(run.room, run.id)
        then(run)
        queue.have_dispatcher()
    except QuotaError as refused:
        mine = cached.store().history.list_runs(owner(), LIVE)
        n_waiting = sum(run.state is State.QUEUED for run in mine)
        return words.sentence(refusal_words(refused, n_mine=len(mine), n_waiting=n_waiting))
    except SotaError as refused:
        return words.sentence(refused)
    queue.forget()
    st.session_state[_KEY] = st.session_state[_KEY]._replace(done=time.monotonic())
    site.go("train", {"run": run.id})


class _Key(NamedTuple):
    """The key by which several presses make one run: those that come before it is queued, and shortly after."""

    identity: str
    key: str
    done: float = math.inf  # when the run was queued, on the monotonic clock


def _key_of(recipe: Recipe) -> str:
    """The key of this press; for the second of a double click the first one's, even if its run is queued by now."""
    kept = st.session_state.get(_KEY)
    if kept is None or kept.identity != recipe.identity() or time.monotonic() > kept.done + DOUBLE_CLICK_S:
        kept = st.session_state[_KEY] = _Key(recipe.identity(), secrets.token_hex(8))
    return kept.key


def say_refusal(text: str) -> None:
    """Show why a start was refused, where the button stands; nothing for an empty text."""
    if text:
        st.warning(text, icon=":material/front_hand:")


def say_if_slow(cost: Duration, recipe: Recipe, pictures: Pictures) -> None:
    """Say why, where a run will take far longer than it was fitted for; else nothing."""
    longer = cached.times_fitted(cost, recipe, pictures)
    if longer is not None:
        st.caption(
            tr(
                "About {n} times as long as it was fitted for: the last runs here were that slow, perhaps "
                "because of other work on this machine. The estimate falls as soon as runs are faster again.",
                n=words.number(longer, 0),
            )
        )


def in_parts(cost: Duration, recipe: Recipe) -> str:
    """`reading 0:03, training 0:41, validation 0:04, TTA 0:03, export 0:06`"""
    parts = [(tr("reading"), cost.reading), (tr("training"), cost.training), (tr("validation"), cost.validation)]
    parts += [("TTA", cost.tta)] if recipe.tta_n else []
    return ", ".join(f"{name} {words.clock(seconds)}" for name, seconds in [*parts, (tr("export"), cost.export)])


def start_button(label: str, *, key: str, why: str = "", refused: str = "", **look: Any) -> None:
    """The page's one primary button; `start_if_pressed` acts on it.

    why      as of `buttons.button`
    refused  what `start_if_pressed` has said
    """
    icon = ":material/play_arrow:"
    buttons.button(label, True, key=key, type="primary", icon=icon, why=why, **look)
    say_refusal(refused)


def start_if_pressed(
    key: str,
    recipe: Recipe | None,
    pictures: Pictures,
    *,
    then: Callable[[Run], None] = lambda run: None,
    takes_guesses: bool = True,
) -> str:
    """Start the recipe of now, not that of the moment of the press: a number still being typed is sent with the press.

    Where that number is impossible `recipe` is None: nothing is started, and the field says why. Call it before
    anything is drawn: the page is left anyway, and where a class presses together, all would wait for drawings that
    nobody sees.

    then           called with the queued run before the page changes
    takes_guesses  in a room, do the guesses that wait for its next run count for this one?

    Returns
        Why it was refused; empty where nothing was pressed.
    """
    with buttons.pressed(key) as about:
        if about is None or recipe is None:
            return ""
        return _started(recipe, pictures, then, takes_guesses=takes_guesses)


def refusal_words(refused: QuotaError, *, n_mine: int, n_waiting: int) -> str:
    """The words on a quota that is used up, for somebody who has not heard of quotas.

    n_mine  the visitor's runs that wait or are under way, of them `n_waiting` wait
    """
    if n_mine < refused.limit:  # the limit of the whole queue, or of one run's size: the text says which
        text = str(refused)
        return text[:1].upper() + text[1:] + "."
    return tr_n(
        "You have {n} run under way and {n_waiting} waiting. One person may have no more at a time, so that "
        "everybody gets a turn. Wait until one has ended, or stop one under My runs on the Train page.",
        "You have {n} runs under way and {n_waiting} waiting. One person may have no more at a time, so that "
        "everybody gets a turn. Wait until one has ended, or stop one under My runs on the Train page.",
        n_mine - n_waiting,
        n_waiting=n_waiting,
    )


def title_of(recipe: Recipe) -> str:
    """The experiment's name: `Mixup`, or `Mixup, adapted` where it is not as printed."""
    if recipe.preset not in PRESETS:
        return tr(OF_YOUR_OWN)
    title = tr(TITLES[recipe.preset])
    return title if is_as_printed(recipe) else tr("{experiment}, adapted", experiment=title)


def listed(recipe: Recipe) -> tuple[str, str]:
    """As a list names a run: the experiment, and what sets this run apart: (`Mixup`, `64 px, 4 epochs, seed 7`)."""
    title = TITLES.get(recipe.preset, OF_YOUR_OWN)
    return tr(title), ", ".join(traits(recipe))


def name_of(run: Run) -> str:
    """Experiment and data: `Mixup on Imagenette, 160 px`."""
    if (recipe := run.known_recipe) is None:
        return made_elsewhere(run)
    return tr("{experiment} on {data}", experiment=listed(recipe)[0], data=source_title(recipe.source))


def made_elsewhere(run: Run) -> str:
    """What a run is called whose recipe this version cannot read."""
    return tr("{id}, made by another version", id=run.id)


def traits_of(run: Run) -> str:
    """What sets it apart: `64 px, 4 epochs, seed 7`."""
    recipe = run.known_recipe
    return "" if recipe is None else listed(recipe)[1]


def state_words(run: Run) -> str:
    """A run's state in one or two words, for a list."""
    if run.cancel_requested and run.state in (State.STARTING, State.RUNNING):
        return tr("stopping")
    return tr(STATE_WORDS[run.state])


def is_fit(text: str) -> bool:
    """Does an address name a time to fit a recipe to, or that it is as printed?"""
    try:
        return text == PRINTED or 0 < seconds_of(text) < math.inf
    except RecipeError:
        return False


def fit_words(fit: str) -> str:
    """The time a recipe is fitted to, in minutes, or `as printed`; what is no fit as it stands in the address."""
    if fit in FIT_WORDS:
        return tr(FIT_WORDS[fit])
    return words.short(seconds_of(fit) / 60, 3) if is_fit(fit) else words.markdown_safe(fit)


def sizes_of(recipe: Recipe) -> str:
    """The sizes of its phases: `128 px then 224 px`."""
    sizes = (f"{phase.size} px" for phase in recipe.phases)
    return functools.reduce(lambda before, after: tr("{before} then {after}", before=before, after=after), sizes)


def other_than_printed(n: int) -> str:
    """The title of a fold with the knobs that stand elsewhere than in the texts: how many these are."""
    return tr_n("{n} setting other than printed", "{n} settings other than printed", n)
