"""The ids of recent answers, so that an answer that was made for somebody else is noticed."""

import threading
from collections import OrderedDict

_MOST = 4096
_MEANINGLESS_AFTER = 8
"""So many ids given to different texts mean that this server's ids name nothing."""


class RecentAnswers:
    """Remembers ids, texts and prompts of the last answers, as hashes. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[int, tuple[int, int]] = OrderedDict()
        self._reused = 0

    def somebody_elses(self, answer_id: str, text: str, prompt: tuple[str, str]) -> bool:
        """Whether the same answer under the same id was given to another prompt before; else it is remembered.

        Answers without an id, and those of a server that gives one id to different texts, tell nothing.
        """
        if not answer_id:
            return False
        key, one, asked = hash(answer_id), hash(text), hash(prompt)
        with self._lock:
            before = self._known.get(key)
            if before is not None and before[0] == one:
                return before[1] != asked and self._reused < _MEANINGLESS_AFTER
            if before is not None:
                self._reused += 1
            self._known[key] = (one, asked)
            self._known.move_to_end(key)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return False
