"""What the components that are a knob's hand have in common, in the browser: hand.js goes before their own script."""

from pages.shared.components import files

HANDS = (files.STAGES, files.script(__file__))
