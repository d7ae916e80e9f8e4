"""Runs a worker from start to end in the test's own process."""

from sota_core.runs.worker import worker


def work(claimed, settings, trainer, **options):
    """The worker's exit code."""
    return worker.main(claimed.id, claimed.attempt, settings, trainer=trainer, **options)
