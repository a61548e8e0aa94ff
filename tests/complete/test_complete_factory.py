"""A configuration says who completes."""

from pathlib import Path
from typing import get_args

import pytest

from lgir.complete.config import CompleteConfig, ExtractiveConfig
from lgir.complete.factory import BACKENDS, ResumeOnly, build_completer
from lgir.core.config import parse_config
from lgir.core.errors import BadConfig
from lgir.core.records import Completion, EngagedJob, Query
from lgir.store.completions import CompletionStore
from lgir.testing.completers import CompleterContract, people
from lgir.testing.scripted_server import Reply, scripted_server


class TestContractWithoutJobs(CompleterContract):
    def make(self) -> ResumeOnly:
        made = build_completer(CompleteConfig(mode="src"))
        assert isinstance(made, ResumeOnly)
        return made


def test_every_backend_has_its_name() -> None:
    assert set(BACKENDS) == set(get_args(CompleteConfig.model_fields["backend"].annotation))


def test_the_default_needs_no_model_and_reads_the_jobs() -> None:
    (made,) = build_completer(CompleteConfig()).complete(people(1))
    assert isinstance(made, Completion)
    assert made.provenance.note == "no language model was used"
    assert "Bartender" in made.text


@pytest.mark.parametrize("backend", ["extractive", "openai"])
def test_mode_none_is_the_resume_itself_and_needs_no_server(backend: str) -> None:
    (query,) = people(1)
    (made,) = build_completer(CompleteConfig(backend=backend, mode="none")).complete([query])  # type: ignore[arg-type]
    assert isinstance(made, Completion)
    assert made.text == query.resume
    assert made.provenance.parameters["mode"] == "none"
    assert made.provenance.job_ids == ()


def test_a_resume_is_completed_once_however_many_folds_there_are(tmp_path: Path) -> None:
    folds = [Query("Cook", (EngagedJob(f"j{i}", "Server"),), "u") for i in range(5)]
    with scripted_server(lambda *_: Reply()) as server, CompletionStore(tmp_path / "made.sqlite") as store:
        options = {"base_url": server.base_url, "model": "m"}
        simple = parse_config(CompleteConfig, {"backend": "openai", "mode": "src", "openai": options}, source="x")
        list(build_completer(simple, store).complete(folds))
        assert len(server.requests) == 1
        interactive = simple.model_copy(update={"mode": "irc"})
        list(build_completer(interactive, store).complete(folds))
        assert len(server.requests) == 6
        list(build_completer(interactive, store).complete(folds))
        assert len(server.requests) == 6


def test_configurations_that_give_other_texts_have_other_fingerprints() -> None:
    configs = [
        CompleteConfig(),
        CompleteConfig(mode="src"),
        CompleteConfig(mode="none"),
        CompleteConfig(extractive=ExtractiveConfig(max_phrases=5)),
    ]
    assert len({build_completer(config).fingerprint for config in configs}) == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"backend": "oracle"}, "backend: .*'extractive' or 'openai'"),
        ({"mode": "best"}, "mode: "),
        ({"language": "fr"}, "language: "),
        ({"folds": 1}, "folds: "),
        ({"openai": {"key": "sesame"}}, r"openai\.key: there is no such key; mend its spelling or remove it"),
        ({"openai": {"temperature": -1}}, r"openai\.temperature: "),
        ({"extractive": {"max_phrases": 0}}, r"extractive\.max_phrases: "),
    ],
)
def test_a_wrong_option_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        parse_config(CompleteConfig, values, source="lgir.toml")
