"""People: rooms, nameplates, tokens, origins."""
