"""What a run of a technique costs on this machine, shown beside its proof."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import cached, site
from sota_core.recipes import Recipe
from sota_core.runs.recordings import recording
from sota_core.runs.store.store import Store
from sota_core.system.processes import host_name
from tests.pages.conftest import texts


@pytest.mark.parametrize("page", ["baseline", "tta", "mixup", "label_smoothing"])
def test_the_cost_of_the_proof_learns_from_the_runs_of_this_machine(
    visit: Callable[..., AppTest], store: Store, tiny: Recipe, page: str
) -> None:
    before = texts(visit(page))
    assert "in all on two CPU cores \\(speed assumed\\)" in before
    run = store.queue.submit(tiny, owner="somebody", state="starting")
    assert store.transitions.begin(run.id, 1, pid=1, birth=None, host=host_name())
    took = {"n_train": 1500, "n_valid": 500, "prepare_s": 0.3, "seconds": 900.0, "answers_s": 40.0}
    assert store.transitions.finish(run.id, 1, took)
    cached._past.clear()
    after = texts(visit(page))
    assert "hours in all on two CPU cores \\(speed from its last runs\\)" in after and "assumed" not in after


@pytest.mark.parametrize(
    ("page", "id", "accuracy"),
    [
        ("baseline", "baseline-nvidia-h200", "78.5\u00a0%"),
        ("normalization", "normalize-nvidia-h200", "77.7\u00a0%"),
        ("resizing", "progressive-nvidia-h200", "80.7\u00a0%"),
        ("mixup", "mixup-nvidia-h200", "85.8\u00a0%"),
        ("label_smoothing", "label-smoothing-nvidia-h200", "87.6\u00a0%"),
        ("tta", "progressive-nvidia-h200", "80.7\u00a0%, with TTA 85.0\u00a0%"),
    ],
)
def test_beside_the_proof_stands_the_experiment_as_printed(
    visit: Callable[..., AppTest], page: str, id: str, accuracy: str
) -> None:
    (link,) = [link.proto for link in visit(page).get("page_link") if "as printed" in link.proto.label]
    assert link.label == f"Watch it as printed: {accuracy}, recorded on NVIDIA H200"
    assert link.query_string == f"recording={id}"


def test_what_the_views_gained_the_printed_experiments_stands_beside_what_the_texts_print(
    visit: Callable[..., AppTest],
) -> None:
    said = texts(visit("tta"))
    # label smoothing 87.64 to 88.54 %, progressive resizing 80.69 to 84.99 %
    assert "recorded on NVIDIA H200, gained +0.9 points to +4.3 points with 4 views; 4 of them gained more than" in said


@pytest.fixture
def none_ship(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(recording, "SHIPPED_FOLDER", tmp_path / "none")
    kept = (recording.shipped, recording.as_printed)
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


@pytest.mark.usefixtures("none_ship")
@pytest.mark.parametrize("page", ["tta", "mixup", site.HOME])
def test_a_copy_without_recordings_has_no_way_to_them(visit: Callable[..., AppTest], page: str) -> None:
    app = visit(page)
    assert not app.exception
    assert not [link for link in app.get("page_link") if link.proto.label.startswith("Watch it")]
    assert "recorded on NVIDIA" not in texts(app) and "Watch it" not in texts(app)


def test_cutmix_is_in_no_printed_table_so_none_is_watched(visit: Callable[..., AppTest]) -> None:
    app = visit("mixup", **{"mixup.method": "CutMix"})
    assert not [link for link in app.get("page_link") if "as printed" in link.proto.label]
