"""If other pictures are shown than the address names, the page says so."""

import pytest

SAID = "The pictures named in the address are not here, or not yours. Shown instead: Sample, drawn here."


@pytest.mark.long
@pytest.mark.parametrize("page", ["baseline", "normalization", "resizing", "mixup", "data"])
def test_a_page_says_that_other_pictures_than_the_address_names_are_taken(visit, page: str) -> None:
    shown = [said for said in visit(page, source="/etc").markdown if SAID in said.value]
    assert len(shown) == 1
    assert not any("are not here" in said.value for said in visit(page).markdown)
