"""A Recipe becomes a fitted model: real fastai, driven by two small callbacks.

Only workers import `fit`, `callbacks`, `learner`, `evaluate`, `export` and `calibrate` (they bring torch);
`events`, `labels` and `throughput` are light and may be imported anywhere above.
"""
