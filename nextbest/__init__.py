"""The command line: one subcommand per role, and those for people."""
