"""Many threads make sure that there is a dispatcher: each notices its end, none stumbles over another."""

from types import SimpleNamespace

from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.lock import take_file


def test_an_end_that_another_thread_has_noticed_meanwhile_is_no_error(settings, monkeypatch):
    started = []

    def poll():
        started.clear()  # the other thread, at the worst moment
        return 1

    started.append((settings.home, SimpleNamespace(poll=poll, returncode=1)))
    monkeypatch.setattr(dispatcher, "_started", started)
    monkeypatch.setattr(dispatcher, "_not_before", {})
    take_file(settings)  # there is one already: none is started here
    dispatcher.ensure_running(settings)
    assert started == [] and settings.home in dispatcher._not_before
