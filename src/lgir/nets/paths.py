"""The match paths by name, for what must not wait for torch."""

from typing import Literal

Path = Literal["text", "resume", "history", "fields"]
"""The four similarities."""
