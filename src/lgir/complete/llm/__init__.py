"""Completion by any language model: what it is shown, what its answer is checked for."""
