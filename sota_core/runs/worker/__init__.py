"""The worker: trains one attempt of one run, writes its events and leaves its files."""
