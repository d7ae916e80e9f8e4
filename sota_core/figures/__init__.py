"""Floor 6: numbers in, figures out. Nothing here reads a file, a clock or the screen."""
