"""The life of a run: store, dispatcher, executor, worker.

Nothing that the web process imports from here loads torch or fastai. Only the processes that train, and those that they
are forked from, import them, with modules of `sota_core.train`.
"""
