"""steps: milliseconds of a training step from the resident pictures, by size and precision."""

from collections.abc import Iterator
from typing import Any

from benchmarks.gpu.lab import Lab, refusal
from benchmarks.rows import row


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_step_SIZE_PRECISION`, without a bar: other benchmarks here set these against something."""
    for size, bs in lab.sizes:
        recipe = lab.recipe(size, bs)
        dls = lab.dls(recipe)
        for precision in ("bf16", "fp16", "fp32"):
            name = f"gpu_step_{size}_{precision}"
            if not lab.has_time(name, 10):
                continue
            timed = [lab.step_s(recipe, dls, precision) for _ in range(lab.n_rounds)]
            times = [each.s for each in timed]
            note, refused = f"batches of {bs}, {bs / min(times):.0f} pictures/s at best", refusal(*timed)
            ms = [1e3 * s for s in times]
            yield row(name, ms, unit="ms", budget=None, device=lab.words, note=note, refused=refused)
