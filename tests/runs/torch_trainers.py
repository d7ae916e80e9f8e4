"""A stand-in for training that imports torch, so that a fork server that preloads it has torch imported."""

import os

import torch

from sota_core.train.summary import Outcome


def shares(recipe, settings, *, emit, should_stop, out_dir):
    """Returns which card and how many threads this worker was given."""
    return Outcome({"gpu": os.environ.get("CUDA_VISIBLE_DEVICES"), "threads": torch.get_num_threads()})
