"""The command line, a module for each command. Scripts rely on its words and exit codes."""
