"""Numbers written out in sentences equal what they describe: each is computed here, then looked for in the catalogue.

fastai's own numbers are read in its installed source, without importing it. Numbers that are inserted when a sentence
is shown are tested where they are computed.

What fastai does is read in its installed source, without importing it. Numbers that a sentence gets when it is shown
are tested where they are computed.
"""

import importlib.util
import json
import math
import re
from functools import cache
from pathlib import Path

import pytest

from benchmarks import messages
from sota_core import paths, words
from sota_core.data.pictures.bad_pictures import MAX_BAD_SHARE
from sota_core.data.pictures.view import CORNER_SHARE
from sota_core.data.sets import camera, zipped
from sota_core.data.sets.catalog import SOURCES
from sota_core.inference.fine_tuning import ARMS
from sota_core.inference.views import MIN_SCALE
from sota_core.language import ENGLISH, LANGUAGES
from sota_core.published import N_VALID, experiments
from sota_core.recipes.pretrained import NETS, SAMPLE
from sota_core.script.baseline import baseline_lines

IMAGENETTE, PRINTS = SOURCES["imagenette2-160"], SOURCES["prints"]
N_ALL = IMAGENETTE.n_train + IMAGENETTE.n_valid
MODEL = json.loads((paths.ROOT / "sota_core" / "assets" / "sample_model" / "model.json").read_text(encoding="utf-8"))
SPELT = dict(enumerate("no one two three four five six seven eight nine ten eleven twelve".split()))


@cache
def english() -> str:
    """Every English sentence of the app, one per line."""
    found = messages.collected(messages.sources())
    ids = [part for m in found if m.id for part in ([m.id] if isinstance(m.id, str) else m.id)]
    return "\n".join(" ".join(text.split()) for text in ids)  # a no-break space is a space here


@cache
def fastai(file: str) -> str:
    spec = importlib.util.find_spec("fastai")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / file).read_text(encoding="utf-8")


def n_right(id: str) -> int:
    return round(experiments()[id].accuracy * N_VALID)


def n_rows(id: str) -> int:
    return len(experiments()[id].rows)


def lost(before: str, after: str) -> str:
    return SPELT[n_right(before) - n_right(after)]


def printed() -> dict[str, str]:
    progressive, plain = n_rows("book/progressive"), n_rows("book/baseline")
    assert n_rows("notes/progressive") == progressive and progressive / plain == 2
    assert n_rows("notes/mixup") == n_rows("notes/label-smoothing") == 15
    assert {p.size for id in ("notes/mixup", "notes/label-smoothing") for p in experiments()[id].phases} == {128}
    return {
        "normalization": f"Normalization loses {lost('book/baseline', 'book/normalize')} pictures in the book and "
        f"{lost('notes/baseline-fp16', 'notes/normalize')} in the notes",
        "twice": "with twice the epochs and a leak",
        "ten epochs": f"{{time}} for {SPELT[progressive]} epochs",
        "15 epochs": f"{{time}} for {n_rows('notes/mixup')} epochs at 128 px",
        "26 epochs": f"{{time}} for {n_rows('notes/all')} epochs",
        "none without them": f"No {n_rows('notes/mixup')}-epoch run without mixup and smoothing is printed",
        "split": f"The texts validate on a random fifth of all pictures, {words.count(int(N_ALL / 5))} of them, and "
        f"train on the rest, {words.count(N_ALL - int(N_ALL / 5))}. Yours uses the data set's own split: "
        f"{words.count(IMAGENETTE.n_train)} to train on and {words.count(IMAGENETTE.n_valid)} to validate on.",
        "second version": f"{words.count(IMAGENETTE.n_train)} pictures to train on and "
        f"{words.count(IMAGENETTE.n_valid)} to validate on, {10 * round(10 * IMAGENETTE.n_train / N_ALL)} to "
        f"{10 * round(10 * IMAGENETTE.n_valid / N_ALL)}.",
        "in colour": f"{words.count(N_ALL)} in colour",
        "question 1": f"Ten classes, {words.count(IMAGENETTE.n_train)} training and "
        f"{words.count(IMAGENETTE.n_valid)} validation pictures",
        "eleven lines": f"{SPELT[len(baseline_lines('sample', 3e-3))]} lines of code",
    }


def of_fastai() -> dict[str, str]:
    core, schedule, augment = "callback/core.py", "callback/schedule.py", "vision/augment.py"
    (events,) = re.findall(r"_events = L\.split\('(.*?)'\)", fastai(core), re.DOTALL)
    n_more = len(events.replace("\\", " ").split()) - 3  # the sentence names three of them
    (stop,) = re.findall(r"smooth_loss > (\d)\*self\.best_loss", fastai(schedule))
    (lr_mult,) = re.findall(r"def fine_tune\(.*?lr_mult=(\d+)", fastai(schedule), re.DOTALL)
    root = float(lr_mult) ** 0.5  # three groups, evenly spaced by factors: the middle one at the square root
    assert (float(lr_mult), root) == (100, 10) and round(n_more, -1) == 20 <= n_more
    (turn,) = re.findall(r"def aug_transforms\(.*?max_rotate:float=(\d+)\.", fastai(augment), re.DOTALL)
    (smooth,) = set(re.findall(r"beta=(0\.\d+)", fastai("learner.py").partition("def tta(")[0]))
    (cycle,) = re.findall(r"def fit_one_cycle\((.*?)\):", fastai(schedule), re.DOTALL)
    assert "pct_start=0.25" in cycle and "base_lr /= 2" in fastai(schedule)
    (views,) = re.findall(r"def tta\(.*?\bn=(\d)", fastai("learner.py"))
    return {
        "callbacks": "after the loss, and some twenty more",
        "rate finder": f"it ends early when the loss exceeds {SPELT[int(stop)]} times its lowest",
        "rates of fine_tune": "at a hundredth of the rate of the head (its last layer) and the blocks between at a",
        "rotation": f"a turn of up to {turn}°",
        "smoothing": f"fastai prints the one of weight {smooth.removeprefix('0')}",
        "peak": "after a quarter of the steps; end",
        "half the rate": "then all of it at half the rate",
        "views": f"averaging five images, for fastai's n = {views}",
        "corners": f"the same price as n = {views}",
    }


def of_what_ships() -> dict[str, str]:
    (phase,) = MODEL["recipe"]["phases"]
    sizes = sorted({arm.phases[0].size for arm in ARMS.values()})
    (bs,) = {arm.phases[0].bs for arm in ARMS.values()}
    assert (NETS[SAMPLE].arch, NETS[SAMPLE].width) == (MODEL["recipe"]["arch"], MODEL["recipe"]["width"])
    n_classes = SPELT[PRINTS.n_classes]
    return {
        "prints": f"are {PRINTS.n_train} drawn pictures of {n_classes} classes",
        "the small net": f"comes with the app (trained on Sample at {MODEL['size']} px) has never seen them",
        "prints to validate": f"and {PRINTS.n_valid} to validate on",
        "trained at": f"It was trained at {MODEL['size']} px on Sample; these runs fine-tune it on the "
        f"{PRINTS.n_train} pictures of "
        f"*Prints*, of {n_classes} other classes. What its start is worth at {sizes[0]} and at {sizes[1]} px",
        "batches": f"epochs in all, batches of {bs}.",
        "licence": f"drawn sample, {SPELT[phase['n_epochs']]} epochs at {phase['size']} px",
        "width": f"{NETS[SAMPLE].arch} of width {NETS[SAMPLE].width}",
        "running averages": "follow within some two dozen batches" if 0.9**24 < 0.1 else "",
    }


def of_the_app() -> dict[str, str]:
    evaluate = (paths.ROOT / "sota_core" / "train" / "evaluate.py").read_text(encoding="utf-8")  # it imports torch
    featured, components = (re.findall(rf"^{name} = (\d+)", evaluate, re.MULTILINE)[0]
                            for name in ("N_FEATURED", "N_COMPONENTS"))  # fmt: skip
    assert camera.ENOUGH == 20 and CORNER_SHARE == math.sqrt(MIN_SCALE)
    return {
        "features": f"For up to {featured} pictures a run keeps {components} principal components",
        "camera": f"{SPELT[camera.FEWEST_CLASSES].capitalize()} to {SPELT[camera.MOST_CLASSES]} classes, about twenty "
        "pictures each",
        "own pictures": f"shorter side is reduced to at most {zipped.PRESIZE} pixels",
        "unreadable": f"at most {100 * MAX_BAD_SHARE:g} % of {{n}} may be unreadable",
        "corners": "squares of {edge} px, as small as a crop in training can be, each with a fifth of the vote",
        "noisy labels": "with {shares} and {most} % of the training labels wrong",
    }


SAID = {**printed(), **of_fastai(), **of_what_ships(), **of_the_app()}


@pytest.mark.long
@pytest.mark.parametrize("what", SAID)
def test_a_typed_number_is_that_of_what_it_speaks_of(what: str) -> None:
    assert SAID[what] and SAID[what] in english()


TERM = r"\d[\d.]*"
SUM = re.compile(rf"(?<![\w.]){TERM}(?: [·+−/] (?:{TERM}))+ = {TERM}|\({TERM} − {TERM}\) / {TERM} = {TERM}")


def sums() -> list[str]:
    """Every calculation written out in numbers, in every language."""
    texts = [text.replace("\u00a0", " ") for text in english().splitlines()]
    for code in LANGUAGES:
        if code != ENGLISH:
            for message in messages.translations(code):
                parts = [message.string] if isinstance(message.string, str) else list(message.string or ())
                texts += [re.sub(r"(\d),(\d)", r"\1.\2", part) for part in parts]
    return [found for text in texts for found in SUM.findall(text)]


def test_every_sum_in_a_sentence_adds_up() -> None:
    found = sums()
    assert len(found) >= 6  # three in English, three in German
    for text in found:
        left, _, right = text.rstrip(".").rpartition(" = ")
        value = eval(left.replace("·", "*").replace("−", "-"))  # only digits and operators: SUM matches nothing else
        assert value == pytest.approx(float(right)), text
