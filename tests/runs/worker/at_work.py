"""A worker's whole life, in the test's own process."""

from sota_core.runs.worker import worker


def work(claimed, settings, trainer, **options):
    """Its exit code."""
    return worker.main(claimed.id, claimed.attempt, settings, trainer=trainer, **options)
