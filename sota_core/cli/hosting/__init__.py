"""Hosting for many visitors: several web processes, the nginx that makes them one app, readiness and metrics."""
