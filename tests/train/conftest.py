"""Training in tests."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """These nets are too small to share out: with two threads the waiting costs more than the work."""
    import torch

    torch.set_num_threads(1)
