"""A pretrained net on the page Resizing: where its weights come from, and code that uses them."""

from pathlib import Path

from pages.parts.resizing import transfer as page
from sota_core.recipes.torch_cache import checkpoints, fetch_command
from sota_core.script.further_research import fine_tune_code
from tests.pages.conftest import codes, texts


def test_the_page_has_the_code_and_says_that_no_weights_are_here(visit, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    app = visit("resizing")
    said = texts(app)
    assert "On this server the weights of `resnet34` are not there, and this app downloads none." in said
    assert f"Whoever runs the app can fetch them once: `{fetch_command('resnet34')}`" in said
    assert fine_tune_code().strip() in [code.strip() for code in codes(app)]


def test_the_net_that_ships_is_shown_at_both_sizes(visit) -> None:
    app = visit("resizing")
    table = next(m.value for m in app.markdown if "| the app's small net, 64 px |" in m.value)
    for start in ("random weights", "the app's small net"):
        assert all(f"| {start}, {size} px |" in table for size in (64, 128))


def test_weights_that_lie_in_torchs_cache_are_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    checkpoints().mkdir(parents=True)
    (checkpoints() / "resnet34-b627a593.pth").touch()
    assert "`resnet34-b627a593.pth` is there" in page.weights_words()
