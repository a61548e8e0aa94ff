"""What a server can do wrong, and what that means for a row and for the whole run."""

import re
import threading
from dataclasses import dataclass
from enum import StrEnum

from lgir.complete.openai.address import BASE_URL_VARIABLE, KEY_VARIABLE, MODEL_VARIABLE
from lgir.complete.openai.config import OpenAIConfig
from lgir.core.errors import BackendError
from lgir.core.records import Failure

MOST_BYTES = 2 * 2**20
"""A longer answer is not read to its end: no résumé is as long, and every lane may hold one."""

_MOST_REFUSALS = 8
"""So many refused requests before the first answer mean that the server will refuse every row."""
_PASSING = frozenset({408, 409, 429, 502, 503, 504})
"""Statuses of a server that is busy or away; they say nothing about the row."""
_NAME = re.compile(r"[A-Za-z0-9_.:@/-]{1,100}")


class FaultKind(StrEnum):
    """One way in which a request can fail."""

    UNREACHED = "no connection was made"
    LOST = "the connection ended before the answer"
    LATE = "no answer in time"
    REFUSED = "a status other than success"
    UNREADABLE = "no JSON"
    TOO_LONG = "more bytes than an answer has"
    NO_MESSAGE = "JSON without a message"
    FILTERED = "held back by the server's content filter"
    WRONG_MODEL = "answered by another model"
    SOMEBODY_ELSES = "the answer to another prompt"


@dataclass(frozen=True, slots=True)
class Fault:
    """A failed request.

    Attributes:
        kind: what went wrong.
        status: HTTP status of a refusal, else 0.
        name: the server's short name for a refusal, or of the model that answered; untrusted.
        pause_s: how long the server wants to be left alone; None where it does not say.
    """

    kind: FaultKind
    status: int = 0
    name: str = ""
    pause_s: float | None = None

    @property
    def of_the_row(self) -> bool:
        """The server refuses this very prompt: asking again is of no use, and other rows may do better."""
        if self.kind is FaultKind.REFUSED:
            return self.status < 500 and self.status not in _PASSING
        return self.kind is FaultKind.FILTERED

    @property
    def too_fast(self) -> bool:
        """The server was too busy."""
        return self.kind is FaultKind.LATE or self.status in {429, 503}

    @property
    def of_the_schema(self) -> bool:
        """What a server answers that knows no JSON schema; it may mean anything else too."""
        return self.status in {400, 422, 501}


class Faults:
    """Turns what a server does wrong into a failed row, or into an error where every further row would fail too."""

    def __init__(self, base_url: str, model: str, config: OpenAIConfig) -> None:
        self._base_url, self._model, self._config = base_url, model, config
        self._lock = threading.Lock()
        self._answered = False
        self._refusals = 0
        self._in_a_row = 0

    def answered(self) -> None:
        """The server did what it should: from now on a fault may be a passing one, or that of a single row."""
        with self._lock:
            self._answered, self._in_a_row = True, 0

    def explain(self, fault: Fault, attempts: int) -> Failure:
        """What the last fault of a row means for it.

        Raises:
            BackendError: every further row would fail too: key, address or model are wrong, or the server is gone.
        """
        if fault.kind is FaultKind.REFUSED:
            self._stop_if_refused(fault)
        reason, passing = self.reason(fault)
        if not fault.of_the_row:
            self._stop_if_unwell(fault, reason)
        return Failure(reason, attempts, passing)

    def reason(self, fault: Fault) -> tuple[str, bool]:
        """One sentence, and whether nothing is wrong with the row itself."""
        match fault.kind:
            case FaultKind.UNREACHED | FaultKind.LOST:
                return "the connection to the server was lost; run the same command again", True
            case FaultKind.LATE:
                return f"no answer within openai.timeout_s = {self._config.timeout_s:g}; raise it", False
            case FaultKind.REFUSED:
                return f"the server answered with status {fault.status}{_comma(fault.name)}", fault.status in _PASSING
            case FaultKind.UNREADABLE:
                return "the server's answer cannot be read; it is not OpenAI-compatible JSON", False
            case FaultKind.TOO_LONG:
                return f"the server's answer is longer than {MOST_BYTES // 2**20} MiB; it was not read", False
            case FaultKind.NO_MESSAGE:
                return "the server's answer holds no message; it is not OpenAI-compatible", False
            case FaultKind.FILTERED:
                return "the server's content filter held the answer back", False
            case FaultKind.WRONG_MODEL:
                named = f" {fault.name!r}" if _NAME.fullmatch(fault.name) else ""
                return (
                    f"another model{named} answered in place of {self._model!r}; if that is its name there, set"
                    " openai.served_as",
                    True,
                )
            case FaultKind.SOMEBODY_ELSES:
                return "the server repeated its answer to another prompt, which may belong to somebody else", True

    def _stop_if_unwell(self, fault: Fault, reason: str) -> None:
        with self._lock:
            self._in_a_row += 1
            failed, answered = self._in_a_row, self._answered
        enough = failed >= max(_MOST_REFUSALS, 4 * self._config.concurrency)
        lost = fault.kind in {FaultKind.UNREACHED, FaultKind.LOST}
        if (fault.kind is FaultKind.UNREACHED and not answered) or (lost and enough):
            raise BackendError(
                f"cannot reach the language model server {self._base_url}; start it, or correct openai.base_url or"
                f" {BASE_URL_VARIABLE}, and run the same command again: finished completions are kept"
            ) from None  # a traceback of the client's error could show what was sent
        if enough or (failed >= _MOST_REFUSALS and not answered):
            raise BackendError(
                f"the language model server {self._base_url} failed {failed} rows one after the other, the last"
                f" because: {reason}; when it is well, run the same command again: finished completions are kept"
            ) from None

    def _stop_if_refused(self, fault: Fault) -> None:
        status = f"status {fault.status}{_comma(fault.name)}"
        if fault.status in {401, 403}:
            raise BackendError(
                f"the server {self._base_url} refused the key ({status}); set the environment variable {KEY_VARIABLE}"
            ) from None
        elsewhere = fault.status == 404 or fault.status < 400
        if elsewhere or (fault.of_the_row and self._refused_from_the_start()):
            raise BackendError(
                f"the server {self._base_url} does not take requests for the model {self._model!r} ({status});"
                f" correct openai.model or {MODEL_VARIABLE}, the address (it usually ends in /v1), or the options of"
                " openai that the model does not know"
            ) from None

    def _refused_from_the_start(self) -> bool:
        with self._lock:
            self._refusals += 1
            return not self._answered and self._refusals >= _MOST_REFUSALS


def _comma(name: str) -> str:
    return f", {name}" if name else ""
