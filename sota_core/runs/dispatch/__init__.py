"""The dispatcher: starts the next run, looks after those under way, ends lost ones. One dispatcher at a time."""
