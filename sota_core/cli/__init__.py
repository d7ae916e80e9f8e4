"""The command line: train, submit, dispatch, runs, datasets, recipes, worker, serve. Scripts rely on its words."""
