"""Where torch keeps the weights it has fetched, and which are there. Looks only at file names; does not load torch."""

import os
from collections.abc import Mapping
from pathlib import Path

_PLACE = "https://download.pytorch.org/models"
# As torchvision names the files of `weights="DEFAULT"`: ResNet34_Weights.DEFAULT.url and its like.
WEIGHTS = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-11ad3fa6.pth",
}


def checkpoints(env: Mapping[str, str] = os.environ) -> Path:
    """The folder torch.hub looks in before it fetches: below TORCH_HOME, else the user's cache.

    >>> checkpoints({"TORCH_HOME": "/data/torch"}).as_posix()
    '/data/torch/hub/checkpoints'
    """
    home = env.get("TORCH_HOME") or Path(env.get("XDG_CACHE_HOME") or "~/.cache") / "torch"
    return Path(home).expanduser() / "hub" / "checkpoints"


def fetched(arch: str, env: Mapping[str, str] = os.environ) -> Path | None:
    """The file of this net's weights, torchvision's `DEFAULT` ones; None if it has not been fetched."""
    try:
        file = checkpoints(env) / WEIGHTS[arch]
        return file if file.is_file() else None
    except (KeyError, OSError):
        return None


def fetch_command(arch: str) -> str:
    """A shell command that fetches these weights to where `fetched` looks. It uses torch alone, since with some builds
    of torch, importing torchvision fails (data/loading/torchvision_ops.py).
    """
    return f"python -c \"import torch; torch.hub.load_state_dict_from_url('{_PLACE}/{WEIGHTS[arch]}')\""
