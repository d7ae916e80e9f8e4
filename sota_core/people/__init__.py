"""People: rooms, nameplates, answers they show, signed tokens, the networks they come from, tries at a secret."""
