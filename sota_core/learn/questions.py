"""The fourteen questions, in the chapter's order of topics: two modules hold them, this one numbers them."""

from sota_core.learn.questions_of_pictures import PICTURES
from sota_core.learn.questions_of_targets import TARGETS

QUESTIONS = PICTURES + TARGETS
