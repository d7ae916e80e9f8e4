"""After a result: the run to compare it with, and the one experiment to try next."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.train import recordings
from pages.shared.people.owner import mine
from pages.shared.pictures import datasets
from pages.shared.runs.start import start
from pages.shared.session import address, buttons, cached, site, trouble
from pages.shared.session.address import recipe_query
from sota_core import words
from sota_core.analysis.control import control_of, said_of
from sota_core.analysis.next_step import next_step
from sota_core.analysis.series import Series
from sota_core.errors import SotaError
from sota_core.language import tr
from sota_core.recipes.draft import Pictures, cost_s
from sota_core.runs.recordings.recording import shipped
from sota_core.runs.recordings.replay import OWNER, run_at
from sota_core.runs.run import Run
from sota_core.runs.states import State

_KEY = "suggestion"
_MOST = 1000  # finished runs of one person that are looked through


def go_on(run: Run, series: Series) -> None:
    """What the result says beside its control, where there is one, and the next experiment.

    A refusal in one of them stands in its place alone: the run's figures and curves are there without it.
    """
    others = _of_the_same(run)
    with trouble.told():
        _beside(run, others)
    with trouble.told():
        _suggest(run, series, others)


def _of_the_same(run: Run) -> list[Run]:
    """The finished runs of whoever started it; for a recording that comes with the app, all of those."""
    if run.owner != OWNER:
        return cached.store().history.list_runs(run.owner, [State.FINISHED], limit=_MOST)
    if address.given(recordings.PARAM) == recordings.UPLOADED:
        return []  # an uploaded file's name says nothing: it may be that of a recording that comes with the app
    return [run_at(r, r.duration_s) for r in shipped().values()]


def _beside(run: Run, others: Sequence[Run]) -> None:
    """The run that differs in one thing, where there is one, and a link to the curves of both."""
    control = control_of(run, others)
    if control is None:
        return
    one, other = (recordings.compared_as(r) or r.id for r in (run, control.run))
    with st.container(horizontal=True, vertical_alignment="center", key="beside"):
        st.markdown(tr("**Compared** &ensp; {said}", said=said_of(run, control)), width="content")
        query = {"runs": f"{other},{one}", "base": other}
        site.link("compare", label=tr("Compare the two"), icon=":material/compare_arrows:", query=query)


def _suggest(run: Run, series: Series, others: Sequence[Run]) -> None:
    """A button that starts the next experiment; after a recording, or without its pictures here, a link to the lab."""
    recipe, throughput = run.recipe, cached.throughput()
    own = [known for me in mine() for known in cached.store().history.list_runs(me)]
    tried = {known.identity for known in (*others, *own)}
    pictures = Pictures(recipe.source, round((series.n_train or 1) / recipe.subset), series.n_valid or 1)
    step = next_step(series, recipe, lambda r: cost_s(r, pictures, throughput), lambda r: r.identity() in tried)
    if step is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="next"):
        st.markdown(tr("**Next** &ensp; {why}", why=step.why), width="content")
        if run.owner == OWNER or not datasets.is_here(recipe.source):
            site.link("train", label=step.title, icon=":material/science:", query=recipe_query(step.recipe))
            return
        cost = tr("About {time} in all.", time=words.about(cached.expected(step.recipe, pictures).total))
        buttons.button(step.title, step.recipe, key=_KEY, icon=":material/play_arrow:", type="primary", help=cost)
    with buttons.pressed(_KEY) as recipe:
        if recipe is not None:
            try:
                start(recipe, datasets.pictures_of(recipe.source))
            except SotaError as error:
                st.warning(words.sentence(error))
