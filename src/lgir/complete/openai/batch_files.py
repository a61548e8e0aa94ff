"""Prompts into the request files of a Batch API, and their answers out of what came back, matched by id."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.faults import MOST_BYTES as LONGEST_LINE
from lgir.complete.openai.faults import Fault, FaultKind, Faults
from lgir.complete.openai.reply import Reply, read_refusal, read_reply, same_model
from lgir.complete.openai.request import Requests
from lgir.complete.openai.server import OpenAIServer
from lgir.core.files import written_whole
from lgir.core.fingerprint import fingerprint
from lgir.core.records import Answer, Failure, Prompt

MOST_REQUESTS = 50_000
"""Of one file; what OpenAI's Batch API takes."""
MOST_BYTES = 190_000_000
"""Of one file; OpenAI takes 200 MB."""
WAITING = "waiting for the batch"
NO_ANSWER = "the batch holds no answer for this row yet"

_CUT_SHORT = frozenset({"batch_expired", "batch_cancelled", "request_timeout"})
"""Errors of a request that was not run to its end; they say nothing about the row."""
_FIRST_FIELD = re.compile(rb'\{"custom_id": "([0-9a-f]{64})"')
_NO_PLACE, _CONTRADICTED = -1, -2
_FILE_BITS = 40


class BatchRequests:
    """What a prompt becomes in a batch: its id, and the line that asks for it.

    Attributes:
        name: of the model, as an `OpenAIServer` of the same settings has it.
        fingerprint: likewise, so that a completion is the same one whichever way it was asked for.

    Raises:
        BadConfig: no model is named.
    """

    def __init__(self, config: OpenAIConfig, *, max_tokens: int, temperature: float | None, seed: int | None) -> None:
        server = OpenAIServer(config, max_tokens=max_tokens, temperature=temperature, seed=seed)
        self.config, self.name, self.fingerprint = config, server.name, server.fingerprint
        self._requests = Requests(config, server.name, max_tokens=max_tokens, temperature=temperature, seed=seed)

    @property
    def endpoint(self) -> str:
        """Which of the server's paths answers the requests."""
        return f"/v1{self._requests.path}"

    def custom_id(self, prompt: Prompt) -> str:
        """64 hex digits that stand for the model and the whole prompt: whoever renders it again has its id."""
        schema = None if prompt.schema is None else dict(prompt.schema)
        return fingerprint(self.fingerprint, prompt.instructions, prompt.sources, schema)

    def line(self, custom_id: str, prompt: Prompt) -> bytes:
        """The request, as a line of a batch file."""
        body = self._requests.body(prompt, with_schema=self._requests.may_ask_schema(prompt))
        head = {"custom_id": custom_id, "method": "POST", "url": self.endpoint}
        return json.dumps(head)[:-1].encode() + b', "body": ' + body + b"}\n"


def asked_ids(files: Iterable[Path]) -> Iterator[bytes]:
    """The ids in request files, as 32 bytes each."""
    for file in files:
        with file.open("rb") as stream:
            for line in stream:
                if found := _FIRST_FIELD.match(line):
                    yield bytes.fromhex(found[1].decode())


class BatchWriter:
    """A `LanguageModel` that answers nothing, and writes each prompt once into the files requests-0001.jsonl, -0002, …

    Use as a context manager: a file appears, whole, when it is full or the block ends.

    Args:
        asked: makes the requests.
        folder: of the files.
        leave_out: ids that somebody else asks for.
        most_requests: of one file.
        most_bytes: of one file.

    Attributes:
        written: requests in each file, by its name.
        left_out: prompts not written because of `leave_out`.
    """

    def __init__(
        self,
        asked: BatchRequests,
        folder: Path,
        *,
        leave_out: Set[bytes] = frozenset(),
        most_requests: int = MOST_REQUESTS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.name, self.fingerprint = asked.name, asked.fingerprint
        self.written: dict[str, int] = {}
        self.left_out = 0
        self._asked, self._folder, self._leave_out = asked, folder, leave_out
        self._most_requests, self._most_bytes = most_requests, most_bytes
        self._ids: set[bytes] = set()  # a server refuses a file that has an id twice
        self._open = ExitStack()
        self._stream: BinaryIO | None = None
        self._name, self._requests, self._bytes = "", 0, 0

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        """(place of the prompt, a passing failure), so that its row stays open."""
        for place, prompt in enumerate(prompts):
            self._write(prompt)
            yield place, Failure(WAITING, attempts=0, passing=True)

    def _write(self, prompt: Prompt) -> None:
        custom_id = self._asked.custom_id(prompt)
        key = bytes.fromhex(custom_id)
        if key in self._leave_out:
            self.left_out += 1
        elif key not in self._ids:
            self._ids.add(key)
            line = self._asked.line(custom_id, prompt)
            self._stream_for(line).write(line)

    def _stream_for(self, line: bytes) -> BinaryIO:
        """The current file, or the next one where the line has no room in it."""
        full = self._requests == self._most_requests or self._bytes + len(line) > self._most_bytes
        if self._stream is None or full:
            self._open.close()
            self._name, self._requests, self._bytes = f"requests-{len(self.written) + 1:04}.jsonl", 0, 0
            self._stream = self._open.enter_context(written_whole(self._folder / self._name))
        self._requests += 1
        self._bytes += len(line)
        self.written[self._name] = self._requests
        return self._stream

    def __enter__(self) -> "BatchWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, where)


class BatchAnswers:
    """A `LanguageModel` that looks each prompt's answer up in the files that a batch has given back.

    They are read once for the places of their lines; the lines are read again as they are asked for, so that memory
    holds no answer. Of two answers to one request that differ, neither is believed.

    Args:
        asked: makes the requests.
        requests: the request files.
        answers: output and error files of the batch, in any order.

    Attributes:
        found: requests that the files say something about.
        unknown: lines about requests that are in none of the request files.
        unreadable: lines that are not as the Batch API has them, such as the last of a download that was cut.
    """

    def __init__(self, asked: BatchRequests, requests: Iterable[Path], answers: Sequence[Path]) -> None:
        self.name, self.fingerprint = asked.name, asked.fingerprint
        self.unknown = self.unreadable = 0
        self._asked, self._files = asked, tuple(answers)
        self._faults = Faults("", asked.name, asked.config)
        self._places = dict.fromkeys(asked_ids(requests), _NO_PLACE)
        for number, file in enumerate(self._files):
            self._index(number, file)
        self.found = sum(place != _NO_PLACE for place in self._places.values())

    def answers(self, prompts: Iterable[Prompt], /) -> Iterator[tuple[int, Answer | Failure]]:
        """(place of the prompt, its answer), in order."""
        for place, prompt in enumerate(prompts):
            yield place, self._answer(prompt)

    def _answer(self, prompt: Prompt) -> Answer | Failure:
        place = self._places.get(bytes.fromhex(self._asked.custom_id(prompt)), _NO_PLACE)
        if place == _NO_PLACE:
            return Failure(NO_ANSWER, attempts=0, passing=True)
        if place == _CONTRADICTED:
            return Failure("the batch answered this row twice, and differently")
        found = self._result(self._line_at(place))
        if isinstance(found, Fault):
            return self._failure(found)
        return Answer(found.text, found.finished, found.tokens_in, found.tokens_out)

    def _failure(self, fault: Fault) -> Failure:
        if fault.kind is FaultKind.REFUSED and fault.status == 0:
            code = f": {fault.name}" if fault.name else ""
            return Failure(f"the batch ended without an answer to this row{code}", passing=fault.name in _CUT_SHORT)
        reason, passing = self._faults.reason(fault)
        return Failure(reason, passing=passing or not fault.of_the_row)

    def _index(self, number: int, file: Path) -> None:
        place = number << _FILE_BITS
        with file.open("rb") as stream:
            while line := stream.readline(LONGEST_LINE):
                if not line.isspace():
                    self._note(place, line)
                place += len(line)

    def _note(self, place: int, line: bytes) -> None:
        key = _key(line)
        if key is None:
            self.unreadable += 1
        elif key not in self._places:
            self.unknown += 1
        elif self._places[key] == _NO_PLACE:
            self._places[key] = place
        elif self._places[key] != _CONTRADICTED:
            self._places[key] = self._better(self._places[key], place, line)

    def _better(self, before: int, place: int, line: bytes) -> int:
        """Which of two lines about one request counts: an answer before an error, and of two answers neither."""
        one, other = self._result(self._line_at(before)), self._result(line)
        if isinstance(one, Fault) or isinstance(other, Fault):
            return place if isinstance(one, Fault) else before
        return before if one.text == other.text else _CONTRADICTED

    def _line_at(self, place: int) -> bytes:
        with self._files[place >> _FILE_BITS].open("rb") as stream:
            stream.seek(place & (1 << _FILE_BITS) - 1)
            return stream.readline(LONGEST_LINE)

    def _result(self, line: bytes) -> Reply | Fault:
        """What a line says that `_key` could read."""
        value = json.loads(line)
        response, error = value.get("response"), value.get("error")
        response = response if isinstance(response, dict) else {}
        status, body = response.get("status_code"), response.get("body")
        if error is None and status == 200:
            reply = read_reply(json.dumps(body).encode(), self._asked.config.endpoint)
            wanted = self._asked.config.served_as or self.name
            if isinstance(reply, Reply) and reply.model is not None and not same_model(wanted, reply.model):
                return Fault(FaultKind.WRONG_MODEL, name=reply.model)
            return reply
        said = json.dumps(body if error is None else error).encode()
        return read_refusal(status if isinstance(status, int) and status != 200 else 0, said, {})


def _key(line: bytes) -> bytes | None:
    """The id of a line of an output or error file; None where it is not one."""
    try:
        value: Any = json.loads(line)
        custom_id = value["custom_id"]
        # an id of another program is unknown, not unreadable
        return bytes.fromhex(custom_id) if re.fullmatch("[0-9a-f]{64}", custom_id) else b""
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
