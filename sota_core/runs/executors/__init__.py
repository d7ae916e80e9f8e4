"""Executors: how a worker is started, asked about and ended; the fork server, slots and graphics cards."""
