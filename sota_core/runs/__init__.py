"""The life of a run: store, dispatcher, executor, worker.

The web process imports `store` and `dispatcher` from here, neither of which loads torch or fastai; only a worker
reaches down into `sota_core.train`.
"""
