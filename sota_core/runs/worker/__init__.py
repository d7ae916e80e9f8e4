"""The worker: one attempt of one run, what it writes and what it leaves."""
