"""What pages share: the store is opened once, and again after it was closed for a fork; where an estimate holds."""

from pathlib import Path

from pages.shared.session import cached
from sota_core.recipes import Recipe, Throughput
from sota_core.train.throughput import save_throughput


def test_a_store_closed_before_a_fork_is_opened_again_by_whoever_asks_next(home: Path) -> None:
    first = cached.store()
    assert cached.store() is first
    cached.close_store()
    again = cached.store()
    assert again is not first and again.history.list_runs() == []
    cached.close_store()


def test_a_recipe_that_names_the_cpu_is_not_said_to_be_estimated_by_the_card(home: Path) -> None:
    save_throughput(Throughput(2e13, 3e-5, device="NVIDIA H200"), cached.settings())
    cached._throughput.clear()
    assert cached.device() == cached.device(Recipe()) == cached.device(Recipe(device="cuda")) == "NVIDIA H200"
    assert cached.device(Recipe(device="cpu")) == "two CPU cores (speed assumed)"
