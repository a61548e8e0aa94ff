"""Floor 2½: where completers, encoders and models meet. `experiment` and `recommend` both stand on it."""
