"""The machine: files, locks, processes, the environment of children, the disk reserve. Knows nothing of runs."""
