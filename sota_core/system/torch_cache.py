"""Where torch keeps the weights it has fetched, and which lie there. Reads names alone; does not load torch."""

import os
from collections.abc import Mapping
from pathlib import Path


def checkpoints(env: Mapping[str, str] = os.environ) -> Path:
    """The folder torch.hub looks in before it fetches: below TORCH_HOME, else the user's cache.

    >>> checkpoints({"TORCH_HOME": "/data/torch"}).as_posix()
    '/data/torch/hub/checkpoints'
    """
    home = env.get("TORCH_HOME") or Path(env.get("XDG_CACHE_HOME") or "~/.cache") / "torch"
    return Path(home).expanduser() / "hub" / "checkpoints"


def fetched(arch: str, env: Mapping[str, str] = os.environ) -> str | None:
    """The file of this net's weights as torchvision names it (`resnet34-b627a593.pth`); None where none lies there."""
    try:
        return min((p.name for p in checkpoints(env).glob(f"{arch}-*.pth")), default=None)
    except OSError:
        return None
