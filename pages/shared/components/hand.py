"""What our components that move a knob have in common in the browser: hand.js, which goes before their own script."""

from pages.shared.components import files

HANDS = (files.STAGES, files.script(__file__))
