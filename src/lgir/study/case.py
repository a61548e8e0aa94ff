"""Figure 5: one person's résumé, its two completions, and how near each comes to a job the person took up later."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from lgir.complete.factory import build_cached_completer
from lgir.core.errors import BadInput, UnknownId
from lgir.core.records import Completion, Origin, Query
from lgir.core.run import Progress
from lgir.evaluate.study.records import Case, CaseJob, MarkedText, Span, SpanKind
from lgir.pipeline.config import ExperimentConfig
from lgir.pipeline.material import Material, open_material
from lgir.pipeline.tools import open_tools
from lgir.store.completions import CompletionStore
from lgir.study.config import StudyConfig

_WORD = re.compile(r"\w[\w+#]*")

_KINDS: dict[Origin, SpanKind] = {
    Origin.SAID: "said",
    Origin.FROM_JOB: "from job",
    Origin.INFERRED: "inferred",
}


def make_case(study: StudyConfig, data: Path, user_id: str, progress: Progress, *, job_id: str | None = None) -> Case:
    """One person's case under the experiment's first protocol.

    Args:
        study: how résumés are completed and encoded.
        data: the dataset's folder.
        user_id: whose.
        progress: where encoding reports itself.
        job_id: the target job; None: the first of the person's test jobs.

    Raises:
        UnknownId: nobody has this id, or the job is not in the catalogue.
        BadInput: the person has no test job.
    """
    config = ExperimentConfig(
        split=study.split(study.protocols[0]),
        candidates=study.candidates,
        complete=study.complete,
        encode=study.encode,
    )
    material = open_material(data, config)
    query = _person(material, user_id)
    target = job_id if job_id is not None else _target(material, user_id)
    target_text = material.dataset.jobs["text"][material.place_of_job(target)]
    simple, interactive = (_completed(data, config, mode, query) for mode in ("src", "irc"))
    with open_tools(data, config, material.view, progress) as tools:
        vectors = tools.encoder.encode([query.resume, simple.text, interactive.text, target_text])
        names = " + ".join(name for name, _ in tools.encoder.encoders)
    mine, engaged = _words([query.resume]), _words(job.text for job in query.jobs)
    wanted = _words([target_text])
    return Case(
        user_id=user_id,
        resume=_marked(query.resume, {"resume": wanted}),
        jobs=tuple(CaseJob(job.job_id, _marked(job.text, {"history": wanted})) for job in query.jobs),
        simple=_completion(simple, mine & wanted, engaged & wanted),
        interactive=_completion(interactive, mine & wanted, engaged & wanted),
        target=CaseJob(target, _marked(target_text, {"resume": mine, "history": engaged})),
        similarity_resume=_cosine(vectors[0], vectors[3]),
        similarity_simple=_cosine(vectors[1], vectors[3]),
        similarity_interactive=_cosine(vectors[2], vectors[3]),
        similarity=f"cosine of the text vectors ({names})",
        notes=(interactive.provenance.note,),
    )


def check_case(material: Material, user_id: str) -> None:
    """Refuses, before any work, a person who has no case.

    Raises:
        UnknownId: nobody has this id.
        BadInput: the person has no test job.
    """
    _target(material, user_id)


def _person(material: Material, user_id: str) -> Query:
    return material.query(_place(material, user_id))


def _place(material: Material, user_id: str) -> int:
    found = np.flatnonzero((material.dataset.users["user_id"] == user_id).to_numpy())
    if not len(found):
        raise UnknownId(
            f"user {user_id[:80]!r} is not among the {material.dataset.users.height:,} users of this dataset"
        )
    return int(found[0])


def _target(material: Material, user_id: str) -> str:
    place = _place(material, user_id)
    held_out = material.split.test[material.split.test[:, 0] == place, 1]
    if not len(held_out):
        raise BadInput(f"user {user_id[:80]!r} has no test job to compare with; name a job with --job, or another user")
    return str(material.dataset.jobs["job_id"][int(held_out[0])])


def _completed(data: Path, config: ExperimentConfig, mode: str, query: Query) -> Completion:
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        completer = build_cached_completer(config.complete.model_copy(update={"mode": mode}), store)
        (result,) = completer.complete([query])
    if not isinstance(result, Completion):
        raise BadInput(f"the résumé could not be completed in mode {mode!r}: {result.reason}")
    return result


# ── marks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _words(texts: Iterable[str]) -> frozenset[str]:
    """The words of these texts that say something, in lower case."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # takes a second to import

    found = {match[0].casefold() for text in texts for match in _WORD.finditer(text)}
    return frozenset(word for word in found if len(word) > 1 and word not in ENGLISH_STOP_WORDS)


def _marked(text: str, kinds: dict[SpanKind, frozenset[str]]) -> MarkedText:
    """The text with every word of these sets marked."""
    return MarkedText(text, tuple(_spans(text, kinds)))


def _spans(text: str, kinds: dict[SpanKind, frozenset[str]]) -> Iterator[Span]:
    for match in _WORD.finditer(text):
        for kind, words in kinds.items():
            if match[0].casefold() in words:
                yield Span(match.start(), match.end(), kind)


def _completion(completion: Completion, mine: frozenset[str], engaged: frozenset[str]) -> MarkedText:
    """A completion with the origin of its statements, and the words it shares with the target."""
    text, spans, start = completion.text, list(_spans(completion.text, {"resume": mine, "history": engaged - mine})), 0
    for statement in completion.statements:
        place = text.find(statement.text, start)
        place = place if place >= 0 else text.find(statement.text)
        if place < 0:  # the statement is not word for word in the text
            continue
        spans.append(Span(place, place + len(statement.text), _KINDS[statement.origin]))
        start = place + len(statement.text)
    return MarkedText(text, tuple(spans))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 0.0
