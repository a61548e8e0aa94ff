"""Floor 1: torch blocks that models share."""
