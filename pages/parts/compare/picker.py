"""What is compared: what can be chosen, what is chosen, and the box to choose it in. The address has the ids."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.shared.people.owner import is_mine
from pages.shared.runs.start import listed, state_words
from pages.shared.session import address, cached, controls
from sota_core import words
from sota_core.analysis.comparison import Compared, from_published, from_recording, from_run
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import source_title
from sota_core.errors import SotaError, UnknownRunError
from sota_core.language import N_, tr
from sota_core.published import FIRST, SHORT, experiments
from sota_core.recipes import Recipe
from sota_core.runs.recordings.recording import Recording, shipped
from sota_core.runs.run import Run
from sota_core.runs.states import State

MAX_PICKED = 30
N_OFFERED = 60  # newest runs; an older one is compared by its id in the address
RECORDED = "rec:"
_SHOWN = (State.FINISHED, State.RUNNING, State.STARTING, State.QUEUED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be picked: ids of runs with the visitor's own first, of recordings, of printed tables."""

    mine: tuple[str, ...]
    others: tuple[str, ...]
    labels: dict[str, str]

    @property
    def recorded(self) -> list[str]:
        return [RECORDED + name for name in shipped()]

    def recorded_on(self, *, gpu: bool) -> list[str]:
        return [RECORDED + name for name, found in shipped().items() if found.is_on_gpu is gpu]

    @property
    def runs(self) -> list[str]:
        return [*self.mine, *self.others]

    @property
    def ids(self) -> list[str]:
        return [*self.runs, *self.recorded, *experiments()]

    def first(self) -> list[str]:
        """Without a choice: one's own latest runs, else everyone's, else the printed tables."""
        return (list(self.mine) or list(self.others))[:4] or list(FIRST)


def offer() -> Offer:
    runs = [run for run in cached.latest_runs(cached.settings().db_url, N_OFFERED) if run.state in _SHOWN]
    runs = [run for run in runs if run.known_recipe is not None]  # another version's cannot be compared here
    has_many = len({_source(run) for run in runs}) > 1
    labels = {run.id: _run_words(run, has_many) for run in runs}
    recordings = shipped().items()
    labels |= {
        f"{RECORDED}{name}": tr("recorded: {run} · {device}", run=" · ".join(listed(r.recipe)), device=r.device)
        for name, r in recordings
    }
    labels |= {
        name: tr(SHORT[name]) if name.startswith("book") else tr("notes: {title}", title=tr(SHORT[name]))
        for name in experiments()
    }
    counted = Counter(labels.values())  # Streamlit's box tells options apart by label only, so equal labels get an id
    labels = {name: label if counted[label] == 1 else f"{label} · {name}" for name, label in labels.items()}
    own = [run for run in runs if is_mine(run.owner)]
    # what waits has no curve yet, and up to 25 runs of a ladder may wait: they come last
    mine = tuple(run.id for run in sorted(own, key=lambda run: run.state is State.QUEUED))
    return Offer(mine, tuple(run.id for run in runs if run.id not in mine), labels)


def picked(of: Offer) -> tuple[list[str], list[str]]:
    """The ids the address names: those that exist, and those that do not. Without any in it, `Offer.first`."""
    asked = address.given("runs")
    if asked is None:
        return of.first(), []
    ids = list(dict.fromkeys(part for part in asked.split(",") if part))[:MAX_PICKED]
    unknown = [name for name in ids if not _exists(name, of)]
    return [name for name in ids if name not in unknown], unknown


def pick(of: Offer, ids: Sequence[str]) -> None:
    """The box in which runs, recordings and tables are chosen, and quick choices below it."""
    labels = of.labels | {name: _older(name) for name in ids if name not in of.labels}
    older = [name for name in labels if name not in of.labels]
    st.multiselect(
        tr("Runs and tables"),
        [*of.ids, *older],
        format_func=lambda name: labels.get(str(name), str(name)),
        max_selections=MAX_PICKED,
        placeholder=tr("Choose runs, recordings or printed tables"),
        label_visibility="collapsed",
        **controls.kept("runs", list(ids), key="compare.runs", written=",".join, also=_without_base),
    )
    quick = {
        N_("Your latest"): list(of.mine[:6]),
        N_("Everyone's latest"): of.runs[:6] if of.others else [],
        N_("Recorded on a GPU"): of.recorded_on(gpu=True),
        N_("Recorded on a CPU"): of.recorded_on(gpu=False),
        N_("Printed"): list(FIRST),
    }
    with st.container(horizontal=True, gap="medium", key="compare_quick"):
        for name, some in quick.items():
            if some:
                st.button(tr(name), key=f"compare.quick.{name}", type="tertiary", on_click=choose, args=(some,))


def _older(name: str) -> str:
    """The label of a run that is not offered: one that failed, or is not among the newest."""
    try:
        return _run_words(cached.watch(name).run, with_source=True)
    except SotaError:  # removed meanwhile, or of a version whose recipe cannot be read
        return name


def choose(ids: Sequence[str]) -> None:
    """Put these ids into the address as what is compared."""
    address.write({"runs": ",".join(ids), **_without_base(ids)})


def _without_base(ids: Sequence[str]) -> dict[str, None]:
    """A base that is not compared any more leaves the address."""
    return {} if address.given("base") in ids else {"base": None}


def read(ids: Sequence[str]) -> list[Compared]:
    """What these ids name, as it is now; a run that was removed meanwhile, or cannot be read, is left out."""
    found = []
    for name in ids:
        if name in experiments():
            found.append(from_published(experiments()[name]))
        elif name.startswith(RECORDED):
            recording = shipped()[name.removeprefix(RECORDED)]
            found.append(from_recording(recording, _recorded(recording)))
        else:
            try:
                watched = cached.watch(name)
                found.append(from_run(watched.run, watched.series, name_of(watched.run.recipe)))
            except SotaError:  # removed, or of a version whose recipe cannot be read
                continue
    return found


def _recorded(of: Recording) -> str:
    return tr("{run}, recorded {date}", run=name_of(of.recipe), date=of.date)


def _exists(name: str, of: Offer) -> bool:
    if name in of.labels:
        return True
    try:
        cached.watch(name)
    except UnknownRunError:
        return False
    return True


def name_of(recipe: Recipe) -> str:
    """The experiment's name without `, adapted`: the table of differences says what was adapted."""
    return listed(recipe)[0]


def _source(run: Run) -> str:
    recipe = run.known_recipe
    return "" if recipe is None else recipe.source


def _run_words(run: Run, with_source: bool) -> str:
    """A run's label in the box: name, data, what sets it apart, accuracy; the id's beginning for equal runs."""
    recipe = run.recipe
    end = words.percent(reached(run.summary).accuracy) if run.state is State.FINISHED else state_words(run)
    where = f"{source_title(recipe.source)} · " if with_source else ""
    title, apart = listed(recipe)
    return f"{title} · {where}{apart} · {end} · {run.id[:4]}"
