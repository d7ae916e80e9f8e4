"""People: rooms, nameplates, tokens."""
