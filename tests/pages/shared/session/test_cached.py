"""What pages share: the store is opened once, and again after it was closed for a fork."""

from pathlib import Path

from pages.shared.session import cached


def test_a_store_closed_before_a_fork_is_opened_again_by_whoever_asks_next(home: Path) -> None:
    first = cached.store()
    assert cached.store() is first
    cached.close_store()
    again = cached.store()
    assert again is not first and again.history.list_runs() == []
    cached.close_store()
