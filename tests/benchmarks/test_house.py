"""The counts that benchmarks.house makes of a checkout, on a small one that is counted by hand."""

from pathlib import Path

import pytest

from benchmarks.house import circles, lines_of, measure
from sota_core import paths


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Five files: `low` imports upwards from `high`, `a` and `b` import each other."""
    sources = {
        "sota_core/__init__.py": "",
        "sota_core/low/one.py": "from sota_core.high import two\n\ndef plain():\n    return two\n",
        "sota_core/high/two.py": 'class Thing:\n    """A."""\n    x = 1\n\n\n    def _hidden(self):\n        pass\n',
        "pages/a.py": "import pages.b\n",
        "pages/b.py": "from . import a\n\ndef page():\n    '''A page.'''\n    def inner():\n        pass\n",
        "tests/test_architecture.py": 'FLOORS = (("low",), ("high",))\n',
    }
    for name, text in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_small_checkout_is_counted_as_by_hand(checkout: Path):
    found = measure(checkout)
    assert (found.n_files, found.n_lines) == (5, 4 + 7 + 1 + 6)
    assert found.widest == ("pages", 2) and found.largest == ("sota_core/high/two.py", 7)
    assert found.in_circles == ("pages.a", "pages.b") and found.arrows_up == 1
    assert found.documented == (2, 4) and found.public == (2, 3)


def test_without_floors_that_can_be_read_arrows_stay_blank(checkout: Path):
    (checkout / "tests" / "test_architecture.py").write_text('FLOORS = ["low", "high"]\n')
    found = measure(checkout)
    assert found.arrows_up is None and "arrows up         –" in lines_of(found)


def test_a_circle_of_three_beside_a_chain():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"d"}}
    assert circles(edges) == ("a", "b", "c")


@pytest.mark.long
def test_this_checkout_has_neither_circles_nor_arrows_up():
    found = measure(paths.ROOT)
    assert found.in_circles == () and found.arrows_up == 0


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="sota_core and pages"):
        measure(tmp_path)
