"""Floor 3: everything a dataset and its runs hold of one person, removed, and the proof that nothing is left."""
