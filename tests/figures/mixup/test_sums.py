"""The calculation beside a mix: functional's numbers at every step of λ."""

import numpy as np
import pytest

from sota_core.figures.frames import Knob, along, now, span
from sota_core.figures.mixup import sums
from sota_core.functional.mixup import mix_images, mix_targets
from tests.figures.templates import slots_of

AT = {"a": (157.0, 0.0, 255.0), "b": (249.0, 30.0, 1.0), "names": ("church", "gas pump"), "lam": 0.7}
LAM = Knob("lam", "lam", span(0, 1, 0.01))


def test_every_step_shows_the_maths() -> None:
    columns = along(LAM, AT, sums.VIEWS)
    both = np.array([AT["a"], AT["b"]])
    for i, lam in enumerate(LAM.values):
        mixed = mix_images(both, lam, [1, 0])[0]
        share = mix_targets(np.eye(2), lam, [1, 0])[0]
        shown = [columns[f"mix_{channel}"][i] for channel in sums.CHANNELS]
        assert shown == [f"{value:.2f}" for value in mixed]
        assert [columns["share_a"][i], columns["share_b"][i]] == [f"{value:.2f}" for value in share]
        assert [columns["lam"][i], columns["mal"][i]] == [f"{lam:.2f}", f"{1 - lam:.2f}"]
        patch = [int(text) for text in columns["mix_rgb"][i][4:-1].split()]
        assert np.abs(patch - mixed).max() <= 0.5


def test_what_the_pictures_alone_say_does_not_move() -> None:
    assert {"a_red", "b_red", "name_a", "when_two"}.isdisjoint(along(LAM, AT, sums.VIEWS))
    assert now(AT, sums.VIEWS)["a_red"] == "157" and now(AT, sums.VIEWS)["b_rgb"] == "rgb(249 30 1)"


@pytest.mark.parametrize(
    ("names", "one", "two", "share"), [(("a", "b"), "none", "", "0.70"), (("a", "a"), "", "none", "1.00")]
)
def test_two_pictures_of_one_class_keep_its_whole_target(names, one, two, share) -> None:
    shown = now({**AT, "names": names}, (*sums.VIEWS, sums.said))
    assert (shown["when_one"], shown["when_two"], shown["share_a"]) == (one, two, share)
    assert f"target {names[0]} {share}" in shown["said"] and (", b 0.30" in shown["said"]) is (names[1] == "b")


def test_every_slot_of_the_template_is_filled() -> None:
    assert slots_of(sums.template()) <= set(now(AT, sums.VIEWS))
