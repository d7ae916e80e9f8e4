"""The equations' numbers agree with each other and with the maths; symbols take the visitor's own values."""

import pytest

from sota_core.functional.smoothing import smooth_targets
from sota_core.language import use
from sota_core.learn.equations import PARTS, Equation, mixup_equations, smoothing_equations
from sota_core.learn.symbols import ALPHA, EPS, LAM, RATE, SYMBOLS
from sota_core.recipes import PRESETS


def numbers(equation: Equation, row: int = 0) -> list[float]:
    return [float(piece.values[row]) for piece in equation.pieces if piece.values]


@pytest.mark.parametrize("lam", [0.0, 0.3, 0.7, 1.0])
def test_both_sides_of_mixup_are_equal(lam):
    picture, _, loss, _ = mixup_equations(lam, 0.4)
    for equation, near in ((picture, 1.0), (loss, 0.01)):
        left, a, x, b, y = numbers(equation)
        assert left == pytest.approx(a * x + b * y, abs=near)


@pytest.mark.parametrize("eps", [0.0, 0.01, 0.05, 0.1, 0.33, 0.5])
@pytest.mark.parametrize("n", [2, 3, 5, 7, 10, 30, 64, 300, 1000])
def test_both_sides_of_label_smoothing_are_equal(eps, n):
    """As printed: a reader who calculates along gets the result to its last digit."""
    target, loss = smoothing_equations(eps, n)
    expected = smooth_targets([0], n, eps)[0]
    for row in (0, 1):
        left, keep, delta, share, each = numbers(target, row)
        digits = len(target.pieces[0].values[row].partition(".")[2]) if left < 0.001 else 4
        assert left == pytest.approx(keep * delta + share * each, abs=0.51 * 10.0**-digits)
        assert left == pytest.approx(float(expected[row]), abs=6e-5)
    left, keep, old, share, uniform = numbers(loss)
    assert left == pytest.approx(keep * old + share * uniform, abs=0.00051)


@pytest.mark.parametrize(("alpha", "folded"), [(0.4, "0.84"), (1.0, "0.75")])
def test_the_paper_s_draw_has_the_paper_s_mean_and_fastai_s_larger_weight_its_own(alpha: float, folded: str) -> None:
    *_, draw = mixup_equations(0.3, alpha)
    lam, beta = (next(p.values for p in draw.pieces if p.part == part) for part in ("lam", "beta"))
    assert draw.rows == ("paper", "fastai") and (lam, beta) == (("0.30", "0.70"), ("mean 0.50", f"mean {folded}"))


def test_the_chapter_s_five_categories():
    target, _ = smoothing_equations(0.1, 5)
    assert [target.pieces[0].values, target.rows] == [("0.92", "0.02"), ("the label", "the others")]


def test_every_piece_is_explained_and_every_explanation_used():
    pieces = [p for e in (*mixup_equations(0.7, 0.4), *smoothing_equations(0.1, 10)) for p in e.pieces]
    assert {piece.part for piece in pieces} - {""} == set(PARTS)
    assert all(len(p.values) in (0, len(e.rows)) for e in smoothing_equations(0.1, 10) for p in e.pieces)


def test_an_equation_can_be_read_aloud():
    assert mixup_equations(0.7, 0.4)[0].spoken == (
        "The picture: x̃ = λ · xᵢ + (1 − λ) · xⱼ; with numbers: 170 = 0.70 · 200 + 0.30 · 100"
    )


def test_numbers_have_the_marks_of_the_language():
    with use("de"):
        picture, target, *_ = mixup_equations(0.7, 0.4)
        assert "0,70 · 200 + 0,30 · 100" in picture.spoken and "0,70" in target.pieces[0].values[0]
        assert LAM.text({"lam": "0.25"}) == "0,25"


def test_a_symbol_s_value_is_the_visitor_s_else_the_default():
    assert LAM.value({"lam": "0.25"}) == (0.25, True) and LAM.value({}) == (0.7, False)
    assert EPS.value({}) == (PRESETS["label_smoothing"].label_smoothing, False)
    assert ALPHA.value({"mixup.alpha": "1.5", "mixup_alpha": "0.2"}) == (1.5, True)
    assert ALPHA.value({"mixup_alpha": "0.2"}) == (0.2, True)


@pytest.mark.parametrize(
    ("rate", "text"), [("0.003", "0.0030"), ("0.00015", "0.00015"), ("1e-5", "0.00001"), ("1e-06", "0.000001")]
)
def test_a_small_rate_is_shown_as_it_is(rate: str, text: str) -> None:
    assert RATE.text({"phases.0.lr": rate}) == text


@pytest.mark.parametrize("bad", ["nan", "-1", "1e9", "x", ""])
def test_what_no_control_could_say_is_the_default(bad):
    assert all(s.knob.value(dict.fromkeys(s.knob.names, bad))[1] is False for s in SYMBOLS if s.knob)


def test_signs_are_each_explained_once():
    assert len({symbol.sign for symbol in SYMBOLS}) == len(SYMBOLS) >= 14
    assert [s.sign for s in SYMBOLS if s.is_greek] == ["λ", "α", "β", "ε", "δ", "μ", "σ", "Σ", "η", "θ"]


def test_learning_rates_and_tiny_values_keep_their_digits():
    values = {symbol.sign: symbol.value({"lam": "0.004"})[0] for symbol in SYMBOLS}
    assert values["η"] == "0.0030" and values["λ"] == "0.004" and values["N"] == "10" and values["n"] == "4"
