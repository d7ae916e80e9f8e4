"""The tables of the comparison: what each run reached and cost, and the knobs in which the recipes differ."""

from collections.abc import Sequence

from sota_core import words
from sota_core.analysis.comparison import PUBLISHED, Compared, Group
from sota_core.analysis.delta import OTHER_PICTURES, OTHER_TASK, OTHER_TRAINING, PICTURES, SEEDS, Delta, delta
from sota_core.data.sets.sources import source_title
from sota_core.figures import palette
from sota_core.figures.runs.compared import marker_of
from sota_core.language import N_, plain, tr, tr_n
from sota_core.recipes import FIELDS, PHASE_FIELDS, Recipe
from sota_core.recipes.draft import field_of, shown
from sota_core.recipes.traits import inside
from sota_core.runs.states import State

HEAD = N_("| | accuracy | against base | with TTA | against base | training | on |")
ALIGNED = "|:--|--:|:--|--:|:--|--:|:--|"


EPOCHS_IN_ALL, SEED = N_("Epochs in all"), N_("Seed")


def named(groups: Sequence[Group]) -> dict[int, str]:
    """A name for each group; where two would have the same one, with what sets them apart."""
    has_many = len({group.first.recipe.source for group in groups if group.first.kind != PUBLISHED}) > 1
    found = {}
    for group in groups:
        twins = [g for g in groups if g.label == group.label]
        said = [group.label, *_apart(group, twins)] if len(twins) > 1 else [group.label]
        if has_many and group.first.kind != PUBLISHED:
            said.insert(1, source_title(group.first.recipe.source))
        found[group.number] = words.markdown_safe(" · ".join(said))
    return found


def _apart(group: Group, twins: Sequence[Group]) -> list[str]:
    """What sets a group apart from its twins: knobs, then its pictures or code, or its seed and id.

    Two knobs, and more as long as a twin still reads the same.
    """
    at, said, alike = twins.index(group), [], list(range(len(twins)))
    for label, values in differing([g.first.recipe for g in twins]).items():
        left = [i for i in alike if values[i] == values[at]]
        if label == FIELDS["source"].label:  # it stands beside the label
            alike = left
        elif len(said) < 2 or len(left) < len(alike):
            said.append(f"{inside(label)} {values[at]}")
            alike = left
    same = [twins[i] for i in alike]
    if len(same) > 1:
        said += _of_one_recipe(group, same)
    return said


def _of_one_recipe(group: Group, twins: Sequence[Group]) -> list[str]:
    said = []
    if group.data and len({g.data for g in twins}) > 1:
        said.append(tr("pictures {mark}", mark=group.data[:4]))
    if group.code and len({g.code for g in twins}) > 1:
        said.append(tr("code {mark}", mark=group.code[:4]))
    if not said and len(group.members) == 1 and group.first.seed is not None:
        said.append(tr("seed {seed}", seed=group.first.seed))
        if [g.first.seed for g in twins].count(group.first.seed) > 1:
            said.append(group.first.id[:4])
    return said


def results(groups: Sequence[Group], base: Group, base_id: str) -> str:
    """A line for each group: mean ± standard deviation (seeds), change against the base, cost and device."""
    names = named(groups)
    lines = [tr(HEAD), ALIGNED]
    for group in groups:
        cells = [
            f"{marker_of(group, base_id)} {names[group.number]}{_states(group)}",
            _mean(group, "accuracy"),
            tr("base") if group.number == base.number else signed(delta(group, base)),
            _mean(group, "tta_accuracy"),
            "" if group.number == base.number else signed(delta(group, base, "tta_accuracy")),
            " / ".join(map(words.clock, group.times.values())) or words.clock(None),
            words.markdown_safe(" / ".join(group.times) or group.first.device or "–"),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _is_counted_on_part(item: Compared) -> bool:
    """Was its last epoch validated on fewer pictures than its result?"""
    on = item.epochs[-1].n_valid if item.epochs else None
    return bool(on and item.n and on < item.n)


def _is_counted_anew(item: Compared) -> bool:
    """Does its last epoch, in fewer bits, end at another accuracy than its result, on as many pictures?"""
    if not item.epochs or item.accuracy is None or item.precision not in ("bf16", "fp16"):
        return False
    last = item.epochs[-1]
    return last.n_valid == item.n and words.percent(last.accuracy) != words.percent(item.accuracy)


def footnote(groups: Sequence[Group], base: Group) -> str:
    """What the marks in the table mean; marks that it does not have are left out."""
    found = [d for group in groups for name in ("accuracy", "tta_accuracy") if (d := delta(group, base, name))]
    counts = {g.n or 0 for g in groups}
    said = [tr("Changes in percentage points.")]
    if any("▲" in mark or "▼" in mark for mark in map(signed, found)):
        said.append(tr("▲ above the base, ▼ below it."))
    if len(counts) == 1:
        n = counts.pop()
        said[:0] = [tr_n("Each on {n} validation picture.", "Each on {n} validation pictures.", n)] if n else []
    else:
        each = (
            tr_n("row {row} on {n} picture", "row {row} on {n} pictures", g.n, row=g.number)
            if g.n
            else tr("row {row} on none yet", row=g.number)
            for g in groups
        )
        said.insert(0, tr("Validated: {rows}.", rows=", ".join(each)))
    if any(g.sd("accuracy") is not None for g in groups):
        said.append(tr("Several seeds: mean ± standard deviation (number of seeds)."))
    if any(len(g.counted) > len({m.seed for m in g.counted}) for g in groups):
        said.append(tr("Runs of one seed count as one, by their mean."))
    noise = {d.by for d in found if "≈" in signed(d)}
    if SEEDS in noise:
        said.append(tr("≈ inside the noise: seeds alone can put two such means this far apart (95\u00a0%)."))
    if PICTURES in noise:
        said.append(
            tr(
                "≈ inside the noise: counting so many pictures alone leaves this much to chance (95\u00a0%); "
                "seeds add to it."
            )
        )
    if any(d.by == PICTURES and not d.is_noise for d in found):
        said.append(
            tr(
                "Where only pictures were counted, a change that is not marked as noise is more than that count leaves "
                "to chance; another seed may still move a result as far."
            )
        )
    if any(d.by == OTHER_PICTURES for d in found):
        said.append(
            tr(
                "Grey: validated otherwise (on another split, on files that have changed, or with a leak), "
                "so no verdict."
            )
        )
    if any(d.by == OTHER_TRAINING for d in found):
        said.append(
            tr(
                "Other epochs, size, net, share of the pictures or initial weights: more than the technique differs, "
                "so no verdict on it."
            )
        )
    if any(d.by == OTHER_TASK for d in found):
        said.append(tr("Other task: other pictures and classes, so there is nothing to subtract."))
    if any(_is_counted_on_part(item) for group in groups for item in group.members):
        said.append(
            tr("Where a recipe validates its epochs on fewer pictures, the curves end at other values than the table.")
        )
    if any(_is_counted_anew(item) for group in groups for item in group.members):
        said.append(
            tr(
                "At the end of a run its net is validated once more, in fp32: the curve of a run in bf16 or fp16 may "
                "end at another value than the table's, since rounding flips answers that are nearly ties."
            )
        )
    return " ".join(said)


def differing(recipes: Sequence[Recipe]) -> dict[str, list[str]]:
    """Label of a knob → its value in each recipe, for those knobs that are not equal everywhere. Seeds are left out."""
    found = {}
    for name in FIELDS:
        values = [getattr(recipe, name) for recipe in recipes]
        if name != "seed" and len(set(values)) > 1:
            found[FIELDS[name].label] = [source_title(v) if name == "source" else shown(name, v) for v in values]
    for name, field in PHASE_FIELDS.items():
        each = [tuple(getattr(phase, name) for phase in recipe.phases) for recipe in recipes]
        if len(set(each)) > 1:
            found[field.label] = [_phases(name, values) for values in each]
    totals = [recipe.total_epochs for recipe in recipes]
    if PHASE_FIELDS["n_epochs"].label in found or len(set(totals)) > 1:  # fine_tune's warm-up is one more
        found[EPOCHS_IN_ALL] = [str(total) for total in totals]
    return found


def differences(groups: Sequence[Group], base_id: str) -> str:
    """The table of `differing`, with the seeds that ran; '' where there is nothing to tell."""
    knobs = differing([group.first.recipe for group in groups])
    seeds = [
        tr("not given") if g.first.kind == PUBLISHED else ", ".join(dict.fromkeys(str(m.seed) for m in g.members))
        for g in groups
    ]
    if len(set(seeds)) > 1:
        knobs[SEED] = seeds
    if not knobs:
        return ""
    head = "| | " + " | ".join(marker_of(g, base_id) for g in groups) + " |\n|:--|" + ":--|" * len(groups)
    rows = [
        f"| {tr(label)} | {' | '.join(words.markdown_safe(v) for v in values)} |" for label, values in knobs.items()
    ]
    return "\n".join([head, *rows])


def _phases(name: str, values: tuple) -> str:
    each = values[:1] if len(set(values)) == 1 else values
    unit = f" {field_of('phases.0.' + name).unit}".rstrip()
    return " → ".join(plain(v) if isinstance(v, int | float) else v for v in each) + unit


def _mean(group: Group, name: str) -> str:
    mean, sd = group.mean(name), group.sd(name)
    if mean is None:
        return "–"
    if sd is None:
        return f"**{words.percent(mean)}**"
    return f"**{words.percent(mean)}** ± {words.number(100 * sd, 1)} ({len(group.values(name))})"


def _states(group: Group) -> str:
    """How many of its runs are still under way, or did not end well."""
    live = sum(m.is_live for m in group.members)
    failed = sum(m.state in (State.FAILED, State.LOST) for m in group.members)
    stopped = sum(not m.is_live and m.state != State.FINISHED for m in group.members) - failed
    said = [tr("{n} under way", n=live)] if live else []
    said += [tr("{n} ended early", n=stopped)] if stopped else []
    said += [tr("{n} failed", n=failed)] if failed else []
    return f" :gray[· {', '.join(said)}]" if said else ""


def signed(found: Delta | None) -> str:
    """The change in points, its sign, its colour and a mark: for a table in Streamlit's markdown.

    >>> signed(Delta(.012)), signed(Delta(-.03, .01, "seeds")), signed(Delta(.01, .02, "seeds"))
    (':green[▲ +1.2]', ':red[▼ −3.0]', ':green[▲ +1.0] :gray[≈]')
    >>> signed(Delta(.012, by=OTHER_PICTURES)), signed(Delta(.589, by=OTHER_TASK))
    (':gray[+1.2]', ':gray[other task]')
    >>> signed(Delta(.052, by=OTHER_TRAINING, otherwise=("other epochs", "other size")))
    ':gray[+5.2 · other epochs, other size]'
    """
    if found is None:
        return ""
    if found.by == OTHER_TASK:
        return f":gray[{tr(OTHER_TASK)}]"
    text = words.signed(100 * found.value, 1)
    if f"{100 * abs(found.value):.1f}" == "0.0":
        return f":gray[= {text}]"
    if found.by == OTHER_PICTURES:
        return f":gray[{text}]"
    if found.by == OTHER_TRAINING:
        return f":gray[{text} · {', '.join(tr(how) for how in found.otherwise)}]"
    is_up = found.value > 0
    look = palette.ROLES["right" if is_up else "wrong"]
    return f":{look.markdown}[{'▲' if is_up else '▼'} {text}]" + (" :gray[≈]" if found.is_noise else "")
