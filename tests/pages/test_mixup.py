"""The page Mixup: what it says is what the maths says. Its address is tested in test_addresses.py."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.parts.mixup import batch
from pages.shared.components.blend import SIDE
from pages.shared.pictures.datasets import address_of
from pages.shared.pictures.models import SHIPPED_FOLDER
from sota_core import words
from sota_core.data.pictures.view import presized
from sota_core.data.sample import sample
from sota_core.figures.mixup.mixing import middle, mixed_batch, mixed_pixel
from sota_core.figures.pictures import centre_square
from sota_core.functional.beta import folded_mean, folded_share_above
from sota_core.functional.mixup import fold_lam, mix_images, sample_lam, sample_partner
from sota_core.inference import load_model, predict
from sota_core.recipes import FIELDS, PRESETS
from sota_core.script.snippets import mixup_code
from tests.pages.conftest import texts

PAGE = "mixup"
Visit = Callable[..., AppTest]


def control(app: AppTest, key: str):
    kinds = (app.slider, app.number_input, app.selectbox, app.toggle, app.button_group)
    return next(widget for kind in kinds for widget in kind if widget.key == key)


def lab_links(app: AppTest) -> list[str]:
    return [link.proto.query_string for link in app.get("page_link") if "recipe=" in link.proto.query_string]


def test_the_first_screen_shows_a_mix_and_its_sums(visit: Visit) -> None:
    said = texts(visit(PAGE))
    a, b = (centre_square(sample.draw(*p), SIDE) for p in (("balloon", "train", 3), ("lighthouse", "train", 1)))
    mixed = mixed_pixel(middle(a), middle(b), 0.7)
    for channel, *values in zip(("red", "green", "blue"), middle(a), middle(b), mixed, strict=True):
        assert "{} {:.0f} {:.0f} {:.2f}".format(channel, *values) in said
    assert "balloon 0.70" in said and "lighthouse 0.30" in said


@pytest.mark.parametrize("lam", ["0.00", "0.25", "1.00"])
def test_lam_of_the_address_is_lam_of_the_sums(visit: Visit, lam: str) -> None:
    app = visit(PAGE, lam=lam)
    assert f"balloon {float(lam):.2f}" in texts(app) and app.query_params["lam"] in (lam, [lam])


@pytest.mark.parametrize("lam", ["2", "-1", "nan", "x"])
def test_a_lam_that_is_none_is_passed_over(visit: Visit, lam: str) -> None:
    assert "balloon 0.70" in texts(visit(PAGE, lam=lam))


@pytest.mark.long
@pytest.mark.parametrize("alpha", [0.1, 1.0, 2.5])
def test_moving_alpha_moves_share_and_mean(visit: Visit, alpha: float) -> None:
    app = visit(PAGE)
    control(app, "mixup.alpha").set_value(alpha).run()
    said = texts(app)
    assert f"At α = {alpha:.2f}, {100 * folded_share_above(0.9, alpha):.0f} % of the mixes" in said
    assert f"The larger share is {folded_mean(alpha):.2f} on average" in said
    assert mixup_code(alpha, 15, 3e-3).strip() in said


def test_another_draw_has_another_seed_and_the_same_seed_the_same_draw(visit: Visit) -> None:
    app = visit(PAGE)
    before = texts(app)
    app.button(key="mixup.again").click().run()
    seed = control(app, "mixup.seed").value
    assert texts(app) != before and f"seed {seed}" in texts(app)
    control(app, "mixup.seed").set_value(95).run()
    assert texts(app) == before


def test_each_notice_sets_what_it_says(visit: Visit) -> None:
    app = visit(PAGE, mixup__alpha="3.0", mixup__fold="false")
    app.button(key="notice.0").click().run()
    assert "balloon 0.50" in texts(app) and app.query_params["lam"] in ("0.5", ["0.5"])
    app.button(key="notice.1").click().run()
    assert control(app, "mixup.alpha").value == 0.4 and control(app, "mixup.fold").value is True
    app.button(key="notice.2").click().run()
    assert control(app, "mixup.epochs").value == 5 and "fit_one_cycle(5, 0.003)" in texts(app)
    assert not app.exception


def test_the_lab_is_opened_with_this_alpha_and_once_without(visit: Visit) -> None:
    links = lab_links(visit(PAGE, mixup__alpha="1.0", mixup__epochs="7"))
    assert any("mixup_alpha=1.0" in link and "phases.0.n_epochs=7" in link for link in links)
    assert any("mixup_alpha=0.0" in link and "phases.0.n_epochs=7" in link for link in links)
    links = lab_links(visit(PAGE, mixup__method="CutMix", mixup__cut_alpha="2.0"))
    assert any("mixup_alpha=0.0" in link and "cutmix_alpha=2.0" in link for link in links)


@pytest.mark.parametrize("page", ["baseline", "normalization", "resizing", "tta", "mixup", "label_smoothing"])
def test_every_way_to_the_lab_keeps_the_chosen_pictures(
    page: str, visit: Visit, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tiny_folder))
    source = address_of(str(tiny_folder))
    links = [link for link in lab_links(visit(page, source=source)) if "source=prints" not in link]
    assert links and all(f"source={source}" in unquote(link) for link in links), links


def test_the_losses_agree_and_the_page_says_within_what(visit: Visit) -> None:
    said = texts(visit(PAGE))
    one, other = re.findall(r"mean [a-z ]+ \*\*([\d.]+)\*\*", said)
    assert one == other and "✓ equal" in said and "within 1e-12" in said


def test_the_losses_are_those_of_the_shipped_net_on_the_mixed_pictures(visit: Visit) -> None:
    import torch  # an implementation that is not ours computes the losses

    said = texts(visit(PAGE, mixup__seed="7"))
    assert "the small net that comes with the app on the mixed pictures" in said and "made up" not in said
    rng = np.random.default_rng(3)  # the batch always has the same eight pictures
    labels = rng.integers(0, 10, 8)
    numbers = [int(rng.integers(1, sample.N_TRAIN + 1)) for _ in labels]
    names = sample.sample_classes
    x = np.stack(
        [centre_square(sample.draw(names[k], "train", n - 1), 128) for k, n in zip(labels, numbers, strict=True)]
    )
    rng = np.random.default_rng(7)
    lam, partner = fold_lam(sample_lam(0.4, 8, rng)), sample_partner(8, rng)
    mixed = np.rint(mix_images(x.astype(float), lam, partner)).astype(np.uint8)
    model = load_model(SHIPPED_FOLDER)
    probs = predict(model, [presized(Image.fromarray(picture), model.presize) for picture in mixed])
    log_probs = torch.from_numpy(np.log(probs.astype(float)))
    two = [
        torch.nn.functional.nll_loss(log_probs, torch.from_numpy(k), reduction="none")
        for k in (labels, labels[partner])
    ]
    expected = float((torch.from_numpy(lam) * two[0] + torch.from_numpy(1 - lam) * two[1]).mean())
    assert f"**{expected:.3f}**" in said


def test_a_reader_who_computes_with_what_is_shown_finds_the_loss_that_is_shown() -> None:
    pictures = [np.full((4, 4, 3), 20 * k, np.uint8) for k in range(8)]
    for seed in range(40):
        for item in mixed_batch(pictures, np.arange(8) % 5, 5, 0.4, seed):
            a, own, b, others = (float(text) for text in re.findall(r"[\d.]+", batch.sum_of(item)))
            assert a * own + b * others == pytest.approx(float(words.loss(item.mixed)), abs=0.0016)


def test_where_no_net_knows_the_classes_the_page_says_that_predictions_are_made_up(
    visit: Visit, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tiny_folder))
    said = texts(visit(PAGE, source=address_of(str(tiny_folder))))
    assert "No net here knows these classes" in said and "✓ equal" in said


def test_defaults_come_from_the_chapter_s_recipe(visit: Visit) -> None:
    app = visit(PAGE)
    assert control(app, "mixup.alpha").value == PRESETS["mixup"].mixup_alpha
    assert control(app, "mixup.epochs").value == PRESETS["mixup"].phases[0].n_epochs


def test_your_own_picture_takes_part_and_a_false_one_is_refused(visit: Visit, tmp_path) -> None:
    good = tmp_path / "x.png"
    Image.fromarray(np.full((40, 60, 3), 100, np.uint8)).save(good)
    app = visit(PAGE)
    app.file_uploader(key="mixup.a_own").set_value(("x.png", good.read_bytes(), "image/png")).run()
    assert not app.exception and "your own, Picture A 0.70" in texts(app) and "red 100 " in texts(app)
    app.file_uploader(key="mixup.b_own").set_value(("y.png", b"no picture", "image/png")).run()
    assert not app.exception and any("not a JPEG, PNG or WebP" in str(e.value) for e in app.error)
    assert "lighthouse 0.30" in texts(app)


def test_two_pictures_of_your_own_are_of_two_classes(visit: Visit, tmp_path) -> None:
    app = visit(PAGE, lam="0.3")
    for which, value in (("a", 200), ("b", 40)):
        Image.fromarray(np.full((40, 60, 3), value, np.uint8)).save(tmp_path / "x.png")
        app.file_uploader(key=f"mixup.{which}_own").set_value(("x.png", (tmp_path / "x.png").read_bytes(), "image/png"))
        app.run()
    said = texts(app)
    assert not app.exception and "your own, Picture A 0.30" in said and "your own, Picture B 0.70" in said


def test_a_class_that_is_chosen_takes_the_place_of_your_own_picture_until_that_is_asked_for_again(
    visit: Visit, tmp_path
) -> None:
    good = tmp_path / "x.png"
    Image.fromarray(np.full((40, 60, 3), 100, np.uint8)).save(good)
    app = visit(PAGE)
    app.file_uploader(key="mixup.a_own").set_value(("x.png", good.read_bytes(), "image/png")).run()
    assert "your own, Picture A 0.70" in texts(app) and app.query_params["mixup.a_own"] in ("upload", ["upload"])
    control(app, "mixup.a").set_value("carp").run()
    assert "carp 0.70" in texts(app) and "mixup.a_own" not in app.query_params
    app.button(key="mixup.a_own_again").click().run()
    assert "your own, Picture A 0.70" in texts(app) and app.query_params["mixup.a_own"] in ("upload", ["upload"])
    control(app, "mixup.a_number").set_value(5).run()
    assert "carp 0.70" in texts(app) and not app.exception


@pytest.mark.parametrize(
    ("page", "key"), [(PAGE, "mixup.a_own"), ("resizing", "resizing.picture_own"), ("tta", "tta.own")]
)
def test_the_camera_is_there_once_it_is_asked_for(page: str, key: str, visit: Visit) -> None:
    app = visit(page)
    assert not app.get("camera_input")
    app.toggle(key=f"{key}_camera").set_value(True).run()
    assert not app.exception and [camera.key for camera in app.get("camera_input")] == [f"{key}_shot"]


def test_the_shares_told_are_those_of_the_distribution(visit: Visit) -> None:
    """48 % of the mixes at α = .4, and at the slider's end still .64 on average for the larger share."""
    app, most = visit(PAGE), FIELDS["mixup_alpha"].high
    assert control(app, "mixup.alpha").max == most == 4.0
    drawn = fold_lam(sample_lam(most, 200_000, np.random.default_rng(0)))
    assert drawn.mean() == pytest.approx(0.637, abs=0.001) and (drawn > 0.6).mean() == pytest.approx(0.58, abs=0.005)
    said = texts(app)
    assert (
        "λ is drawn at random from the Beta distribution Beta(α, α), and α sets its shape. At α = 0.4, 48\u00a0% of "
        "the mixes are at least 90\u00a0% one picture" in said
    )
    assert "at the slider's end, α = 4, 1\u00a0%. Even there the larger share is 0.64 on average." in said
    assert "Most mixes" not in said and "by halves" not in said


def test_the_epochs_told_are_the_leaderboard_s_own(visit: Visit) -> None:
    """fastai/imagenette, 2020-01-train.md: mixup in the runs of 80 and 200 epochs, not in those of 5 and 20."""
    said = texts(visit(PAGE))
    assert "trains 80 and 200 epochs with it, 5 and 20 without" in said and "more than 80" not in said
    # 1.96 √(.7355 · .2645 / 3925 + .7496 · .2504 / 3925) = .0193
    assert "gain nothing: 73.6\u00a0% with it and 75.0\u00a0% without, in our own two runs on a CPU" in said
    assert "chance alone puts two runs up to 1.9 points apart" in said
