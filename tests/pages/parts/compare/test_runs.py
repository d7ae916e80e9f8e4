"""What is compared with unless the address says otherwise."""

import pytest

from pages.parts.compare.runs import _default_base
from sota_core.analysis.comparison import groups
from sota_core.recipes import PRESETS, Phase, Recipe
from tests.analysis.compared_items import item

PLAIN = PRESETS["baseline"].replace(source="sample", width=0.5, phases=(Phase(64, 32, 3),))


@pytest.mark.parametrize(
    "named_so",
    [
        PLAIN.replace(mixup_alpha=0.4, label_smoothing=0.1, normalize="imagenet"),
        PLAIN.replace(label_noise=0.2),
        PLAIN.replace(phases=(Phase(48, 32, 2), Phase(64, 32, 1))),
    ],
    ids=["techniques", "wrong labels", "two sizes"],
)
def test_what_only_bears_the_baselines_name_is_not_the_base(named_so: Recipe) -> None:
    items = [
        item("named so", named_so),
        item("other", PRESETS["mixup"]),
        item("plain", PLAIN.replace(preset="baseline_fp16")),
    ]
    assert _default_base(groups(items)) == "plain"
    assert _default_base(groups(items[1:])) == "plain"
