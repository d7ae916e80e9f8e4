"""Impossible settings, settings changed by fitting to a budget, and what the page says of both."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train.knobs import OF_THE_FIT, SLIDERS, key_of, sliders
from pages.shared.session.address import recipe_query
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Recipe, differences
from sota_core.recipes.draft import Pictures, compose, field_of
from sota_core.recipes.torch_cache import checkpoints
from sota_core.runs.store.store import Store
from tests.pages.test_train import PAGE, address, control, everything

Visit = Callable[..., AppTest]

IMPOSSIBLE = [
    ("phases.0.bs", 2048, "Must be a whole number from 2 to 1024, got '2048'"),
    ("phases.0.bs", 1, "Must be a whole number from 2 to 1024, got '1'"),
    ("phases.0.bs", 200, "A batch of 200 needs at least as many pictures to train on, got 150"),
    ("phases.0.lr", 3.0, "Must be a number from 0.000001 to 1, got '3.0'"),
    ("phases.0.n_epochs", 0, "Must be a whole number from 1 to 100, got '0'"),
    ("presize", 4096, "Must be a whole number from 16 to 1024, got '4096'"),
    ("seed", -1, "Must be a whole number from 0 to 2147483647, got '-1'"),
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "value", "said"), IMPOSSIBLE)
def test_an_impossible_number_stays_on_the_screen_and_is_told_at_its_knob_with_the_range(
    name: str, value: float, said: str, visit: Visit
) -> None:
    app = visit(PAGE, subset="0.1")
    control(app, key_of(name)).set_value(value).run()
    assert not app.exception and control(app, key_of(name)).value == value
    told = [m.value.replace("\\", "") for m in app.markdown if m.value.startswith(":red[")]
    at_knob = [line for line in told if line.startswith(":red[:small[")]
    assert len(at_knob) == 1 and said in at_knob[0]
    (beside_start,) = set(told) - set(at_knob)
    assert beside_start.startswith(f":red[{field_of(name).label}")
    (warning,) = app.warning
    assert warning.value.startswith(field_of(name).label) and app.button(key="lab.start").disabled


def test_of_several_phases_the_one_with_the_impossible_number_is_named(visit: Visit) -> None:
    app = visit(PAGE, recipe="progressive", fit="printed", phases__1__bs="4096")
    assert app.warning[0].value.replace("\\", "").startswith("Batch size of phase 2: must be")


def test_a_recipe_of_its_own_is_not_called_as_printed_and_can_be_fitted_anew(visit: Visit, tiny: Recipe) -> None:
    turned = {name.replace(".", "__"): v for name, v in recipe_query(tiny.replace(label_smoothing=0.1)).items()}
    app = visit(PAGE, **turned)
    fit = control(app, "lab.fit")
    assert address(app)["fit"] == "printed" and fit.value == "by hand"
    fit.set_value("120").run()
    left = address(app)
    assert left["fit"] == "120" and not [name for name in left if name.startswith("phases") or name == "arch"]
    assert left["label_smoothing"] == "0.1" and control(app, "lab.fit").value == "120"
    printed = visit(PAGE, **turned)
    control(printed, "lab.fit").set_value("printed").run()
    assert "label_smoothing" not in address(printed) and control(printed, "lab.fit").value == "printed"
    assert "Exactly as printed." in everything(printed)


def test_what_the_fit_turns_is_what_scaling_changes() -> None:
    for preset in PRESETS.values():
        small = compose({"recipe": preset.preset}, Pictures("x", 9469, 3925), DEFAULT_THROUGHPUT).recipe
        assert small is not None
        found = {name for name in differences(small, preset) if not name.startswith("phases.")}
        assert found <= {*OF_THE_FIT, "source"}


def test_one_epoch_is_not_one_epochs(visit: Visit, store: Store, tiny: Recipe) -> None:
    one = tiny.replace(phases=(dataclasses.replace(tiny.phases[0], n_epochs=1),))
    shown = everything(visit(PAGE, run=store.queue.submit(one, owner="a").id))
    assert "1 epoch at" in shown and "1 epochs" not in shown
    assert "1 epoch over" in everything(visit(PAGE, phases__0__n_epochs="1"))


def test_pretrained_weights_bring_their_architecture_width_and_statistics(visit: Visit) -> None:
    app = visit(PAGE, source="prints")
    control(app, key_of("pretrained")).set_value("sample").run()
    found = {name: control(app, key_of(name)).value for name in ("arch", "width", "normalize")}
    assert found == {"arch": "xresnet18", "width": 0.1875, "normalize": "pretrained"}
    assert address(app)["pretrained"] == "sample" and not app.button(key="lab.start").disabled
    control(app, key_of("arch")).set_value("xresnet34").run()
    assert "weights of xresnet18 with width 0.1875" in everything(app).replace("\\", "")
    assert app.button(key="lab.start").disabled
    control(app, key_of("pretrained")).set_value("none").run()
    assert not app.button(key="lab.start").disabled and "pretrained" not in str(address(app))


def test_weights_that_are_not_here_keep_a_run_from_being_started(visit: Visit, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    app = visit(PAGE, arch="resnet18", width="1", pretrained="imagenet")
    assert app.button(key="lab.start").disabled and not app.warning
    assert "The weights of resnet18 are not in torch's cache on this machine" in everything(app)
    checkpoints().mkdir(parents=True)
    (checkpoints() / "resnet18-f37072fd.pth").touch()
    assert not visit(PAGE, arch="resnet18", width="1", pretrained="imagenet").button(key="lab.start").disabled


def test_what_is_typed_on_a_slider_is_what_its_field_takes_and_a_fitted_value_is_among_it() -> None:
    draft = compose({"width": "0.1875", "mixup_alpha": "0.37"}, Pictures("sample", 3000, 500), DEFAULT_THROUGHPUT)
    knobs = {knob.name: knob for knob in sliders(draft)}
    assert set(knobs) == {name for name in SLIDERS if field_of(name).kind in ("int", "float")}
    for name, knob in knobs.items():
        assert {draft.values[name], knob.default} <= set(knob.values) and knob.written_as == name
        assert [field_of(name).check(value) for value in knob.values] == list(knob.values)
