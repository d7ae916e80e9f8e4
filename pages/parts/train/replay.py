"""A recording in the lab's own live panel: played, paused, moved along and sped up.

Where it stands is a Player in the visitor's session; recording, speed, pause and starting place are in the address,
so a link shows the same moment to somebody else.
"""

import math
import time

import streamlit as st

from pages.parts.train import live_panel, recordings
from pages.parts.train.recordings import PARAM, PLAYER, UPLOADED, device_and_date
from pages.parts.train.run_header import settings_apart
from pages.shared.runs import code_dialog
from pages.shared.runs.start import sizes_of, title_of
from pages.shared.session import address, site
from pages.shared.session.address import recipe_query
from pages.shared.session.cached import Watched
from sota_core import words
from sota_core.analysis.series import Series, fold
from sota_core.data.sets.sources import source_title
from sota_core.language import tr, tr_n
from sota_core.recipes import PUBLISHED_IDS
from sota_core.runs.recordings.recording import Recording
from sota_core.runs.recordings.replay import MAX_SPEED, MIN_SPEED, SPEEDS, Player, events_until, run_at, usual_speed
from sota_core.runs.run import Run

TICK_S = 0.5
_MOST = 1e7  # a speed or second beyond it counts as a slip and is ignored; a smaller one is brought into its bounds


def page(name: str) -> None:
    """Everything the lab shows for `?recording=…`."""
    found = recordings.find(name)
    if found is None:
        _unknown(name)
        return
    _header(found, name)
    player = _player(found, name)
    _controls(found, player)
    watched = _watch(found, name)
    is_playing = player.since is not None
    live_panel.panel(watched, watch=lambda _: _watch(found, name), now=_now, tick_s=TICK_S if is_playing else None)


def _unknown(name: str) -> None:
    if name == UPLOADED:
        st.title(tr("Your recording is not here any more"), anchor=False)
        said = tr("A file you choose is kept only in its browser tab, until you close or reload that. Choose it again.")
        st.markdown(said)
    else:
        shown = f"`{''.join(c for c in name if c.isalnum() or c in '-_')[:40] or '?'}`"
        st.title(tr("There is no recording {name}", name=shown), anchor=False)
        st.markdown(tr("The address is incomplete, or this copy of the app comes without it."))
    recordings.gallery()


def _header(found: Recording, name: str) -> None:
    recipe = found.recipe
    title, ways = st.columns((1.6, 1), vertical_alignment="bottom")
    with title:
        st.title(title_of(recipe), anchor=False)
        said = device_and_date(found)
        label = said[:1].upper() + said[1:]
        if name == UPLOADED:
            label = tr("From your file, which says: {what}", what=said)
        st.markdown(f":material/history_toggle_off: **{label}**")
        st.markdown(
            tr_n(
                ":gray[{source} · {n} epoch at {sizes} · {arch}, width {width} · {precision} · seed {seed}]",
                ":gray[{source} · {n} epochs at {sizes} · {arch}, width {width} · {precision} · seed {seed}]",
                recipe.total_epochs,
                source=words.markdown_safe(source_title(recipe.source)),
                sizes=sizes_of(recipe),
                arch=recipe.arch,
                width=words.short(recipe.width, 6),
                precision=found.precision,
                seed=recipe.seed,
            )
        )
    with ways, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        site.link("train", label=tr("Train it here"), icon=":material/tune:", query=recipe_query(recipe))
        code_dialog.button(recipe)
    with st.container(horizontal=True, vertical_alignment="center"):
        settings_apart(recipe, fold(Series(), found.events[:1]))  # the first has n_valid and precision
        if recipe.preset in PUBLISHED_IDS:
            st.toggle(tr("Published curve"), key="published", bind="query-params")


# --- the player --------------------------------------------------------------------------------------


def _player(found: Recording, name: str) -> Player:
    """The session's player of this recording; for a new one the address says where and how it begins."""
    kept = st.session_state.get(PLAYER)
    if kept and kept[0] == name:
        return kept[1]
    speed = address.decimal("speed", usual_speed(found.duration_s), 0.0, _MOST)
    at_s = min(address.decimal("t", 0.0, 0.0, _MOST), found.duration_s)
    player = Player(min(MAX_SPEED, max(MIN_SPEED, speed)), at_s)
    if address.given("paused") != "true":
        player = player.play(time.monotonic())
    st.session_state[PLAYER] = (name, player)
    return player


def _controls(found: Recording, player: Player) -> None:
    position, end = player.position(time.monotonic(), found.duration_s), found.duration_s
    is_over, is_playing = position >= end, player.since is not None
    with st.container(horizontal=True, vertical_alignment="center", key="replay"):
        if is_over:
            st.button(tr("Again"), key="replay.again", icon=":material/replay:", on_click=_turn, args=(found, "again"))
        elif is_playing:
            st.button(tr("Pause"), key="replay.pause", icon=":material/pause:", on_click=_turn, args=(found, "pause"))
        else:
            st.button(tr("Play"), key="replay.play", icon=":material/play_arrow:", on_click=_turn, args=(found, "play"))
        _stands_at("replay.speed", player.speed)
        st.segmented_control(
            tr("Speed"),
            SPEEDS if player.speed in SPEEDS else (*SPEEDS, player.speed),
            key="replay.speed",
            required=True,
            format_func=lambda speed: f"{words.short(speed, 6)}×",
            on_change=_turn,
            args=(found, "speed"),
            label_visibility="collapsed",
            width="content",
        )
        if not is_playing or is_over:
            _stands_at("replay.at", math.ceil(position) if is_over else round(position))
            st.slider(
                tr("Seconds since the first batch"),
                0,
                max(1, math.ceil(end)),
                key="replay.at",
                format="%d s",
                on_change=_turn,
                args=(found, "move"),
                label_visibility="collapsed",  # or the row would jump at every pause
            )


def _stands_at(key: str, value: float) -> None:
    """Set what a control shows, only where it differs: sent to the browser again, it could undo a press on its way."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _turn(found: Recording, what: str) -> None:
    """A control was moved: the player goes on from here, and the address says so."""
    name = address.given(PARAM) or ""
    player = _player(found, name)
    now, end = time.monotonic(), found.duration_s
    if what == "again":
        player = Player(player.speed).play(now)
    elif what == "pause":
        player = player.pause(now, end)
    elif what == "play":
        player = player.play(now)
    elif what == "move":
        player = player.pause(now, end).moved(float(st.session_state["replay.at"]), now)
    else:
        player = player.at_speed(float(st.session_state["replay.speed"]), now, end)
    st.session_state[PLAYER] = (name, player)
    at = f"{player.at_s:.1f}"
    address.write(
        {
            "speed": None if player.speed == usual_speed(end) else f"{player.speed:g}",
            "t": None if at == "0.0" else at,
            "paused": "true" if player.since is None else None,
            PARAM: name,
        }
    )


def _watch(found: Recording, name: str) -> Watched:
    """The run and its figures as they stood at the player's position; replaces a reading of the store."""
    position = _player(found, name).position(time.monotonic(), found.duration_s)
    return Watched(run_at(found, position), fold(Series(), events_until(found, position)))


def _now(run: Run, series: Series) -> None:
    """What the recorded run was doing; nobody can stop what is over."""
    said, share = live_panel.doing(run, series)
    st.progress(share, text=tr(":gray[Recorded &ensp;·&ensp;] {what}", what=said))
