"""Floor 1: files → `Dataset`; the schema is checked once, here, at the border."""
