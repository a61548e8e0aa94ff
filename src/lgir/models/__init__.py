"""Floor 2: one file per model, and `fit`, the one epoch loop."""
