"""The pictures a small training takes, drawn without the rest of the set."""

import pytest
from PIL import Image

from sota_core.data.sample import sample
from sota_core.settings import Settings, load
from sota_core.train.stepper.messages import N_TRAIN, N_VALID


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose sample set is there, as far as a small training looks."""
    folder = tmp_path_factory.mktemp("sampled")
    settings = load({"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data")})
    for part, n in (("train", N_TRAIN), ("val", N_VALID)):
        for name in sample.sample_classes:
            place = sample.sample_folder(settings) / part / name
            place.mkdir(parents=True)
            for i in range(n // len(sample.sample_classes)):
                Image.fromarray(sample.draw(name, part, i)).save(place / f"{i:03d}.jpg", quality=sample.JPEG_QUALITY)
    return settings
