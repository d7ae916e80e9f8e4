"""The files that a finished run offers for download, each with a note on its use."""

import io
import zipfile
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from pages.parts.train.outcome import FILES
from sota_core.recipes import Recipe
from sota_core.runs.run import Artifact
from sota_core.runs.store.store import Store
from sota_core.system.files import write_atomically
from sota_core.train.outside import PUSHED
from tests.pages.conftest import texts
from tests.runs.builders import ME, batch, started


def test_every_file_of_a_run_and_its_curves_can_be_taken_away(
    visit: Callable[..., AppTest], store: Store, tiny: Recipe, made_outside
) -> None:
    run = store.queue.submit(tiny, owner="somebody")
    store.queue.claim()
    assert store.transitions.begin(run.id, 1, **ME)
    told = batch(2, total_steps=2, phase=0, loss=1.0, smooth_loss=1.0, lr=0.1, mom=0.9)
    store.log.append(run.id, 1, [started(1), told])
    folder = store.artifacts_dir / run.id
    folder.mkdir(parents=True)
    files = []
    for name in FILES:
        (folder / name).write_text(name)
        files.append(Artifact(run.id, name, folder / name, len(name), "0" * 64))
    assert store.transitions.finish(run.id, 1, {"accuracy": 0.5, "n_valid": 10}, files)
    offered = {
        b.proto.label.partition(" · ")[0].replace("\\", ""): b.proto
        for b in visit("train", run=run.id).get("download_button")
    }
    assert {*FILES, "recording.json", "steps.csv", "model.zip"} <= set(offered)
    assert all(offered[name].help == said for name, said in FILES.items())
    assert f"runs export {run.id} --as tensorboard" in offered["steps.csv"].help
    assert {made_outside(f"{run.id}-{name}").decode() for name in FILES} == set(FILES)
    assert made_outside(f"{run.id}.csv").startswith("step,")
    with zipfile.ZipFile(io.BytesIO(made_outside(f"model-{run.id}.zip"))) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            f"model-{run.id}/{name}": name for name in PUSHED
        }


def test_whoever_sends_pictures_is_told_that_anybody_may_take_the_net(
    visit: Callable[..., AppTest], store: Store, tiny: Recipe
) -> None:
    recipe = tiny.replace(source="own:0123456789abcdef/birds", split="random20")
    run = store.queue.submit(recipe, owner="another visitor")
    assert store.queue.claim() and store.transitions.begin(run.id, 1, **ME)
    net = store.artifacts_dir / run.id / "model.safetensors"
    write_atomically(net, b"net")
    assert store.transitions.finish(run.id, 1, {}, [Artifact(run.id, net.name, net, 3, "0" * 64)])
    offered = [button.proto.label for button in visit("train", run=run.id).get("download_button")]
    assert any(label.startswith("model\\.safetensors") for label in offered)
    assert "Anybody can download its net and ask it about pictures" in texts(visit("data"))
