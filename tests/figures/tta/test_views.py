"""What the page shows of a picture's views at every value of its controls: functional's numbers, to the digits
shown.
"""

import itertools

import numpy as np
import pytest

from sota_core.figures.frames import along, now
from sota_core.figures.tta import templates, views
from sota_core.figures.tta.views import BETAS, N_SHOWN, N_VIEWS, NS, Said, number, shown_classes
from sota_core.functional.tta import combine, combine_logits, view_weights
from sota_core.inference.views import STRENGTHS, draws
from sota_core.words import percent
from tests.figures.templates import slots_of

NAMES = ("carp", "trout", "clam", "scallop", "balloon", "mushroom", "boat")


def said_of(label: int | None = 0, n_classes: int = len(NAMES)) -> Said:
    draws = np.random.default_rng(3).dirichlet([0.6] * n_classes, size=N_VIEWS + 1).astype(np.float32)
    rng = np.random.default_rng(4)
    others = {s: rng.dirichlet([0.6] * n_classes, size=N_VIEWS).astype(np.float32) for s in STRENGTHS if s != 1}
    return Said(NAMES[:n_classes], draws[0], draws[1:], label, others)


SAID = said_of()
AT = {"said": SAID, "n": 4, "beta": 0.25, "use_max": False, "log_odds": False, "strength": 1.0}


@pytest.mark.parametrize(("use_max", "log_odds"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("strength", [0.0, 1.0, 3.0])
def test_every_number_at_every_step_is_the_maths(use_max: bool, log_odds: bool, strength: float) -> None:
    shown, every = shown_classes(SAID), SAID.views(strength)
    for n, beta in itertools.product(NS, BETAS[::2]):
        knobs = {"n": n, "beta": beta, "use_max": use_max, "log_odds": log_odds, "strength": strength}
        slots = now({**AT, **knobs}, views.VIEWS)
        both = (SAID.plain[None], every[:n, None], beta)
        probs = (combine_logits(*both) if log_odds else combine(*both, use_max))[0]
        top, w = int(probs.argmax()), view_weights(n, beta)
        each = [f"{v:.3f}" for v in every[:n, top]]
        right = {
            "top": NAMES[top],
            "top_p": percent(probs[top], 0),
            "p": f"{probs[top]:.2f}",
            "p_plain": f"{SAID.plain[top]:.3f}",
            "p_each": " + ".join(each),
            "p_every": ", ".join(each),
            "total": f"{probs.sum():.2f}",
            "verdict": "right" if top == 0 else "wrong",
            "w_plain": number(w[0]),
            "w_each": number(w[1]),
            "passes": str(n + 1),
            **{f"all{row}": percent(probs[i], 0) for row, i in enumerate(shown)},
        }
        assert {slot: slots[slot] for slot in right} == right
        for row, i in enumerate(shown):
            assert float(slots[f"all{row}_w"]) == pytest.approx(probs[i], rel=1e-3)


def test_the_formula_of_log_odds_adds_up_to_what_it_says() -> None:
    for n, beta in itertools.product(NS, BETAS):
        slots = now({**AT, "n": n, "beta": beta, "log_odds": True}, views.VIEWS)
        ln = [-float(word[1:]) for word in slots["ln_each"].split()]
        total = float(slots["beta"]) * -float(slots["ln_plain"][1:]) + float(slots["w_each"]) * sum(ln)
        assert total == pytest.approx(-float(slots["ln_sum"][1:]), abs=0.004)  # terms and weights are rounded
        assert np.exp(total) == pytest.approx(float(slots["odds"]), abs=0.002)
        assert float(slots["odds"]) / float(slots["odds_all"]) == pytest.approx(float(slots["p"]), abs=0.008)


def test_the_logarithm_of_a_certain_answer_is_nothing_without_a_sign() -> None:
    sure = Said(NAMES[:2], np.array([1, 0], np.float32), np.array([[1, 0]] * N_VIEWS, np.float32), 0)
    slots = now({**AT, "said": sure, "n": 2, "log_odds": True}, views.VIEWS)
    assert (slots["ln_plain"], slots["ln_each"], slots["ln_sum"], slots["odds"]) == (
        "0.000",
        "0.000 0.000",
        "0.000",
        "1.000",
    )


def test_the_three_rules_have_a_formula_each_and_two_of_them_weights() -> None:
    seen = {(m, o): views.rule(m, o) for m in (False, True) for o in (False, True)}
    assert [name for name, shown in seen[False, False].items() if not shown] == ["if_weighted", "if_mean"]
    assert [name for name, shown in seen[False, True].items() if not shown] == ["if_weighted", "if_log_odds"]
    assert [name for name, shown in seen[True, True].items() if not shown] == ["if_max"]
    assert seen[True, True] == seen[True, False]


@pytest.mark.parametrize("use_max", [False, True])
def test_the_formula_for_the_winner_adds_up_to_what_it_says(use_max: bool) -> None:
    for n, beta in itertools.product(NS, BETAS):
        slots = now({**AT, "n": n, "beta": beta, "use_max": use_max}, views.VIEWS)
        plain, each = float(slots["p_plain"]), [float(p) for p in slots["p_every"].split(", ")]
        by_hand = max([plain, *each]) if use_max else float(slots["beta"]) * plain + float(slots["w_each"]) * sum(each)
        assert by_hand == pytest.approx(float(slots["p"]), abs=0.0065)  # .005 from rounding the sum itself


@pytest.mark.parametrize("strength", STRENGTHS)
def test_each_row_has_a_mark_for_each_view_where_that_view_puts_it(strength: float) -> None:
    slots = {**views.rows(SAID), **views.seen(SAID, strength)}
    for row, i in enumerate(shown_classes(SAID)):
        assert slots[f"name{row}"] == (f"✓ {NAMES[i]}" if i == 0 else NAMES[i])
        assert float(slots[f"plain{row}_x"]) == pytest.approx(SAID.plain[i], rel=1e-3)
        for k in NS:
            assert float(slots[f"view{row}_{k}_x"]) == pytest.approx(SAID.views(strength)[k - 1, i], rel=1e-3)


@pytest.mark.parametrize("n", NS)
def test_only_the_views_that_are_combined_are_seen(n: int) -> None:
    slots = views.views(n)
    assert [k for k in NS if slots[f"seen{k}"] == "visible"] == list(range(1, n + 1))
    assert [k for k in NS if slots[f"tile{k}"] == "tile"] == list(range(1, n + 1))
    assert [k for k in NS if slots[f"weight{k}"] == "row"] == list(range(1, n + 1))
    assert slots["columns"] == str(n + 1)


@pytest.mark.parametrize(("n", "beta"), [(4, 0.25), (1, 0.0), (8, 1.0)])
def test_the_bars_are_the_weights_and_the_line_is_an_equal_share(n: int, beta: float) -> None:
    slots = views.weights(n, beta)
    w = view_weights(n, beta)
    assert [float(slots["w_plain_w"]), float(slots["w_each_w"])] == pytest.approx([w[0], w[1]], rel=1e-3)
    assert float(slots["equal_x"]) == pytest.approx(1 / (n + 1), rel=1e-3)


def test_weights_are_written_with_the_decimals_they_have() -> None:
    assert [number(w) for w in (0.1875, 0.25, 0.0938, 1.0, 0.0)] == [".1875", ".25", ".0938", "1", "0"]


def test_the_rows_and_their_marks_stay_while_any_knob_is_moved() -> None:
    from pages.parts.tta.figure import KNOBS

    moved = {knob.name: set(along(knob, AT, views.VIEWS)) for knob in KNOBS}
    assert not any(slot.startswith(("row", "name", "plain")) for slots in moved.values() for slot in slots)
    assert {"all0", "all0_w", "top_p", "w_each", "seen5", "columns"} <= moved["n"]
    assert {"beta", "w_plain", "all0_w", "p"} <= moved["beta"] and "columns" not in moved["beta"]
    assert {"if_mean", "if_max", "p"} <= moved["use_max"] and "w_plain" not in moved["use_max"]
    assert {"if_mean", "if_log_odds", "p"} <= moved["log_odds"] and "if_weighted" not in moved["log_odds"]
    assert {"step", "says1", "view0_1_x", "all0", "p"} <= moved["strength"] and "columns" not in moved["strength"]


def test_the_true_class_is_shown_however_unlikely() -> None:
    least = int(np.max([SAID.plain, *(SAID.views(s).max(axis=0) for s in STRENGTHS)], axis=0).argmin())
    slots = views.rows(said_of(least))
    assert slots[f"name{N_SHOWN - 1}"] == f"✓ {NAMES[least]}"


def test_a_picture_of_unknown_class_has_no_tick_and_is_not_judged() -> None:
    said = said_of(None)
    slots = now({**AT, "said": said}, (*views.VIEWS, views.told))
    assert not any("✓" in slots[f"name{row}"] for row in range(N_SHOWN))
    assert slots["truth"] == slots["verdict"] == "" and "true class" not in slots["said_votes"]


def test_of_three_classes_two_rows_stay_empty() -> None:
    slots = now({**AT, "said": said_of(1, n_classes=3)}, views.VIEWS)
    assert [slots[f"row{row}"] for row in range(N_SHOWN)] == ["row"] * 3 + ["none"] * 2


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_tile_says_what_the_net_says_of_its_view(strength: float) -> None:
    how = {s: tuple(draws(N_VIEWS, 9, s)) for s in STRENGTHS}
    slots = {**views.seen(SAID, strength), **views.happened(tuple(how.values()), strength)}
    for k, probs in enumerate([SAID.plain, *SAID.views(strength)]):
        top = int(probs.argmax())
        judged = "right" if top == 0 else "wrong"
        assert slots[f"says{k}"] == f"{NAMES[top]} {100 * probs[top]:.0f}\u00a0%"
        assert slots[f"judged{k}"].split() == ["line", judged] and slots[f"alt{k}"].endswith(judged)
        assert k == 0 or slots[f"how{k}"] == how[strength][k - 1].words()
    assert slots["step"] == str(STRENGTHS.index(strength))


def test_the_words_name_both_predictions_the_weights_and_the_truth() -> None:
    told = views.told(SAID, 4, 0.25, False, False, 1.0)
    probs = combine(SAID.plain[None], SAID.augmented[:4, None])[0]
    assert f"The plain view says {NAMES[int(SAID.plain.argmax())]}" in told["said_votes"]
    assert f"combination says {NAMES[int(probs.argmax())]}" in told["said_votes"]
    assert "The true class is carp" in told["said_votes"] and ".1875; equal shares would be .2" in told["said_weights"]
    assert "With 4 augmented views and β = 0.25" in told["said"]
    assert "the maximum" in views.told(SAID, 4, 0.25, True, True, 1.0)["said"]
    assert "of strength 2.0 and log-odds at β = 0.25" in views.told(SAID, 4, 0.25, False, True, 2.0)["said"]


def test_every_slot_of_every_template_is_filled() -> None:
    at = AT | {"how": tuple(tuple(draws(N_VIEWS, 9, s)) for s in STRENGTHS)}
    filled = set(now(at, (*views.VIEWS, views.happened, views.told))) | set(views.tiles([""] * 9))
    for template in (templates.tiles(), templates.votes(), templates.weights(), templates.formula()):
        assert slots_of(template) <= filled
