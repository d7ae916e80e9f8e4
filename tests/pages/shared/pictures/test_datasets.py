"""Thumbnails are kept for all visitors, so they are no larger than shown."""

from pages.shared.pictures import datasets


def test_thumbnails_of_the_drawn_sample_are_as_small_as_those_of_files(monkeypatch, settings):
    monkeypatch.setattr(datasets.cached, "settings", lambda: settings)
    shown = datasets.thumbs("sample", 10, 0)
    assert len({one.name for one in shown}) == 10
    assert {min(one.picture.shape[:2]) for one in shown} == {datasets.THUMB}
    assert all(one.picture.dtype == "uint8" for one in shown)
