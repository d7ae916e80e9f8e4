"""The fastai call that does what the page on test-time augmentation shows, to copy. fastai is not imported."""


def tta_code(n: int, beta: float, use_max: bool = False) -> str:
    """Predict with n augmented views and the plain one, weighted as on the screen."""
    how = f"n={n}, use_max=True" if use_max else f"n={n}, beta={beta:g}"
    note = "the largest probability of all views; rows no longer sum to 1" if use_max else "plain counts beta"
    return f"""from fastai.vision.all import *

# learn: a trained Learner. {n + 1} passes over its validation pictures, {n} of them augmented as in training
probs, targets = learn.tta({how})  # {note}
accuracy(probs, targets)
"""
