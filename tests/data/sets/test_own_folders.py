"""When a visitor's set is removed, everything made from its pictures is removed too."""

import json
from pathlib import Path

from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets import own, sources
from sota_core.settings import Settings
from sota_core.system.locks import held
from tests.data.sets.test_own import aged, limited, made


def decoded(of: str, settings: Settings, presize: int = 32) -> Path:
    return build_cache(list_pictures(sources.ensure(of, settings)), presize, settings.cache_dir).folder


def test_its_pictures_decoded_for_training_go_with_it_and_no_others(settings: Settings, fill_pictures):
    birds, pets, old = (made(settings, title=title) for title in ("birds", "pets", "old"))
    theirs = [decoded(birds.source, settings, presize) for presize in (8, 12)]
    kept = [decoded(pets.source, settings), decoded(str(fill_pictures(settings.home / "elsewhere")), settings)]
    aside = decoded(old.source, settings)
    own.remove(birds.id, "ada", settings)
    assert not any(folder.exists() for folder in theirs) and aside.exists()
    aged(settings, old, 31)
    own.clear(settings)
    assert not aside.exists() and all(folder.exists() for folder in kept)


def test_what_was_decoded_as_its_set_went_goes_too_and_what_does_not_say_whose_it_is(settings: Settings):
    most = limited(settings, most=4)
    late, kept, half, unknown = (made(most, title=title) for title in ("late", "kept", "half", "unknown"))
    caches = {found.title: decoded(found.source, settings) for found in (late, kept, half, unknown)}
    caches["half"] = caches["half"].rename(caches["half"].with_suffix(".building"))  # left by a builder that was killed
    (caches["half"] / "meta.json").unlink()
    meta = caches["unknown"] / "meta.json"  # without its set's folder, as earlier versions wrote it
    meta.write_text(json.dumps({k: v for k, v in json.loads(meta.read_text()).items() if k != "root"}))
    with held(caches["late"].with_suffix(".lock")):  # a run is using it
        own.remove(late.id, "ada", settings)
    own.clear(settings)
    assert [title for title, folder in caches.items() if folder.exists()] == ["kept"]


def test_a_run_that_reads_decoded_pictures_goes_on_when_they_are_removed(settings: Settings):
    found = made(settings)
    cache = build_cache(list_pictures(sources.ensure(found.source, settings)), 12, settings.cache_dir)
    before = cache[0].copy()
    own.remove(found.id, "ada", settings)
    assert not cache.folder.exists() and (cache[0] == before).all()
