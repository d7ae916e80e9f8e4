"""`calibrate`: how fast this machine trains, measured and kept under SOTA_HOME. The dispatcher starts it by itself."""

import argparse

from sota_core.settings import Settings
from sota_core.system.environment import prepare_to_train


def run(args: argparse.Namespace, settings: Settings) -> int:
    prepare_to_train()
    from sota_core.train.calibrate import measure_throughput  # imports torch

    found = measure_throughput(settings, args.device)
    print(
        f"{found.device}: {found.macs_per_s / 1e9:.4g} billion multiply-adds a second in fp32, "
        f"{found.mixed_speedup:.3g} times that in mixed precision, {1e3 * found.image_s:.3g} ms a picture besides"
    )
    return 0
