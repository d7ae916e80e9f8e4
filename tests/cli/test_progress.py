"""What the command line prints of a run's events."""

import re

import pytest

from sota_core.cli.progress import Terminal


def test_a_pass_is_counted_in_plain_english_and_no_share_is_rounded_to_all(capsys: pytest.CaptureFixture) -> None:
    terminal = Terminal()
    for k in range(3):
        terminal({"kind": "tta_pass", "k": k, "n": 3925, "accuracy": 3924 / 3925})  # type: ignore[arg-type]
    said = capsys.readouterr().err.replace("\u00a0", " ").splitlines()
    assert [re.sub(" +", " ", line) for line in said] == [
        "plain >99.9 % of 3925",
        "TTA, 1 view >99.9 % of 3925",
        "TTA, 2 views >99.9 % of 3925",
    ]


@pytest.mark.parametrize(("loss", "said"), [(0.0, "loss=0.000"), (None, "loss=nan")])
def test_a_loss_of_0_is_a_loss(loss: float | None, said: str, capsys: pytest.CaptureFixture) -> None:
    terminal = Terminal()
    started = {"kind": "started", "n_train": 8, "n_valid": 2, "device": "CPU", "precision": "fp32", "total_steps": 1}
    terminal(started)  # type: ignore[arg-type]
    terminal({"kind": "batch", "step": 1, "smooth_loss": loss})  # type: ignore[arg-type]
    assert terminal.bar is not None and terminal.bar.postfix == said
    terminal.close()
