"""What a run has reached, from its summary: one reading of it for lists, strips and headlines."""

from dataclasses import dataclass

from sota_core.train.summary import Summary


@dataclass(frozen=True, slots=True)
class Reached:
    """accuracy  on `n` pictures: of the last validation on all of them, else of the last epoch; None before the first
    seconds   of training
    is_whole  is `accuracy` that of the last validation?
    """

    accuracy: float | None = None
    n: int | None = None
    tta_accuracy: float | None = None
    seconds: float | None = None
    is_whole: bool = False


def reached(summary: Summary) -> Reached:
    """
    >>> reached({"accuracy": None, "n_valid": None, "last_accuracy": .5, "n_quick": 100, "seconds": 3.0})
    Reached(accuracy=0.5, n=100, tta_accuracy=None, seconds=3.0, is_whole=False)
    >>> reached({"accuracy": .7, "n_valid": 500, "last_accuracy": .5, "n_quick": 100, "tta_accuracy": .72}).n
    500
    """
    is_whole = summary.get("accuracy") is not None
    return Reached(
        summary.get("accuracy") if is_whole else summary.get("last_accuracy"),
        summary.get("n_valid") if is_whole and summary.get("n_valid") else summary.get("n_quick"),
        summary.get("tta_accuracy"),
        summary.get("seconds"),
        is_whole,
    )
