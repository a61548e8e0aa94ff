"""Floor 5: the command line, one file per command. Each parses, calls one function and prints."""
