"""The comparison itself: curves, results, what differs. It refreshes itself while one of the runs is under way."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts.compare import pair
from pages.parts.compare.batches import by_batch
from pages.parts.compare.book import book
from pages.parts.compare.leaderboard import lines as leaderboard_lines
from pages.parts.compare.mistakes import mistakes
from pages.parts.compare.moment import at_one_moment
from pages.parts.compare.picker import N_OFFERED, Offer, choose, offer, pick, picked, read
from pages.shared.components import charts
from pages.shared.frame import first_visit
from pages.shared.runs import queue
from pages.shared.session import cached, site, trouble
from pages.shared.session.controls import choice
from sota_core.analysis.comparison import PUBLISHED, Compared, Group, groups
from sota_core.analysis.control import other_seeds
from sota_core.analysis.export import as_csv, as_json
from sota_core.figures.runs.compared import ACCURACY, EPOCHS, LOSS, SECONDS, curves
from sota_core.figures.runs.comparison_table import differences, footnote, named, results
from sota_core.language import ENGLISH, tr, tr_n, use
from sota_core.recipes import is_baseline

TICK_S = 2.0
TOGETHER, APART = "together", "apart"  # in the address: how runs that differ only in the seed are shown


def runs_view() -> None:
    of = offer()
    ids, unknown = picked(of)
    if not of.runs:
        _welcome(of)
    for name in unknown:
        told = "".join(c for c in name if c.isalnum() or c in "/-:")[:40]
        said = tr("There is no run or table `{name}`; it may have been removed.", name=told)
        st.markdown(f":gray[{said}]")
    pick(of, ids)
    items = read(ids)
    there = {item.id for item in items}
    for name in ids:
        if name not in there:  # it is in the store, but cannot be read
            said = tr("Run {id} was made by another version, whose recipe cannot be read here.", id=f"`{name}`")
            st.markdown(f":gray[{said}]")
    if not items:
        said = tr("Nothing is chosen. Choose above, or take one of the quick choices.")
        st.markdown(f":gray[{said}]")
        return
    together = _together(items)
    base, by, what = _controls(groups(items, together=together))
    live = tuple(item.id for item in items if item.is_live)
    trouble.fragment(_body, run_every=TICK_S if live else None)(tuple(ids), base, by, what, live, together)
    first_visit.figure_first()
    found = groups(items, together=together)
    by_batch(found, base)
    at_one_moment(found, base, by, what)
    _differences(found, base)
    book(items)
    leaderboard_lines(items)
    names = _names(found)
    mistakes(items, names)
    pair.of_two(items, names)
    _files(ids, base)


def _welcome(of: Offer) -> None:
    st.markdown(
        tr(
            "There are no runs yet. You can compare the chapter's printed tables and the recordings that come "
            "with the app; your first run appears beside them as soon as it has started."
        )
        if of.recorded
        else tr(
            "There are no runs yet. You can compare the chapter's printed tables; your first run appears "
            "beside them as soon as it has started."
        )
    )
    site.link("train", label=tr("Train the first one"), icon=":material/science:")


def _together(items: Sequence[Compared]) -> bool:
    """Whether runs that differ only in the seed, or in nothing, are one line; asked only where there are such runs."""
    found = groups(items)
    if len(found) == len(items):
        return True
    have_seeds = any(len({m.seed for m in group.members}) > 1 for group in found)
    said = {TOGETHER: tr("their mean"), APART: tr("each its own line")}
    how = choice(
        tr("Several seeds") if have_seeds else tr("Several runs of one seed"),
        list(said),
        TOGETHER,
        name="group",
        key="compare.group",
        words=said.__getitem__,
        in_a_row=True,
    )
    return how == TOGETHER


def _controls(found: Sequence[Group]) -> tuple[str, str, str]:
    """What everything is compared with, the horizontal axis (epochs, seconds) and the vertical (accuracy, loss)."""
    names = named(found)
    firsts = {group.first.id: f"{group.number} · {names[group.number]}".replace("\\", "") for group in found}
    # an address may name any seed of a group
    group_of = {member.id: group.first.id for group in found for member in group.members}
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom", key="compare_controls"):
        with st.container(width=360):
            base = choice(
                tr("Base"),
                list(firsts),
                _default_base(found),
                name="base",
                words=firsts.__getitem__,
                meant=group_of.get,
            )
        with st.container(width="content"):
            axes = {EPOCHS: tr("epochs"), SECONDS: tr("seconds")}
            by = choice(
                tr("Against"), list(axes), EPOCHS, name="x", key="compare.x", words=axes.__getitem__, in_a_row=True
            )
        with st.container(width="content"):
            said = {ACCURACY: tr("accuracy"), LOSS: tr("loss")}
            what = choice(
                tr("Show"), list(said), ACCURACY, name="y", key="compare.y", words=said.__getitem__, in_a_row=True
            )
    return base, by, what


def _default_base(found: Sequence[Group]) -> str:
    """The plainest one that has ended: a baseline, else a printed table, else any; the first where none has."""
    ended = [g for g in found if g.mean("accuracy") is not None]
    plain = [g for g in ended if is_baseline(g.first.recipe)]
    printed = [g for g in ended if g.first.kind == PUBLISHED]
    return next(iter([*plain, *printed, *ended, *found])).first.id


def _body(ids: tuple[str, ...], base: str, by: str, what: str, was_live: tuple[str, ...], together: bool) -> None:
    items = read(ids)
    if tuple(item.id for item in items if item.is_live) != was_live:
        st.rerun()
    if was_live:
        queue.have_dispatcher()
    found = groups(items, together=together)
    group = next((g for g in found if any(m.id == base for m in g.members)), found[0])
    charts.show(curves(found, base=base, by=by, what=what), key="compare.curves", is_live=bool(was_live))
    with st.container(key="compare.results"):
        st.markdown(results(found, group, base))
    told = footnote(found, group)
    if by == SECONDS:
        told += " " + tr("Seconds are training time on the machine named; compare them within one machine only.")
    if what == LOSS:
        told += " " + tr(
            "Loss is plain cross-entropy on the validation pictures: the same measure with smoothing or mixup and "
            "without."
        )
        if any(row.valid_ce is None for item in items for row in item.epochs if item.kind == PUBLISHED):
            told += " " + tr("Printed losses with label smoothing are another quantity and are left out.")
    st.caption(told)


def _names(found: Sequence[Group]) -> dict[str, str]:
    names = named(found)
    said = {m.id: (g, m.seed) for g in found for m in g.members}
    told = {id: f"{g.number} · {names[g.number]}".replace("\\", "") for id, (g, _) in said.items()}
    seeds = {id: tr("seed {seed}", seed=seed) for id, (_, seed) in said.items()}
    return {id: name if seeds[id] in name else f"{name}, {seeds[id]}" for id, name in told.items()}


def _differences(found: Sequence[Group], base: str) -> None:
    _seeds(found)
    if len(found) < 2:
        return
    table = differences(found, base)
    st.header(tr("Only what differs"), anchor=False)
    st.markdown(table or tr("Nothing: the recipes are equal."))


def _seeds(found: Sequence[Group]) -> None:
    """A button that adds the finished runs of the chosen recipes with other seeds, where there are any."""
    chosen = [m for g in found for m in g.members]
    ids = [m.id for m in chosen]
    more = other_seeds(chosen, cached.latest_runs(cached.settings().db_url, N_OFFERED))
    if more:
        st.button(
            tr_n(
                "Add {n} run of the same recipes with other seeds",
                "Add {n} runs of the same recipes with other seeds",
                len(more),
            ),
            key="compare.seeds.add",
            icon=":material/casino:",
            type="tertiary",
            on_click=choose,
            args=([*ids, *more],),
        )


def _in_english(made: Callable[[], str]) -> bytes:
    """A file's content, made in English: the names in it are then the same for every visitor."""
    with use(ENGLISH):
        return made().encode()


def _files(ids: Sequence[str], base: str) -> None:
    st.markdown(tr("**To keep**"))
    kinds = {
        "csv": (tr("Every epoch and view as CSV"), "text/csv", lambda: _in_english(lambda: as_csv(read(ids)))),
        "json": (
            tr("Everything with the recipes as JSON"),
            "application/json",
            lambda: _in_english(lambda: as_json(read(ids), base=base)),
        ),
    }
    with st.container(horizontal=True, gap="small"):
        for kind, (label, mime, data) in kinds.items():
            st.download_button(
                label,
                data=data,
                file_name=f"compared.{kind}",
                mime=mime,
                key=f"compare.{kind}",
                icon=":material/download:",
                on_click="ignore",
            )
