"""What a script needs before it imports fastai, so that its loaders' workers start: they must be forked.

fastai's pipelines cannot be pickled, and a script without `if __name__ == "__main__":` would run again in each worker.
"""

FORKED = """if torch.multiprocessing.get_start_method() == "forkserver":  # Python 3.14 on Linux; workers must fork
    torch.multiprocessing.set_start_method("fork", force=True)"""
