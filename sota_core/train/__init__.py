"""A Recipe becomes a fitted model: real fastai, with small callbacks that report and stop.

Only workers import `fit`, `callbacks`, `learner`, `evaluate`, `export` and `calibrate` (they import torch);
`events`, `labels` and `throughput` are light and may be imported anywhere above.
"""
