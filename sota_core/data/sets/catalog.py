"""The data sets the project knows by name: where they come from and how to tell that they came whole.

Only a table; fetching.py finds, fetches and describes them.
"""

import re
from dataclasses import dataclass

from sota_core.language import N_

S3 = "https://s3.amazonaws.com/fast-ai-imageclas/"


@dataclass(frozen=True)
class Licence:
    """The terms that pictures come with.

    id    as the Hugging Face Hub names it; `other` if it has no name for it, then `name` and `link` say which it is
    said  the terms in a sentence
    """

    id: str
    said: str
    name: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Source:
    """One data set.

    id          also the folder's name below the data folder, as fastai names it
    url         of a .tgz; None where we draw the pictures ourselves
    size_bytes  of the archive
    md5         of the archive's first MiB: that is what fastai publishes (fastdownload.path_stats)
    whole_md5   of the whole archive, as torchvision publishes it; None where nobody does: then the rest is
                checked only by the CRC inside the gzip file
    licence     None where it is not known
    hub_id      of the same set on the Hugging Face Hub; None where it is not there
    """

    id: str
    title: str
    about: str
    url: str | None
    size_bytes: int
    md5: str | None
    n_train: int
    n_valid: int
    whole_md5: str | None = None
    n_classes: int = 10
    licence: Licence | None = None
    hub_id: str | None = None

    @property
    def unpacked_bytes(self) -> int:
        """About what the pictures take on a disk: JPEG does not shrink in a .tgz, and each file takes whole blocks."""
        return self.size_bytes + 4096 * (self.n_train + self.n_valid)


_DRAWN = Licence("apache-2.0", "The pictures are drawn by sota-lab, which is under the Apache License 2.0.")
# image-net.org/download, the first of its terms of access
_IMAGENET = Licence(
    "other",
    "The choice of pictures is fastai's, under the Apache License 2.0; the pictures are ImageNet's, whose terms of "
    "access allow non-commercial research and education only.",
    "imagenet",
    "https://www.image-net.org/download.php",
)


def _imagenette(id: str, title: str, about: str, size_bytes: int, md5: str, whole_md5: str) -> Source:
    url, hub_id = f"{S3}{id}.tgz", "frgfm/imagenette"
    return Source(id, title, about, url, size_bytes, md5, 9_469, 3_925, whole_md5, licence=_IMAGENET, hub_id=hub_id)


def _imagewoof(id: str, title: str, about: str, size_bytes: int, md5: str) -> Source:
    url, hub_id = f"{S3}{id}.tgz", "frgfm/imagewoof"
    return Source(id, title, about, url, size_bytes, md5, 9_025, 3_929, licence=_IMAGENET, hub_id=hub_id)


_ALL = (
    Source(
        "sample",
        N_("Sample, drawn here"),
        N_("Two thousand drawn pictures of ten classes; needs no network."),
        None,
        size_bytes=0,
        md5=None,
        n_train=1_500,
        n_valid=500,
        licence=_DRAWN,
    ),
    Source(
        "prints",
        N_("Prints, drawn here"),
        N_(
            "Six hundred drawn prints of six other classes, in one ink on paper: for a net that was trained on the "
            "sample."
        ),
        None,
        size_bytes=0,
        md5=None,
        n_train=300,
        n_valid=300,
        n_classes=6,
        licence=_DRAWN,
    ),
    _imagenette(
        "imagenette2-160",
        N_("Imagenette, shorter side 160 px"),
        N_("Ten ImageNet classes that are easy to tell apart, shorter side 160 px."),
        99_003_388,
        "c475f8f7617a200ba35b9facc48443c3",
        "e793b78cc4c9e9a4ccc0c1155377a412",
    ),
    _imagenette(
        "imagenette2-320",
        N_("Imagenette, shorter side 320 px"),
        N_("Ten ImageNet classes that are easy to tell apart, shorter side 320 px."),
        341_663_724,
        "1f1f74f133caff120e575856659b87a2",
        "3df6f0d01a2c9592104656642f5e78a3",
    ),
    _imagenette(
        "imagenette2",
        N_("Imagenette, full size"),
        N_("Ten ImageNet classes that are easy to tell apart, full size."),
        1_557_161_267,
        "2c774ecb40005b35d7937d50f5d42336",
        "fe2fc210e6bb7c5664d602c3cd71e612",
    ),
    _imagewoof(
        "imagewoof2-160",
        N_("Imagewoof, shorter side 160 px"),
        N_("Ten breeds of dog from ImageNet, much harder to tell apart, shorter side 160 px."),
        92_612_825,
        "3559b194123981a540b87132dbda412f",
    ),
    _imagewoof(
        "imagewoof2-320",
        N_("Imagewoof, shorter side 320 px"),
        N_("Ten breeds of dog from ImageNet, much harder to tell apart, shorter side 320 px."),
        328_387_740,
        "7a1fd92672a559a85de76e4810a20c21",
    ),
    _imagewoof(
        "imagewoof2",
        N_("Imagewoof, full size"),
        N_("Ten breeds of dog from ImageNet, much harder to tell apart, full size."),
        1_343_715_595,
        "2cc1c1e36e20cb6fd24ffb978edcb487",
    ),
)
SOURCES: dict[str, Source] = {source.id: source for source in _ALL}


def family(source: str) -> str:
    """What the pictures are, in whatever size they were saved: sets of one family hold the same ones, equally split.

    >>> family("imagenette2-160"), family("imagenette2"), family("imagewoof2-320"), family("/srv/birds-160")
    ('imagenette2', 'imagenette2', 'imagewoof2', '/srv/birds-160')
    """
    return re.sub(r"\A(imagenette2|imagewoof2)-\d+\Z", r"\1", source)
