"""A configuration says who completes."""

from pathlib import Path
from typing import get_args

import pytest

from lgir.complete.budget import Limits
from lgir.complete.cached import CachedCompleter
from lgir.complete.config import Backend, CompleteConfig, ExtractiveConfig
from lgir.complete.factory import (
    LANGUAGE_MODELS,
    build_cached_completer,
    build_completer,
    llm_completer,
    written_by,
)
from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.core.records import Completion, EngagedJob, Failure, Query
from lgir.store.completions import CompletionStore
from lgir.testing.completers import CompleterContract, people
from lgir.testing.scripted_server import Reply, scripted_server

NAMED = parse_config(CompleteConfig, {"openai": {"model": "m"}}, source="test")


class TestContractWithoutJobs(CompleterContract):
    read_ahead = 256

    @pytest.fixture(autouse=True)
    def _open(self, tmp_path: Path) -> None:
        self.path = tmp_path / "completions.sqlite"

    def make(self) -> CachedCompleter:
        return build_cached_completer(CompleteConfig(mode="src"), CompletionStore(self.path))


def test_every_backend_has_its_name() -> None:
    assert {*LANGUAGE_MODELS, "extractive"} == set(get_args(Backend))


def test_the_default_needs_no_model_and_reads_the_jobs() -> None:
    (made,) = build_completer(CompleteConfig()).complete(people(1))
    assert isinstance(made, Completion)
    assert made.provenance.note == "no language model was used"
    assert "Bartender" in made.text


@pytest.mark.parametrize("backend", get_args(Backend))
def test_mode_none_is_the_resume_itself_and_needs_no_model(backend: Backend) -> None:
    (query,) = people(1)
    (made,) = build_completer(CompleteConfig(backend=backend, mode="none")).complete([query])
    assert isinstance(made, Completion)
    assert made.text == query.resume
    assert made.provenance.parameters["mode"] == "none"
    assert made.provenance.job_ids == ()


@pytest.mark.parametrize("backend", sorted(LANGUAGE_MODELS))
def test_a_language_model_is_not_needed_before_the_first_question(backend: Backend) -> None:
    values = {"backend": backend, backend: {"model": "somebody/model"}}
    config = parse_config(CompleteConfig, values, source="test")
    assert list(build_completer(config).complete([])) == []
    assert written_by(config) == "written by the language model somebody/model"
    nothing = Query("", (EngagedJob("j", " "),))
    (made,) = build_completer(config).complete([nothing])
    assert isinstance(made, Completion)
    assert (made.text, made.provenance.model) == ("", None)


def test_who_writes_the_text_is_said_ahead() -> None:
    assert written_by(CompleteConfig()) == "no language model was used"
    assert written_by(CompleteConfig(backend="openai", mode="none")) == "no language model was used"


def test_a_model_that_is_not_named_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LGIR_LLM_MODEL", raising=False)
    with pytest.raises(BadConfig, match=r"openai\.model is not named: .* variable LGIR_LLM_MODEL"):
        build_completer(CompleteConfig(backend="openai"))


def test_mode_none_asks_no_model() -> None:
    with pytest.raises(BadConfig, match=r"complete\.mode = 'none' asks no language model; set it to src or irc"):
        llm_completer(CompleteConfig(mode="none"), LANGUAGE_MODELS["openai"](NAMED, None))


def test_a_resume_is_completed_once_however_many_folds_there_are(tmp_path: Path) -> None:
    folds = [Query("Cook", (EngagedJob(f"j{i}", "Server"),), "u") for i in range(5)]
    with (
        scripted_server(lambda _, number: Reply(f"answer {number}")) as server,
        CompletionStore(tmp_path / "made.sqlite") as store,
    ):
        openai = {"base_url": server.base_url, "model": "m"}
        values = {"backend": "openai", "mode": "src", "openai": openai, "llm": {"answer": "lines"}}
        simple = parse_config(CompleteConfig, values, source="x")
        list(build_cached_completer(simple, store).complete(folds))
        assert len(server.requests) == 1
        interactive = simple.model_copy(update={"mode": "irc"})
        list(build_cached_completer(interactive, store, limits=Limits(rows=3)).complete(folds))
        assert len(server.requests) == 4
        list(build_cached_completer(interactive, store).complete(folds))
        list(build_cached_completer(interactive, store).complete(folds))
        assert len(server.requests) == 6


def test_a_row_beyond_the_limit_stays_open(tmp_path: Path) -> None:
    with CompletionStore(tmp_path / "made.sqlite") as store:
        results = list(build_cached_completer(CompleteConfig(), store, limits=Limits(rows=1)).complete(people(2)))
        assert isinstance(results[0], Completion)
        assert results[1] == Failure("the limit of 1 rows was reached", attempts=0, passing=True)
        assert all(
            isinstance(one, Completion) for one in build_cached_completer(CompleteConfig(), store).complete(people(2))
        )


def test_configurations_that_give_other_texts_have_other_fingerprints() -> None:
    configs = [
        CompleteConfig(),
        CompleteConfig(mode="src"),
        CompleteConfig(mode="none"),
        CompleteConfig(extractive=ExtractiveConfig(max_phrases=5)),
    ]
    assert len({build_completer(config).fingerprint for config in configs}) == 4


def test_personal_data_are_replaced_unless_that_is_declined() -> None:
    options = {"backend": "openai", "openai": {"model": "m"}}
    on = parse_config(CompleteConfig, options, source="x")
    off = parse_config(CompleteConfig, {**options, "llm": {"redact": False}}, source="x")
    assert build_completer(on).fingerprint != build_completer(off).fingerprint


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backend": "oracle"}, "backend: .*'extractive', 'openai', 'transformers' or 'vllm'"),
        ({"mode": "best"}, "mode: "),
        ({"language": "fr"}, "language: "),
        ({"folds": 1}, "folds: "),
        ({"unsupported": "hide"}, "unsupported: .*'keep', 'mark' or 'drop'"),
        ({"openai": {"key": "sesame"}}, r"openai\.key: there is no such key; mend its spelling or remove it"),
        ({"llm": {"temperature": -1}}, r"llm\.temperature: "),
        ({"extractive": {"max_phrases": 0}}, r"extractive\.max_phrases: "),
    ],
)
def test_a_wrong_option_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        parse_config(CompleteConfig, values, source="lgir.toml")
