"""What code needs so that its loaders also run where Python does not fork: fastai's pipelines cannot be pickled, and a
script without `if __name__ == "__main__":` would run again in each worker.
"""

_FORKED = """if torch.multiprocessing.get_start_method() == "forkserver":  # Python 3.14 on Linux; workers must fork
    torch.multiprocessing.set_start_method("fork", force=True)
n_workers = {n} if torch.multiprocessing.get_start_method() == "fork" else 0  # Windows and macOS: no workers, so slower
"""

# For the pages' snippets, below fastai's import: its loaders take their number of workers from here.
UNFORKED = """if multiprocessing.get_start_method() != "fork":  # Windows, or Linux with Python 3.14: workers would fail
    defaults.cpus = 0
"""


def forked(n: int) -> str:
    """The lines that stand before fastai's import; their `n_workers` is for the loaders.

    n  workers of a loader, where they can be forked
    """
    return _FORKED.format(n=n).rstrip()
