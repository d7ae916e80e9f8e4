"""The fourteen questions, in the chapter's order of topics: two modules hold them, this one numbers them."""

from sota_core.language import cached
from sota_core.learn.question import AnyQuestion
from sota_core.learn.questions_of_pictures import questions_of_pictures
from sota_core.learn.questions_of_targets import questions_of_targets


@cached(maxsize=8)
def questions() -> tuple[AnyQuestion, ...]:
    """All of them, in the present language; their ids, their order and what is right are the same in every one."""
    return questions_of_pictures() + questions_of_targets()
