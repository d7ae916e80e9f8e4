"""The chapter's baseline as fastai code, line by line: a page steps through the same lines that it offers to copy."""

from dataclasses import dataclass

from sota_core.recipes import PRESETS
from sota_core.script.snippets import HEAD_OF_LOADERS, batches, path_lines

BASELINE = PRESETS["baseline"]
PHASE = BASELINE.phases[0]
PRESIZE = BASELINE.presize
MIN_SCALE = 0.75


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the code that can be explained by itself; `id` names it in an address."""

    id: str
    code: str


def baseline_lines(source: str, lr: float, *, is_wide: bool = False) -> tuple[Line, ...]:
    """The lines, in order.

    lr       the peak of the one cycle
    is_wide  leave n_out away, so that the net has 1000 outputs
    """
    net = "xresnet50()" if is_wide else "xresnet50(n_out=dls.c)"
    return (
        Line("set", path_lines(source).splitlines()[-1]),
        Line("blocks", "    blocks=(ImageBlock, CategoryBlock),"),
        Line("files", "    get_items=get_image_files,"),
        Line("labels", "    get_y=parent_label,"),
        Line("split", "    # no splitter: a random fifth is held out"),
        Line("resize", f"    item_tfms=Resize({PRESIZE}),"),
        Line("augment", f"    batch_tfms=aug_transforms(size={PHASE.size}, min_scale={MIN_SCALE}),"),
        Line("loaders", f"dls = dblock.dataloaders(path, bs={PHASE.bs})"),
        Line("net", f"net = {net}"),
        Line("loss", "learn = Learner(dls, net, loss_func=CrossEntropyLossFlat(), metrics=accuracy)"),
        Line("fit", f"learn.fit_one_cycle({PHASE.n_epochs}, {lr:g})"),
    )


def baseline_code(source: str, lr: float, *, is_wide: bool = False, n: int | None = None) -> str:
    """The whole code, ready to copy; with smaller batches than the lines' where the set's n pictures fill none."""
    lines = {line.id: line.code for line in baseline_lines(source, lr, is_wide=is_wide)}
    block = "\n".join(lines[name] for name in ("blocks", "files", "labels", "split", "resize", "augment"))
    (bs,), why = batches([PHASE.bs], n)
    lines["loaders"] = why + lines["loaders"].replace(f"bs={PHASE.bs}", f"bs={bs}")
    rest = "\n".join(lines[name] for name in ("loaders", "net", "loss", "fit"))
    return f"{HEAD_OF_LOADERS}\n{path_lines(source)}\ndblock = DataBlock(\n{block}\n)\n{rest}\n"


def seeded_code() -> str:
    """The lines that make the baseline repeatable on one machine, in the order in which they must stand."""
    return """set_seed(42, reproducible=True)  # seeds Python, NumPy and torch; cuDNN takes deterministic algorithms
dblock = DataBlock(..., splitter=RandomSplitter(0.2, seed=42))  # the same fifth held out, whatever the seed above
dls = dblock.dataloaders(path, bs=64, num_workers=min(2, defaults.cpus))  # seeds its shuffling: call set_seed before
learn = Learner(dls, xresnet50(n_out=dls.c), loss_func=CrossEntropyLossFlat(), metrics=accuracy)
"""
