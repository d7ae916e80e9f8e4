"""Predict, then run: a guess before it is known, sealed until the end, then everybody's beside what came out."""

import streamlit as st

from pages.shared.components import charts
from pages.shared.people import membership
from pages.shared.people.owner import owner
from pages.shared.runs import room
from pages.shared.runs.start import listed, made_elsewhere
from pages.shared.session import buttons, cached, trouble
from pages.shared.session.whole import draw_anew
from sota_core import words
from sota_core.analysis.room_board import final_accuracy
from sota_core.errors import QuotaError
from sota_core.figures import palette
from sota_core.figures.runs.guesses import closest, guess_histogram
from sota_core.language import N_, tr, tr_n
from sota_core.runs.run import Run
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.guesses import MOST_GUESSES, room_subject

_BEFORE = "guess.before"
_TAKE = "guess.take_the_room_s"
COUNT_S = 10.0
NAMED = 5  # of those who came closest, when many tie


def _percent(label: str, key: str, help_: str) -> float | None:
    """A field for a guess in percent, from 0 to 100; returns a share, or None while it is empty."""
    value = st.number_input(
        label, 0.0, 100.0, None, 0.5, key=key, format="%.1f", placeholder=tr("not yet"), help=help_, width=220
    )  # fmt: skip
    return None if value is None else value / 100


def _seal(key: str, value: float | None) -> None:
    """A button that is never disabled. A typed number is sent when its field is left, and the press itself leaves it:
    on a button still disabled the press would be lost. The number has come when the press is acted on.
    """
    buttons.button(tr(SEAL), True, key=key, icon=":material/lock:")
    buttons.reason(tr("Enter a guess first, in percent.") if value is None else "")


def before_start() -> None:
    """Beside Start: what will it reach? Optional; it goes with the run the moment that is started."""
    code = membership.current()
    own = cached.store().guesses.own(room_subject(code), owner()) if code else None
    if own is not None and takes_the_room_s():  # there is one guess each: this one counts, and none typed beside it
        said = tr("Your guess for the next run, **{value}**, is sealed.", value=words.percent(own.value))
        st.markdown(f":material/lock: {said}")
    else:
        _before()
    if code:
        membership.nickname_input("guess.before.name")
    if code and (waiting := cached.store().guesses.count(room_subject(code))):
        st.checkbox(
            tr_n("Count the room's {n} guess for this run", "Count the room's {n} guesses for this run", waiting),
            True,
            key=_TAKE,
            help=tr(
                "Made in room {code} for its next run, before anybody had started one. Ticked, they count for "
                "this run.",
                code=code,
            ),
        )


def _before() -> None:
    _percent(
        tr("Your guess of its accuracy, %"),
        _BEFORE,
        tr(
            "Sealed when the run starts, shown beside the result when it ends. Guess before you look: that is "
            "how you learn what you know."
        ),
    )


def takes_the_room_s() -> bool:
    """Do the room's guesses count for what Start begins? So they were promised, unless whoever starts it says no."""
    return bool(st.session_state.get(_TAKE, True))


def go_along() -> None:
    """Beside what starts a run without a question: the room's guesses that will count for it, where some wait."""
    if (code := membership.current()) and (waiting := _n_guesses(cached.store().url, room_subject(code))):
        buttons.reason(
            tr_n(
                "The room's {n} guess counts for the next run that is started in it.",
                "The room's {n} guesses count for the next run that is started in it.",
                waiting,
            )
        )


def commit_with(run: Run) -> None:
    """Give the visitor's own guess to a run just queued. A refusal loses nothing but the guess."""
    value = st.session_state.get(_BEFORE)
    if run.is_new and value is not None:
        code, name = membership.current(), membership.nickname()
        own = {"owner": owner(), "value": value / 100, "room": code, "nickname": name}
        if not cached.store().guesses.commit_accuracy(run.id, **own):
            trouble.say_later(tr(NOT_TAKEN, n=MOST_GUESSES), ":material/lock_clock:")


def panel(run: Run, *, asks_name: bool = True) -> None:
    """While a run lives: the form while guesses are open, then what is sealed. Once it has ended see `revealed`.

    asks_name  False where the page has a field for the name elsewhere
    """
    store = cached.store()
    own = store.guesses.own(run.id, owner())
    was_open = f"guess.was_open.{run.id}"
    if own is not None:
        if not run.is_terminal:
            sealed(tr("Your guess, **{value}**, is sealed.", value=words.percent(own.value)), run.id)
    elif not run.is_terminal and store.guesses.is_open(run.id):
        st.session_state[was_open] = True
        with st.expander(tr(PREDICT), icon=":material/psychology:", key=_fold(run)):
            form(run, asks_name=asks_name)
        counted(run.id, form_of=run.id)
    elif st.session_state.get(was_open) and run.state in (*LIVE, State.FINISHED):  # a stopped run has closed nothing
        st.markdown(f":material/lock_clock: {tr(CLOSED)}")


PREDICT, FINAL, SEAL = N_("Predict its accuracy, before its last epoch begins"), N_("Final accuracy, %"), N_("Seal it")
NOT_TAKEN = N_("This guess was not taken: it is too late, you have guessed already, or there are {n} guesses already.")
CLOSED = N_("Guessing closed when this run's last epoch began, and you had not sealed a guess by then.")


def _fold(run: Run) -> str:
    return f"guess.fold.{run.id}"


def controls(run: Run) -> list[tuple[str, str, str]]:
    """Key, label, and the run it is about, of each control of the form: a page with several runs has each again."""
    keys = {_fold(run): PREDICT, f"guess.value.{run.id}": FINAL, f"guess.seal.{run.id}": SEAL}
    return [(key, tr(label), plain_name(run)) for key, label in keys.items()]


def form(run: Run, *, asks_name: bool = True) -> None:
    """The form to commit one's guess of this run's final accuracy."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = _percent(tr(FINAL), f"guess.value.{run.id}", tr("One guess each, and it cannot be changed."))
        if asks_name:
            membership.nickname_input(f"guess.name.{run.id}")
        _seal(f"guess.seal.{run.id}", value)
    with buttons.pressed(f"guess.seal.{run.id}") as about:
        if about is not None and value is not None:
            taken = cached.store().guesses.commit_accuracy(
                run.id, owner=owner(), value=value, room=membership.current(), nickname=membership.nickname()
            )
            answer(taken)


def next_run(code: str) -> None:
    """In a room before anything runs: a guess for its next run."""
    subject = room_subject(code)
    every = None if room.is_quiet(code) else COUNT_S
    own = cached.store().guesses.own(subject, owner())
    if own is not None:
        sealed(
            tr("Your guess for the next run, **{value}**, is sealed.", value=words.percent(own.value)), subject, every
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        value = _percent(
            tr("The room's next run, %"),
            "guess.next",
            tr("Your guess of its final accuracy. It goes with the next run that somebody starts in this room."),
        )
        _seal("guess.next.seal", value)
    counted(subject, every)
    with buttons.pressed("guess.next.seal") as about:
        if about is not None and value is not None:
            try:
                taken = cached.store().guesses.commit_next(
                    code, owner=owner(), value=value, nickname=membership.nickname()
                )
            except QuotaError as error:
                st.warning(words.sentence(error), icon=":material/lock_clock:")
            else:
                answer(taken)


def name(run: Run) -> str:
    return words.markdown_safe(plain_name(run))


def plain_name(run: Run) -> str:
    """As `name`, where no markdown is read."""
    recipe = run.known_recipe
    return made_elsewhere(run) if recipe is None else ", ".join(listed(recipe))


def revealed(run: Run, title: str = "") -> None:
    """Everybody's guesses of an ended run beside its result; nothing while it lives, or where nobody guessed."""
    if not run.is_terminal:  # what is shown of it is half a second old; the store may know of its end already
        return
    guesses, result = cached.store().guesses.revealed(run.id), final_accuracy(run)
    if not guesses:
        return
    own = next((guess.value for guess in guesses if guess.owner == owner()), None)
    title = title or tr("The guesses and the result")
    st.markdown(f"**{title}**")
    legend = [palette.key("train", tr_n("{n} guess", "{n} guesses", len(guesses)))]
    if result is not None:
        legend.append(palette.key("valid", tr("result: {accuracy}", accuracy=words.percent(result))))
    if own is not None:
        legend.append(palette.key("published", tr("your guess: {accuracy}", accuracy=words.percent(own))))
    st.markdown(f":small[{' &emsp; '.join(legend)}]")
    charts.show(guess_histogram(guesses, result, own), key=f"guess.figure.{run.id}")
    if result is None:
        st.markdown(tr("The run ended without a final accuracy, so nobody can be right."))
        return
    best = closest(guesses, result)
    who = [
        words.markdown_safe(g.nickname or (tr("you") if g.owner == owner() else tr("somebody"))) for g in best[:NAMED]
    ]
    names, away = ", ".join(who), words.points(abs(best[0].value - result)).lstrip("+")
    if (more := len(best) - NAMED) > 0:
        st.markdown(tr("Closest: **{names}** and {n} more, {points} off.", names=names, n=more, points=away))
    else:
        st.markdown(tr("Closest: **{names}**, {points} off.", names=names, points=away))


def sealed(text: str, subject: str, every: float | None = COUNT_S) -> None:
    """One's own sealed guess, in words, with how many have guessed."""
    st.markdown(f":material/lock: {text}")
    counted(subject, every)


def counted(subject: str, every: float | None = COUNT_S, *, form_of: str = "") -> None:
    """How many have guessed, for those who have and those who have not; refreshed without a press, since one waits for
    the class.

    form_of  the subject of the form above: when the last epoch of a run it is about begins, the form goes by itself
    """
    trouble.fragment(_count, run_every=every)(subject, form_of)


def _count(subject: str, form_of: str) -> None:
    if form_of and not _is_open(cached.store().url, form_of):
        st.rerun()
    n = _n_guesses(cached.store().url, subject)
    st.markdown(
        tr_n(
            ":gray[{n} guess so far; all are revealed at the end.]",
            ":gray[{n} guesses so far; all are revealed at the end.]",
            n,
        )
    )


@st.cache_data(ttl=1.0, max_entries=64, show_spinner=False)
def _is_open(url: str, subject: str) -> bool:
    return cached.store().guesses.is_open(subject)


@st.cache_data(ttl=1.0, max_entries=64, show_spinner=False)
def _n_guesses(url: str, subject: str) -> int:
    """One reading for all who look within a second."""
    return cached.store().guesses.count(subject)


def answer(taken: bool) -> None:
    """After a guess was handed in: draw the page anew, or say that it was not taken."""
    if taken:
        _n_guesses.clear()
        draw_anew()
    st.warning(tr(NOT_TAKEN, n=MOST_GUESSES), icon=":material/lock_clock:")
