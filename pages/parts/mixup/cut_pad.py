"""Two pictures, the second in a box on the first. Dragging the box moves a knob of the stage of the given name."""

from pages.shared.components import files
from sota_core.figures.mixup.cut import COLUMNS
from sota_core.language import tr

_component = files.component("sota_cut_pad", __file__)


def cut_pad(pictures: tuple[str, str], *, stage: str) -> None:
    """`pictures` are squares as data URIs; the stage has a knob `centre`, with `is_ours`."""
    said = {
        "label": tr("Centre of the box"),
        "a": tr("Picture A"),
        "b": tr("Picture B, in the box"),
        "place": tr("{across} from the left, {down} from the top"),
    }
    _component(key=stage, data={"a": pictures[0], "b": pictures[1], "stage": stage, "columns": COLUMNS, "said": said})
