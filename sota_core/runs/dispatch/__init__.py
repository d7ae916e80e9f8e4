"""The dispatcher: who starts next, who has ended, one dispatcher at a time."""
