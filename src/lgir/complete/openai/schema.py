"""Whether a server takes JSON schemas, found out by asking."""

import threading
from typing import Literal


class SchemaUse:
    """Remembers whether a server answers where a schema is asked for. Safe to use from several threads."""

    def __init__(self, setting: Literal["auto", "on", "off"]) -> None:
        self._setting = setting
        self._lock = threading.Lock()
        self._taken = self._refused = False

    @property
    def asks(self) -> bool:
        """Whether the next request names its schema."""
        return not self._refused

    @property
    def may_do_without(self) -> bool:
        """Whether a prompt that was refused with its schema is asked again without."""
        return self._setting == "auto"

    def answered_with(self) -> None:
        """The server answered a request that named its schema."""
        with self._lock:
            self._taken = True

    def answered_without(self) -> None:
        """The server answered what it had refused with a schema. Unless it took one before, it takes none."""
        with self._lock:
            self._refused = not self._taken
