"""The page Baseline: every line of its code can be selected, and what the page says is computed."""

import math

import pytest

from pages.parts.baseline import line_texts, lines
from pages.parts.baseline.line_texts import SAYS
from sota_core.functional.stages import head_weights
from sota_core.language import use
from sota_core.published import SHORT, experiments
from sota_core.script.baseline import baseline_lines
from tests.pages import live, seen
from tests.pages.conftest import codes, texts  # type: ignore[import-not-found]

PAGE = "baseline"
LINES = baseline_lines("sample", 3e-3)


def test_every_line_of_the_code_is_explained_and_shown():
    assert tuple(SAYS) == tuple(line.id for line in LINES) == tuple(lines._EFFECTS)


@pytest.mark.long
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_a_line_can_be_chosen_by_hand_and_by_address(visit, line):
    linked, moved = visit(PAGE, baseline__line=line.id), visit(PAGE)
    assert moved.radio(key="baseline.line").options == [f"`{one.code.strip()}`" for one in LINES]
    moved.radio(key="baseline.line").set_value(line.id).run()
    assert not moved.exception
    for app in (linked, moved):
        assert line_texts.said(line.id) in texts(app) and line.code in codes(app)[0].splitlines()


class Asked:
    """An example that records which of its attributes are read."""

    def __init__(self, example: lines.Example) -> None:
        self.example, self.names = example, set[str]()

    def __getattr__(self, name: str) -> object:
        self.names.add(name)
        return getattr(self.example, name)


@pytest.mark.long
@pytest.mark.parametrize("line", lines._EFFECTS)
def test_what_changes_nothing_on_a_line_cannot_be_touched_there_and_it_says_so(visit, monkeypatch, line):
    asked = set[str]()

    def show(line, example):
        spy = Asked(example)
        lines._EFFECTS[line](spy)  # type: ignore[arg-type]
        asked.update(spy.names)

    monkeypatch.setattr(lines, "show", show)
    app = visit(PAGE, baseline__line=line)
    takes_one, draws = bool(asked & {"picture", "name", "number", "folder"}), "seed" in asked
    for control in (app.selectbox(key="baseline.picture"), app.number_input(key="baseline.picture_number")):
        assert control.disabled is not takes_one
    assert app.button(key="baseline.again").disabled is not draws
    assert not app.number_input(key="baseline.seed").disabled  # the training below uses it too
    assert ("takes no" in texts(app), "draws nothing" in texts(app)) == (not takes_one, not draws)


def test_n_out_changes_the_code_the_first_loss_and_the_last_layer(visit):
    app = visit(PAGE)
    assert "xresnet50(n_out=dls.c)" in codes(app)[0]
    assert f"**{math.log(10):.2f}**" in texts(app) and f"**{head_weights(10):,}**" in texts(app)
    app.button_group(key="baseline.n_out").set_value("1000")
    app.radio(key="baseline.line").set_value("net").run()
    assert "| last layer |  | n_out, 1,000 |" in texts(app)
    assert "xresnet50()" in codes(app)[0] and "`net = xresnet50()`" in app.radio(key="baseline.line").options
    assert f"**{math.log(1000):.2f}**" in texts(app) and f"**{head_weights(1000):,}**" in texts(app)


def test_the_peak_changes_the_code_and_the_lab_s_recipe(visit):
    app = visit(PAGE)
    app.slider(key="baseline.lr").set_value(0.006).run()
    assert "fit_one_cycle(5, 0.006)" in codes(app)[0]
    assert (live.slots(app)["peak"], live.slots(app)["first"]) == ("0.006", "0.00024")
    (link,) = [one.proto for one in app.get("page_link") if "recipe=" in one.proto.query_string]
    assert "recipe=baseline" in link.query_string and "phases.0.lr=0.006" in link.query_string


@pytest.mark.long
@pytest.mark.parametrize(("id", "short"), SHORT.items(), ids=list(SHORT))
def test_every_printed_loss_can_be_read(visit, id: str, short: str):
    app = visit(PAGE, baseline__table=short)
    said = texts(app)
    for row in experiments()[id].rows:
        for value in (row.train_loss, row.valid_loss, row.accuracy):
            assert f"{value:.6f}" in said, (id, row)
    assert ("With test-time augmentation" in said) == (experiments()[id].tta_accuracy is not None)
    assert ("the net may have had 1,000 outputs" in said) == id.startswith("book/")
    assert ("the net has 1,000 outputs" in said) == (experiments()[id].n_outputs == 1000)


def test_in_every_language_an_address_says_the_same(visit, monkeypatch):
    seen.speak_pseudo(monkeypatch)
    app = visit(PAGE, lang=seen.PSEUDO, baseline__table="normalization")
    with use(seen.PSEUDO):  # AppTest formats options outside the session
        box = app.selectbox(key="baseline.table")
        assert (box.value, box.options[-1]) == ("normalization", "⟦all but TTA (leaks)⟧")
        box.set_value("mixup").run()
        assert "⟦Printed in the notes" in texts(app)
        app.button_group(key="baseline.technique").set_value("label smoothing").run()
    assert not app.exception
    assert {name: app.query_params[name] for name in ("baseline.table", "baseline.technique")} == {
        "baseline.table": "mixup",
        "baseline.technique": "label smoothing",
    }


@pytest.mark.parametrize(
    ("link", "state"),
    [
        ("The crop of 460 px", {"baseline.line": "resize"}),
        ("1000 outputs", {"baseline.line": "net", "baseline.n_out": "1000"}),
        ("The notes' baseline", {"baseline.table": "baseline, fp32"}),
    ],
)
def test_a_notice_sets_the_controls_to_where_it_can_be_seen(visit, link, state):
    app = visit(PAGE)
    next(b for b in app.button if b.label == link).click().run()
    assert not app.exception
    assert {name: app.session_state[name] for name in state} == state


def test_the_notice_on_one_run_counts_changes_between_two_runs_and_says_who_ran_in_how_many_bits(visit):
    e = experiments()
    assert [e[id].precision for id in ("book/baseline", "notes/baseline-fp32", "notes/baseline-fp16")] == [
        "fp32", "fp32", "fp16",
    ]  # fmt: skip
    said = texts(visit(PAGE))
    assert "in 32 bits gave two people 82.52\u00a0% and 82.04\u00a0%; in mixed precision, where" in said
    assert "start, it gave 82.41\u00a0%" in said and "4 of the 6 printed changes between two runs" in said


def test_why_imagenette_and_why_from_scratch(visit):
    said = texts(visit(PAGE))
    for part in (
        "1.3 million",
        "days",
        "MNIST",
        "CIFAR-10",
        "70 to 30",
        "imagenette2.tgz",
        "A net with random weights",
    ):
        assert part in said


def test_numbers_of_a_batch_and_an_epoch(visit):
    said = texts(visit(PAGE, baseline__line="loaders"))
    assert "**64 × 3 × 224 × 224** = 9,633,792 numbers, 39 MB" in said
    assert "10,716 // 64 = **167 batches**" in said and "5 · 167 = 835 times" in said and "28 pictures" in said


@pytest.mark.slow
def test_what_is_said_of_fastai_is_so_in_its_source():
    import inspect

    import torch

    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    from fastai.vision import all as fastai

    assert fastai.PILImage._open_args == {"mode": "RGB"}  # ImageBlock
    assert inspect.signature(fastai.IntToFloatTensor).parameters["div"].default == 255.0
    assert isinstance(fastai.Categorize.loss_func, fastai.CrossEntropyLossFlat)  # fastai's default loss for categories
    assert fastai.CrossEntropyLossFlat.y_int
    assert fastai.parent_label("a/val/church/1.jpg") == "church"
    assert "self.splitter or RandomSplitter()" in inspect.getsource(fastai.DataBlock.datasets)
    assert inspect.signature(fastai.RandomSplitter).parameters["valid_pct"].default == 0.2
    assert inspect.signature(fastai.xresnet50).parameters["pretrained"].default is False
    assert inspect.signature(fastai.Learner.__init__).parameters["opt_func"].default is fastai.Adam
    reflected = inspect.signature(fastai.aug_transforms).parameters
    assert reflected["max_rotate"].default == 10 and str(fastai.URLs.IMAGENETTE).endswith("/imagenette2.tgz")
    assert fastai.AvgSmoothLoss().beta == 0.98  # the running mean that is printed as train_loss
    net = fastai.xresnet18(n_out=3).eval()
    assert {tuple(net(torch.zeros(1, 3, side, side)).shape) for side in (40, 64)} == {(1, 3)}
