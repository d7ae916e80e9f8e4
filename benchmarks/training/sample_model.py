"""Trains the small model that ships with the app, and writes it where it ships.

`python -m benchmarks.training.sample_model` does it.
The embedded data set, one thread, fixed seed: some two minutes on a free core. The same machine and library
versions give the same file; others give a net as good, whose predictions.npz is written from the same training.
docs/sample_model.md says what is in the folder.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np

from sota_core import paths
from sota_core.data.pictures.view import load_presized, squared
from sota_core.data.sets import sources
from sota_core.figures.tta.views import BETAS, N_VIEWS
from sota_core.inference import load_model, other_sizes, other_statistics, probabilities, stretched
from sota_core.inference import sweep as sweeps
from sota_core.inference.other_sizes import OTHER_SIZES
from sota_core.inference.other_statistics import OTHER_STATISTICS
from sota_core.inference.predictions import PREDICTIONS, load_stored
from sota_core.inference.stretched import STRETCHED
from sota_core.inference.sweep import SWEEP, TRAINED
from sota_core.inference.views import STRENGTHS, corner_views
from sota_core.recipes import Recipe, apply_settings, preset
from sota_core.settings import load

WEIGHTS = "model.safetensors"
SHIPPED = paths.ASSETS / "sample_model"
FILES = ("model.onnx", "model.json", WEIGHTS, PREDICTIONS, STRETCHED, SWEEP, OTHER_SIZES, OTHER_STATISTICS)
CHANGES = (
    "split=official",
    "arch=xresnet18",
    "width=0.1875",
    "size=80",
    "presize=160",
    "n_epochs=9",
    "lr=0.006",
    "normalize=dataset",
    "precision=fp32",
    "device=cpu",
    "tta_n=12",
)


def recipe() -> Recipe:
    """The chapter's normalize experiment, small: what `train --recipe normalize --data sample --set …` composes."""
    return apply_settings(preset("normalize").replace(source="sample"), CHANGES)


def other_looks(folder: Path, root: Path) -> dict[str, np.ndarray]:
    """Squish, pad and the five crops of every validation picture, asked of the exported model.

    Shapes
        returns  squish, pad (B, N); corners (5, B, N)
    """
    model, stored = load_model(folder), load_stored(folder / PREDICTIONS)
    looks: dict[str, list[np.ndarray]] = {"squish": [], "pad": [], "corners": []}
    for name in stored.names:
        picture = load_presized(root / name, model.presize)
        for how in ("squish", "pad"):
            view = np.asarray(squared(picture.image, model.size, how)).transpose(2, 0, 1)
            looks[how].append(probabilities(model, view[None])[0])
        looks["corners"].append(probabilities(model, corner_views(picture, model.size)))
    found = {how: np.stack(rows) for how, rows in looks.items()}
    return found | {"corners": found["corners"].transpose(1, 0, 2)}


def ask_stretched(folder: Path, root: Path) -> None:
    """Ask the exported model about every validation picture at the other strengths, and count what each setting gives.

    The views of picture i are drawn with seed i, the same at every strength. Blocking: five minutes on a free core.
    """
    model, stored = load_model(folder), load_stored(folder / PREDICTIONS)
    found = {strength: [] for strength in STRENGTHS if strength != TRAINED}
    for i, name in enumerate(stored.names):
        picture = load_presized(root / name, model.presize)
        for strength, said in found.items():
            said.append(stretched.ask(model, picture, stored.n_views, i, strength))
    stretched.save(folder / STRETCHED, {strength: np.stack(said, axis=1) for strength, said in found.items()})
    count_settings(folder)


def count_settings(folder: Path) -> None:
    """Write how the set comes out under every setting of the page. Blocking: some ten seconds."""
    stored = load_stored(folder / PREDICTIONS)
    sweeps.save(folder / SWEEP, sweeps.sweep(stored, BETAS, N_VIEWS, stretched.load(folder / STRETCHED)))


def ask_other_sizes(folder: Path, root: Path) -> None:
    """Ask an exported net, this one or any run's, at 0.75 to 1.5 times its training size. Blocking: a minute here."""
    found = other_sizes.ask(load_model(folder), load_stored(folder / PREDICTIONS), root)
    other_sizes.save(folder / OTHER_SIZES, found)
    for at in found.counted():
        print(
            f"{at.size} px, {at.size / found.own:.2f} times: {at.n_right} of {at.n}, {100 * at.accuracy:.1f} %; "
            f"{100 * at.gain:+.1f} points ± {100 * at.noise:.1f}"
        )


def ask_other_statistics(folder: Path, root: Path) -> None:
    """Ask an exported net about its validation pictures under its own and other statistics. Blocking: some seconds."""
    found = other_statistics.ask(load_model(folder), load_stored(folder / PREDICTIONS), root)
    other_statistics.save(folder / OTHER_STATISTICS, found)
    for kind, of in found.counted().items():
        print(
            f"{kind}: {of.n_right} of {of.n}, {100 * of.accuracy:.1f} %; "
            f"{100 * of.gain:+.1f} points ± {100 * of.noise:.1f}"
        )


def train(to: Path) -> None:
    # One thread: the net is too small to gain from a second, and the sums keep their order. Before torch is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from sota_core.train.fit import run_recipe

    settings = load()
    with tempfile.TemporaryDirectory() as work:
        run_recipe(recipe(), settings, emit=_say, should_stop=lambda: False, out_dir=Path(work))
        root = sources.ensure("sample", settings)
        looks = other_looks(Path(work), root)
        with np.load(Path(work) / PREDICTIONS, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        np.savez_compressed(Path(work) / PREDICTIONS, **arrays, **looks)
        _halve(Path(work) / WEIGHTS)
        ask_stretched(Path(work), root)
        ask_other_sizes(Path(work), root)
        ask_other_statistics(Path(work), root)
        to.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (to / name).write_bytes((Path(work) / name).read_bytes())
            print(f"{to / name}  {(to / name).stat().st_size:,} bytes")


def _halve(path: Path) -> None:
    """16 bits a number: enough for a start, and half the bytes."""
    from safetensors.torch import load_file, save_file

    weights = {k: v.half() for k, v in load_file(path).items() if v.is_floating_point()}
    save_file(weights, path, metadata={"format": "pt"})


def _say(event: dict) -> None:
    if event["kind"] == "epoch":
        print(f"epoch {event['epoch'] + 1}: accuracy {event['accuracy']:.3f}, {event['seconds']:.0f} s", flush=True)
    elif event["kind"] == "tta_pass":
        print(f"{event['k']} augmented views: accuracy {event['accuracy']:.3f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stretch", action="store_true", help="only ask the net that ships at other strengths")
    parser.add_argument("--sizes", action="store_true", help="only ask the net in the folder at other sizes")
    parser.add_argument("--statistics", action="store_true", help="only ask that net under other statistics")
    parser.add_argument(
        "--pictures", type=Path, help="with --sizes or --statistics: folder of the set a run was validated on"
    )
    parser.add_argument("--to", type=Path, default=SHIPPED, help="folder to write (default: where it ships)")
    args = parser.parse_args()
    if args.sizes:
        ask_other_sizes(args.to, args.pictures or sources.ensure("sample", load()))
    elif args.statistics:
        ask_other_statistics(args.to, args.pictures or sources.ensure("sample", load()))
    elif args.stretch:
        ask_stretched(args.to, sources.ensure("sample", load()))
    else:
        train(args.to)
