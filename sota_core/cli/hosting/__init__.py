"""In front of many: several web processes, and the nginx that makes them one app."""
