"""The words about a ladder: its rungs in a table, and how to read the table."""

from sota_core import words
from sota_core.analysis.delta import Delta
from sota_core.analysis.ladder import SAID, Climb
from sota_core.figures.runs.comparison_table import signed
from sota_core.language import N_, tr, tr_in, tr_n
from sota_core.recipes import Recipe
from sota_core.recipes.ladder import RUNGS, rung_of
from sota_core.runs.ladders import Queued

OTHERS = N_("This ladder was started by another version of the app: its runs cannot be read here.")


def rung_words(recipe: Recipe) -> str:
    """The title of the rung a run belongs to."""
    name = rung_of(recipe)
    return next((tr(rung.title) for rung in RUNGS if rung.trains == name), tr("a rung"))


def split_words(recipe: Recipe) -> str:
    """What accuracy is measured on."""
    if recipe.split == "official":
        return tr("the official validation split")
    return tr("one random fifth, the same for all")


def table(of: Climb) -> str:
    """The rungs as a markdown table, a row each."""
    rows = [tr("| rung | accuracy | step | noise | verdict | training |"), "|:--|:--|--:|--:|:--|--:|"]
    for step in of.steps:
        mean = "–" if step.mean is None else f"**{words.percent(step.mean)}**"
        if step.sd is not None:
            mean += f" ± {words.number(100 * step.sd, 1)} ({len(step.values)})"
        elif step.values:
            mean += f" ({len(step.values)})"
        delta = signed(None if step.delta is None else Delta(step.delta))
        band = "" if step.band is None else f"± {words.number(100 * step.band, 1)}"
        verdict = "" if step.delta is None else tr(SAID[step.verdict])
        seconds = (
            tr_in("no seconds", "none")
            if step.rung.name == "tta" and step.mean is not None
            else words.clock(step.seconds)
        )
        rows.append(f"| {tr(step.rung.title)} | {mean} | {delta} | {band} | {verdict} | {seconds} |")
    return "\n".join(rows)


def how(of: Climb, shown: Queued) -> str:
    """What was measured, on which pictures, and where the bands come from."""
    recipe = shown.runs[0].known_recipe
    if recipe is None:
        return tr(OTHERS)
    split = split_words(recipe)
    if of.n:
        split += ", " + tr_n("{n} picture", "{n} pictures", of.n)
    said = [tr("Accuracy on {split}. Mean ± standard deviation (number of seeds).", split=split)]
    if of.sd is not None:
        said.append(
            tr(
                "A run typically lies {sd} points from its rung's mean: the standard deviation over seeds, "
                "pooled over all rungs ({n} degrees of freedom). The band is Student's 95\u00a0% interval for "
                "the difference of two such means. TTA evaluates the same nets again, so its band is for the "
                "change it made in each run.",
                sd=words.number(100 * of.sd, 1),
                n=of.freedom,
            )
        )
    else:
        said.append(
            tr(
                "With one seed per rung so far, the band is only what counting so many pictures leaves to "
                "chance (95\u00a0%)."
            )
        )
    return " ".join([*said, tr("From the rung + TTA on, every accuracy is with TTA.")])
