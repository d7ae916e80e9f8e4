"""The numbers in the questions' and the papers page's sentences are true."""

import numpy as np
import pytest

from sota_core.functional.beta import beta_density
from sota_core.functional.smoothing import cross_entropy_grad, one_hot, optimal_logit_gap, smooth_targets
from sota_core.learn.equations import PARTS
from sota_core.learn.questions import questions
from sota_core.published import two_runs

QUESTIONS = questions()

BY_ID = {question.id: question for question in QUESTIONS}
EVERY_TEXT = " ".join(repr(question) for question in QUESTIONS) + repr(PARTS)


@pytest.mark.parametrize("logit", [-2.0, 0.0, 2.0, 8.0])
def test_smoothing_weakens_the_pull_on_the_label_by_the_same_everywhere(logit: float):
    """With ten classes and ε = .1 the gradient is weaker by .09 everywhere, and 0 at a logit of ln(.91 / .01). The loss
    itself is larger: at a logit of 2, .977 instead of .797.
    """
    logits, label = np.zeros((1, 10)), np.array([0])
    logits[0, 0] = logit
    plain = -cross_entropy_grad(logits, one_hot(label, 10))[0, 0]
    smooth = -cross_entropy_grad(logits, smooth_targets(label, 10, 0.1))[0, 0]
    assert plain - smooth == pytest.approx(0.09)
    assert f"weaker by 0.09 (ε = 0.1, ten classes) and ends at a finite logit, {optimal_logit_gap(10, 0.1):.2f}" in (
        BY_ID["noise"].lesson
    )


def test_what_is_not_so_is_not_said():
    for wrong in ("punished", "worth its weeks", "beside ImageNet", "all are alike", "petrol", "point or two"):
        assert wrong not in EVERY_TEXT, wrong
    assert "the book's prose" in BY_ID["tta"].lesson and "weighted mean" in BY_ID["tta"].lesson
    assert "80 and 200 epochs with it, 5 and 20 without" in BY_ID["epochs"].lesson
    assert two_runs() in BY_ID["grow"].lesson and "four fifths" in BY_ID["grow"].lesson


def test_at_alpha_1_every_value_is_equally_likely():
    x = np.linspace(0.05, 0.95, 9)
    assert beta_density(x, 1.0) == pytest.approx(np.ones(9))
    assert "at 1 every value is equally likely" in PARTS["alpha"][2]
