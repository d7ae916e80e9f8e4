"""The command line, a module for each command. Scripts rely on its output and its exit codes."""
