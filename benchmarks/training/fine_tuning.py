"""Is it worth starting from the net that ships? The prints, with and without, and under right and wrong statistics.

`python -m benchmarks.training.fine_tuning` trains every arm with every seed and writes what the pages show:
sota_core/assets/fine_tuning.json. Minutes on two cores. Rates and epochs were chosen with seed 1, which is not shown.
"""

import argparse
import datetime
import json
import tempfile
from pathlib import Path

from sota_core import paths
from sota_core.data.sets.catalog import SOURCES
from sota_core.inference.fine_tuning import ARMS, FILE
from sota_core.settings import load
from sota_core.train.events import Event

SEEDS = (11, 12, 13)
N_VALID = SOURCES["prints"].n_valid


def main(to: Path, arms: list[str]) -> None:
    from sota_core.train.device import choose_device, choose_precision, device_in_words
    from sota_core.train.fit import run_recipe

    settings, device = load(), choose_device("auto")
    of = {"device": device_in_words(device), "precision": choose_precision("auto", device)[0], "n_valid": N_VALID}
    rows: list[dict] = []
    for arm in arms:
        for seed in SEEDS:
            epochs: list[float] = []

            def note(event: Event, epochs: list[float] = epochs) -> None:
                if event["kind"] == "epoch":
                    epochs.append(round(event["accuracy"], 4))

            with tempfile.TemporaryDirectory() as work:
                recipe, out_dir = ARMS[arm].replace(seed=seed), Path(work)
                got = run_recipe(recipe, settings, emit=note, should_stop=lambda: False, out_dir=out_dir).summary
            accuracy = got.get("accuracy") or 0.0
            rows.append({"arm": arm, "seed": seed, "accuracy": round(accuracy, 4), "epochs": epochs})
            print(f"{arm} seed {seed}: {accuracy:.3f} in {got.get('seconds', 0):.0f} s; {epochs}", flush=True)
            said = of | {"date": datetime.date.today().isoformat(), "rows": rows}
            to.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=paths.ASSETS / FILE)
    parser.add_argument("--arm", action="append", choices=ARMS, help="only these; repeatable")
    args = parser.parse_args()
    main(args.to, args.arm or list(ARMS))
