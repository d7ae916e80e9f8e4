"""How numbers are written for readers; the examples in the docstrings run here."""

import ast
import doctest
import math
import re

import pytest

from sota_core import limits, paths, words
from sota_core.analysis import export, noise, series
from sota_core.figures import palette
from sota_core.figures.runs import epoch_table


@pytest.mark.parametrize(
    "module", [palette, series, epoch_table, export, noise, words, limits], ids=lambda m: m.__name__
)
def test_the_examples_of_the_docstrings_hold(module) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0 and found.failed == 0


@pytest.mark.parametrize("write", [words.percent, words.loss, words.clock])
@pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
def test_a_number_that_is_none_is_a_dash(write, nothing: float | None) -> None:
    assert write(nothing) == "–"


@pytest.mark.parametrize("n", [400, 2000, 2678, 3925])
def test_a_change_is_what_a_reader_gets_who_subtracts_the_written_shares(n: int) -> None:
    for k in range(n + 1):
        if (text := words.percent(k / n).split()[0])[0] in "<>":  # nobody can subtract it
            continue
        written = float(text)
        assert words.points(words.change(0.0, k / n)).lstrip("+") == f"{written:.1f} points"


@pytest.mark.parametrize("digits", [1, 2, 4, 6])
def test_a_short_number_never_has_python_s_exponent(digits: int) -> None:
    for exponent in range(-9, 7):
        value = 1.23456 * 10.0**exponent
        text = words.short(value, digits)
        mantissa, _, power = text.partition("\u00a0·\u00a010")
        raised = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
        assert "e" not in text and float(f"{value:.{digits}g}") == pytest.approx(
            float(mantissa.replace(",", "")) * 10.0**raised
        )


@pytest.mark.parametrize("write", [words.percent, words.share, lambda share: words.percent(share, 0)])
@pytest.mark.parametrize("share", [1e-9, 0.0004, 0.004, 0.9952, 3924 / 3925, 0.9996, 1 - 1e-9])
def test_what_is_not_whole_is_never_100_percent_and_what_is_not_nothing_never_0(write, share: float) -> None:
    assert write(share).split("\u00a0")[0] not in ("100", "100.0", "0", "0.0")
    assert write(1.0).startswith("100") and write(1 + 1e-15).startswith("100") and write(0.1 + 0.2 - 0.3)[0] == "0"


def test_a_difference_of_nothing_has_no_sign() -> None:
    assert words.points(-0.0001) == "0.0 points"
    assert (words.number(-0.001), words.percent(-0.0004), words.loss(-0.0)) == ("0.00", "0.0\u00a0%", "0.000")


@pytest.mark.parametrize(
    ("n_bytes", "said"),
    [(999, "999 bytes"), (999_499, "999 kB"), (999_999, "1 MB"), (999_400_000, "999 MB"), (999_999_999, "1.0 GB")],
)
def test_a_size_is_never_a_thousand_of_a_unit(n_bytes: int, said: str) -> None:
    assert words.size_of(n_bytes) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "5 seconds"), (56, "60 seconds"), (58, "1 minute"), (90, "2 minutes"), (3420, "57 minutes"),
        (3421, "1 hour"), (3600, "1 hour"), (82_080, "23 hours"), (82_081, "1 day"), (86_400, "1 day"),
    ],
)  # fmt: skip
def test_lengths_of_time_are_round(seconds: float, said: str) -> None:
    assert words.about(seconds) == said


def test_text_from_outside_cannot_become_markdown() -> None:
    assert words.markdown_safe("[x](y) **b** :red[c] <i>") == (r"\[x\]\(y\) \*\*b\*\* \:red\[c\] \<i\>")


@pytest.mark.parametrize(
    "text", ["http://a.example", "HTTPS://a.example/b?c=d", "www.a.example", "WWW.a.example", "me@a.example"]
)
def test_an_address_becomes_no_link(text) -> None:
    """The pattern is the one by which GitHub's markdown finds addresses in parsed text, as the browser runs it."""
    shown = re.sub(r"\\(.)", r"\1", words.markdown_safe(text))
    assert not re.search(r"(https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(\.[-\w]+)+", shown, re.IGNORECASE)
    assert shown.replace("\u2060", "") == text


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("phases: at most 200 epochs", "Phases: at most 200 epochs"),
        ("mixup_alpha: must be a number", "mixup_alpha: must be a number"),
        ("ensure('sample'): no room", "'sample': no room"),
        (ValueError("the disk is full"), "The disk is full"),
        ("own.zip is no archive", "own.zip is no archive"),
    ],
)
def test_an_alert_begins_as_a_sentence_does(problem: object, said: str) -> None:
    assert words.sentence(problem).replace("\\", "") == said


def test_every_alert_that_repeats_an_error_begins_so() -> None:
    bare = re.compile(r"st\.(error|warning|info)\(words\.markdown_safe\(")
    assert [p.name for p in (paths.ROOT / "pages").rglob("*.py") if bare.search(p.read_text())] == []


@pytest.mark.long
def test_no_number_on_a_page_can_be_parted_from_its_percent_sign() -> None:
    parted = []
    for folder in ("pages", "sota_core/figures", "sota_core/analysis", "sota_core/recipes"):
        for path in (paths.ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, _DOCUMENTED)}
            texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            parted += [(path.name, t) for t in texts if t not in docs and re.search(r"(\d|^) %(?!\w)", t)]
    assert [found for found in parted if found not in ALLOWED] == []


_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
# options of a slider, which stand in addresses
ALLOWED = [("glide.py", " %")]
