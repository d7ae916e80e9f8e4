"""A recipe as the fastai code that does exactly it, with fastai alone: a script and a notebook. Pure text, no torch."""

from sota_core.script.files import notebook, python_script
from sota_core.script.pictures import Section
from sota_core.script.sections import sections

__all__ = ["Section", "notebook", "python_script", "sections"]
