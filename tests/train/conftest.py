"""Settings of torch for tests that train."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """These nets are too small for several threads: waiting for each other costs more than the work."""
    import torch

    torch.set_num_threads(1)
