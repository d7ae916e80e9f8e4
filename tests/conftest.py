"""What every test may use: real pictures where they are, settings in a temporary folder."""

import fcntl
import os
import tarfile
import tempfile
from pathlib import Path

import pytest

from sota_core.settings import Settings, load

ARCHIVE = Path(__file__).parents[2] / "shared" / "data" / "imagenette2-224.tar"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everything of a test lives below its tmp_path."""
    return load({"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture(scope="session")
def imagenette_224() -> Path:
    """The real Imagenette at 224 px, unpacked once per machine into the temporary folder; never into the project."""
    if not ARCHIVE.exists():
        pytest.skip("the real Imagenette (imagenette2-224.tar) is not beside this checkout")
    place = Path(tempfile.gettempdir()) / f"sota-lab-tests-{os.getuid()}"
    place.mkdir(exist_ok=True)
    folder = place / "imagenette2-224"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=place) as partial, tarfile.open(ARCHIVE) as archive:
                archive.extractall(partial, filter="data")
                (Path(partial) / "imagenette2-224").rename(folder)
    return folder
