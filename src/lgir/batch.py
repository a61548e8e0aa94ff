"""Completion through a Batch API: requests written and sent, and hours later their answers collected by id."""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from lgir.complete.budget import BoundedCompleter, Budget, Limits
from lgir.complete.cached import Asking, CachedCompleter
from lgir.complete.factory import build_completer, llm_completer
from lgir.complete.openai.batch_api import BatchApi, ServerBatch
from lgir.complete.openai.batch_files import BatchAnswers, BatchRequests, BatchWriter, asked_ids
from lgir.completion import CompletionSummary, complete_with
from lgir.core.errors import BackendError, BadConfig, BadInput, UnreadableRun
from lgir.core.files import written_whole
from lgir.core.run import Progress
from lgir.core.seams import Completer
from lgir.pipeline.config import ExperimentConfig
from lgir.store.completions import CompletionStore

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_STATE = "state.json"


@dataclass(slots=True)
class Part:
    """A request file, and what became of it.

    Attributes:
        file: its name.
        requests: in it.
        step: how far it is. "uploading" and "creating" are noted before the server is asked, so that whoever goes on
            after a kill knows what may have happened.
        file_id: of the upload; "" before it.
        found: what the server said last; None before there is a batch.
    """

    file: str
    requests: int
    step: Literal["written", "uploading", "uploaded", "creating", "created"] = "written"
    file_id: str = ""
    found: ServerBatch | None = None

    @property
    def over(self) -> bool:
        """Whether the server is done with it."""
        return self.found is not None and self.found.over

    @property
    def refused(self) -> bool:
        """Whether the server has refused the file as a whole and run none of its requests."""
        return self.found is not None and self.found.status == "failed"

    @property
    def downloads(self) -> dict[str, str]:
        """Names of the files it has given, each with its id at the server."""
        if self.found is None or not self.found.over:
            return {}
        ids = {"output": self.found.output_file_id, "errors": self.found.error_file_id}
        return {self.file.replace("requests", kind, 1): file_id for kind, file_id in ids.items() if file_id}


@dataclass(slots=True)
class Batch:
    """All that is known of a batch: DATA/derived/batches/NAME/state.json.

    Attributes:
        name: of its folder.
        completer: fingerprint of the completion it is for.
        endpoint: path that answers its requests.
        retry_failed: whether it asks for rows that have failed before.
        left_out: requests not written because another batch asks for them.
        parts: its files.
        server: address it was sent to; "" before that.
        collected: whether all that will ever come of it has been collected.
        format: of the file.
    """

    name: str
    completer: str
    endpoint: str
    retry_failed: bool
    left_out: int
    parts: list[Part] = field(default_factory=list)
    server: str = ""
    collected: bool = False
    format: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What writing or collecting a batch gave.

    Attributes:
        batch: the batch.
        completion: what became of the dataset's rows; those of the batch without an answer are open.
        unknown: lines of the answers about requests that the batch does not have.
        unreadable: lines that are not as the Batch API has them.
    """

    batch: Batch
    completion: CompletionSummary
    unknown: int = 0
    unreadable: int = 0


def write_batch(
    data: Path,
    config: ExperimentConfig,
    name: str,
    progress: Progress,
    *,
    rows: int | None = None,
    retry_failed: bool = False,
) -> BatchSummary:
    """Writes the requests for every completion that is missing; nobody is asked.

    Args:
        data: the dataset's folder.
        config: what to build.
        name: of the batch; one that was not sent is written anew.
        progress: where this reports itself.
        rows: most résumés to ask for.
        retry_failed: asks for nothing but the rows that have failed before.

    Raises:
        BadInput: the data, configuration or name is wrong, or the batch has been sent.
    """
    _check(config, name)
    folder = _folder(data, name)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if (folder / _STATE).exists() and any(part.step != "written" for part in _load(folder).parts):
            raise BadInput(f"the batch {name!r} has been sent and cannot be written anew; give another --name")
        # what a killed writer left behind goes too: it holds résumés
        for file in (folder / _STATE, *folder.glob("requests-*.jsonl"), *folder.glob(".*.part")):
            file.unlink(missing_ok=True)
        asked, limits = _requests(config), Limits(rows=rows)
        with BatchWriter(asked, folder, leave_out=_under_way(folder)) as writer:
            inner = BoundedCompleter(llm_completer(config.complete, writer), Budget(limits, config.complete.llm))
            make = _over(config, inner, retry_failed=retry_failed)
            completion = complete_with(data, config, progress, make, what="writing requests")
        parts = [Part(file, requests) for file, requests in writer.written.items()]
        batch = Batch(name, inner.fingerprint, asked.endpoint, retry_failed, writer.left_out, parts)
        _save(folder, batch)
    return BatchSummary(batch, completion)


def submit_batch(data: Path, config: ExperimentConfig, name: str, progress: Progress) -> Batch:
    """Uploads the files and creates the server's batches; called again, it goes on where it was, and sends again what
    the server has refused as a whole.

    Raises:
        BadInput: there is no such batch, or the configuration is not the one it was written with.
        BackendError: the server refuses, or stays away.
    """
    with _opened(data, config, name) as (folder, batch), _api(config, batch) as api:
        batch.server = api.base_url
        progress.start("sending request files", len(batch.parts))
        for place, part in enumerate(batch.parts):
            if part.found is not None and not part.over:
                part.found = api.get(part.found.id)
            if part.refused:
                batch.parts[place] = part = Part(part.file, part.requests)
            if part.found is None:
                _send(api, folder, batch, part)
            progress.advance()
        _save(folder, batch)
        progress.finish()
    return batch


def batch_status(data: Path, config: ExperimentConfig, name: str, progress: Progress) -> Batch:
    """Asks the server how the batch is. Raises as `submit_batch`."""
    return _each_running(data, config, name, progress, "asking how the batch is", BatchApi.get)


def cancel_batch(data: Path, config: ExperimentConfig, name: str, progress: Progress) -> Batch:
    """Ends what is still running; answers until then can be collected. Raises as `submit_batch`."""
    return _each_running(data, config, name, progress, "ending the batch", BatchApi.cancel)


def collect_batch(data: Path, config: ExperimentConfig, name: str, progress: Progress) -> BatchSummary:
    """Downloads what is ready and keeps each answer as a completion, as if it had been asked for one by one; called
    again, it goes on with what is ready by then.

    Raises as `submit_batch`.
    """
    with _opened(data, config, name) as (folder, batch):
        if any(part.found and not (part.over and not _missing(folder, part)) for part in batch.parts):
            with _api(config, batch) as api:
                _fetch(api, folder, batch, progress)
        requests = [folder / part.file for part in batch.parts]
        answers = BatchAnswers(_requests(config), requests, _answer_files(folder))
        # the files hold one answer to a prompt: there is no other to ask for
        once = config.complete.llm.model_copy(update={"bad_answer_retries": 0})
        inner = llm_completer(config.complete.model_copy(update={"llm": once}), answers)
        make = _over(config, inner, retry_failed=batch.retry_failed)
        completion = complete_with(data, config, progress, make, what="collecting answers")
        batch.collected = all(part.over or part.step == "written" for part in batch.parts)
        _save(folder, batch)
    return BatchSummary(batch, completion, answers.unknown, answers.unreadable)


def batch_values(batch: Batch) -> dict[str, Any]:
    """As JSON has it."""
    values: dict[str, Any] = TypeAdapter(Batch).dump_python(batch, mode="json")
    return values


def _send(api: BatchApi, folder: Path, batch: Batch, part: Part) -> None:
    """One file: every step is noted before it is begun and after it is done."""

    def note(step: Literal["uploading", "uploaded", "creating", "created"]) -> None:
        part.step, batch.collected = step, False
        _save(folder, batch)

    if part.step in ("written", "uploading"):  # an upload costs nothing; one that was interrupted is left behind
        note("uploading")
        part.file_id = api.upload(folder / part.file, f"{batch.name}-{part.file}")
        note("uploaded")
    if part.step == "creating":
        part.found = _created_before(api, folder, part)
    if part.found is None:
        note("creating")
        told = {"lgir_batch": batch.name, "part": str(batch.parts.index(part) + 1)}
        part.found = api.create(part.file_id, batch.endpoint, told)
    note("created")


def _created_before(api: BatchApi, folder: Path, part: Part) -> ServerBatch | None:
    try:
        return api.find(part.file_id)
    except BackendError as error:
        raise BackendError(
            f"{error}. Whether a batch was made from the upload {part.file_id} before the interruption cannot be told:"
            f" see what the server bills; then, for {part.file} in {folder / _STATE}, set "
            '"step": "uploaded" if there is none, else "step": "created" and "found": {"id": "its id"}'
        ) from None


def _each_running(
    data: Path,
    config: ExperimentConfig,
    name: str,
    progress: Progress,
    what: str,
    ask: Callable[[BatchApi, str], ServerBatch],
) -> Batch:
    with _opened(data, config, name) as (folder, batch):
        running = [part for part in batch.parts if part.found and not part.over]
        if running:
            with _api(config, batch) as api:
                progress.start(what, len(running))
                for part in running:
                    part.found = ask(api, part.found.id) if part.found else None
                    progress.advance()
                progress.finish()
            _save(folder, batch)
    return batch


def _fetch(api: BatchApi, folder: Path, batch: Batch, progress: Progress) -> None:
    progress.start("downloading answers", len(batch.parts))
    for part in batch.parts:
        if part.found and not part.over:
            part.found = api.get(part.found.id)
            _save(folder, batch)
        for name in _missing(folder, part):
            api.fetch(part.downloads[name], folder / name)
        progress.advance()
    progress.finish()


def _missing(folder: Path, part: Part) -> list[str]:
    return [name for name in part.downloads if not (folder / name).exists()]


def _answer_files(folder: Path) -> list[Path]:
    return [file for kind in ("output", "errors") for file in sorted(folder.glob(f"{kind}-*.jsonl"))]


def _over(
    config: ExperimentConfig, inner: Completer, *, retry_failed: bool
) -> Callable[[CompletionStore], CachedCompleter]:
    asking: Asking = "failed" if retry_failed else "new"
    jobs = config.complete.mode == "irc"
    return lambda store: CachedCompleter(inner, store, jobs=jobs, asking=asking)


def _requests(config: ExperimentConfig) -> BatchRequests:
    llm = config.complete.llm
    return BatchRequests(config.complete.openai, max_tokens=llm.max_tokens, temperature=llm.temperature, seed=llm.seed)


def _check(config: ExperimentConfig, name: str) -> None:
    if config.complete.backend != "openai" or config.complete.mode == "none":
        raise BadConfig(
            "a batch is for a server that is asked: set complete.backend = 'openai' and complete.mode = 'src' or 'irc'"
        )
    if not _NAME.fullmatch(name):
        raise BadInput(
            "the name of a batch is that of a folder: up to 64 letters, digits, dots, dashes and underscores, the first"
            f" a letter or digit (given: {name[:80]!r})"
        )


def _folder(data: Path, name: str) -> Path:
    return data / "derived" / "batches" / name


@contextmanager
def _opened(data: Path, config: ExperimentConfig, name: str) -> Iterator[tuple[Path, Batch]]:
    """Folder and state of a batch that this configuration has written, for this process alone."""
    _check(config, name)
    folder = _folder(data, name)
    if not (folder / _STATE).is_file():
        raise BadInput(f"there is no batch {name!r} in {folder.parent}; 'lgir batch write' makes one")
    with _locked(folder):
        batch = _load(folder)
        if batch.completer != build_completer(config.complete).fingerprint:
            raise BadConfig(
                f"the batch {name!r} was written with another configuration or version of lgir, so that its answers fit"
                " no row of this one; give the --config it was written with, or write another batch"
            )
        yield folder, batch


@contextmanager
def _api(config: ExperimentConfig, batch: Batch) -> Iterator[BatchApi]:
    with BatchApi(config.complete.openai) as api:
        if batch.server not in ("", api.base_url):
            raise BadConfig(f"the batch {batch.name!r} is at {batch.server}; set openai.base_url to that address")
        yield api


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(f"another process is at work on the batch {folder.name!r}; wait until it ends") from None
        yield
    finally:
        os.close(handle)


def _under_way(folder: Path) -> set[bytes]:
    """Ids of the requests of other batches that have been sent and not collected."""
    found = set[bytes]()
    for state in folder.parent.glob(f"*/{_STATE}"):
        batch = _load(state.parent)
        if not batch.collected:
            found.update(asked_ids(state.parent / part.file for part in batch.parts if part.step != "written"))
    return found


def _load(folder: Path) -> Batch:
    try:
        return TypeAdapter(Batch).validate_json((folder / _STATE).read_bytes())
    except ValidationError:
        raise UnreadableRun(
            f"{folder / _STATE} is damaged or of a newer lgir; mend it, or move the folder away if the batch is not"
            " wanted any more"
        ) from None


def _save(folder: Path, batch: Batch) -> None:
    with written_whole(folder / _STATE) as stream:
        stream.write(json.dumps(batch_values(batch), indent=1).encode())
