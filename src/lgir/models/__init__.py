"""Floor 2: one file per model, and the table of their names."""

from lgir.models.lgir import Lgir, LgirConfig

MODELS = {"lgir": Lgir}

__all__ = ["MODELS", "Lgir", "LgirConfig"]
