"""The table of data sets agrees with what the sets' publishers say."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

from sota_core.data.sets.sources import SOURCES


def installed(package: str, *below: str) -> str:
    """The source of an installed module, which is not imported."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent.joinpath(*below).read_text()


def test_urls_sizes_and_checksums_are_fastais_own():
    checks = ast.literal_eval(installed("fastai", "data", "download_checks.py"))
    external = installed("fastai", "data", "external.py")
    published = dict(re.findall(r"(IMAGE(?:NETTE|WOOF)\w*)\s*=\s*f'{S3_IMAGE}(.*?)'", external))
    ours = {source.id: source for source in SOURCES.values() if source.url}
    assert {f"{id}.tgz" for id in ours} == set(published.values())
    for source in ours.values():
        assert checks[source.url] == (source.size_bytes, source.md5)


def test_checksums_of_whole_archives_are_torchvisions():
    published = dict(
        re.findall(r'\("(https://[^"]+)", "(\w{32})"\)', installed("torchvision", "datasets", "imagenette.py"))
    )
    ours = {source.url: source.whole_md5 for source in SOURCES.values() if source.whole_md5}
    assert ours == published and len(ours) == 3


def test_the_table_holds_what_is_promised():
    sizes = ("2-160", "2-320", "2")
    assert set(SOURCES) == {"sample", "prints", *(f"{kind}{s}" for kind in ("imagenette", "imagewoof") for s in sizes)}
    assert all(id == source.id for id, source in SOURCES.items())
