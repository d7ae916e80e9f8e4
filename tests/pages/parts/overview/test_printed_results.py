"""The chapter's story on the first page: its controls are in the address, its sentences have the printed numbers."""

import pytest
from streamlit.testing.v1 import AppTest

from sota_core.published import FIRST
from tests.pages.conftest import texts  # type: ignore[import-not-found]


def story(**address: str | list[str]) -> AppTest:
    def script() -> None:
        from pages.parts.overview import printed_results

        printed_results.draw()

    app = AppTest.from_function(script, default_timeout=240)
    for name, value in address.items():
        app.query_params[name.replace("__", ".")] = value
    app.run()
    assert not app.exception
    return app


def test_it_opens_with_four_experiments_at_equal_epochs() -> None:
    app = story()
    assert app.session_state["chapter.runs"] == list(FIRST)
    assert "82.41\u00a0% after 5 epochs, 2:46" in texts(app) and "91.90\u00a0% after 26 epochs, 11:54" in texts(app)


def test_equal_seconds_come_from_the_address_and_say_what_four_small_epochs_reach() -> None:
    said = texts(story(chapter__by="seconds"))
    assert "Four epochs at 128 px reach 79.5 % in 1:24; five at 224 px reach 82.4 % in 2:46" in said


@pytest.mark.parametrize("said", ["notes/baseline-fp32,notes/mixup", ["baseline, fp32", "mixup"]])  # an older link
def test_experiments_come_from_the_address(said: str | list[str]) -> None:
    app = story(chapter__runs=said)
    assert app.session_state["chapter.runs"] == ["notes/baseline-fp32", "notes/mixup"]
    app.button_group(key="chapter.runs").set_value(["notes/mixup", "notes/all"]).run()
    assert app.query_params["chapter.runs"] == "notes/mixup,notes/all"


def test_no_experiment_is_no_error() -> None:
    app = story()
    app.button_group(key="chapter.runs").set_value([]).run()
    assert not app.exception and "Choose an experiment" in texts(app)
    app = story(chapter__runs="")
    assert app.session_state["chapter.runs"] == []


def test_the_noise_is_told() -> None:
    said = texts(story())
    assert (
        "4 of the 6 changes that have a bar lie inside it" in said and "10 pictures of 2,678, inside the noise" in said
    )


def test_shares_of_time_are_those_of_the_seconds_beside_them_and_a_swapped_pair_is_named() -> None:
    said = texts(story())
    assert "22.2 s" in said and "19.2 s" in said and "10.6 s" in said and "2.2 s" in said
    assert "**xresnet18**: 86\u00a0% of the time" in said and "**32 px**: 48\u00a0% of the time" in said
    assert (
        "another order (“rate .003, mixup .4” and “rate .03” change places: they lie 1.0 points apart, but two "
        "seeds of one recipe up to 4.7)" in said
    )
    assert "a fifth of Imagenette's training pictures and half of its validation pictures" in said
    assert 1_894 == round(0.2 * 9_469) and 1_963 == -(-3_925 // 2)


def test_what_a_cpu_computes_in_is_what_the_lab_chooses() -> None:
    from sota_core.train.device import choose_precision, cpu_has_bf16

    said = texts(story())
    assert (
        "CPU the lab (page *Train*) trains in bf16, another 16-bit format, if the processor can multiply in it, "
        "and otherwise in 32 bits." in said
    )
    import torch

    assert choose_precision("auto", torch.device("cpu"))[0] == ("bf16" if cpu_has_bf16() else "fp32")
