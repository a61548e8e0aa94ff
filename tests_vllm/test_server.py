"""vLLM's OpenAI server behind the `openai` back end."""

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lgir.complete.llm.completer import LlmCompleter
from lgir.complete.llm.config import LlmConfig
from lgir.complete.openai.config import OpenAIConfig
from lgir.complete.openai.server import OpenAIServer
from lgir.core.records import Answer, Completion
from lgir.testing.completers import people
from lgir.testing.language_models import LanguageModelContract, prompts
from lgir.testing.llm_server import LlmServer, vllm_server


def at(server: LlmServer, *, max_tokens: int = 64, **options: Any) -> OpenAIServer:
    config = OpenAIConfig(**{"base_url": server.base_url, "model": server.model, "max_retries": 0, **options})
    return OpenAIServer(config, max_tokens=max_tokens, temperature=0.0, seed=0)


@pytest.fixture(scope="module")
def server(tiny_llm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlmServer]:
    with vllm_server(tiny_llm, tmp_path_factory.mktemp("log") / "server.log") as running:
        yield running


class TestTheTinyModel(LanguageModelContract):
    read_ahead = 2 * 3 - 1
    keeps_schema = True

    @pytest.fixture(autouse=True)
    def _serve(self, server: LlmServer) -> None:
        self.server = server

    def make(self, *, max_tokens: int = 64) -> OpenAIServer:
        return at(self.server, max_tokens=max_tokens, concurrency=3)

    def test_people_are_completed_and_what_prompts_share_is_read_once(self) -> None:
        before = self.cached_tokens()
        completer = LlmCompleter(at(self.server, concurrency=1), LlmConfig(max_tokens=64), backend="openai")
        found = list(completer.complete(people(8)))
        assert all(isinstance(one, Completion) for one in found), found
        read = sum(one.provenance.tokens_in for one in found if isinstance(one, Completion))
        assert self.cached_tokens() - before > read / 2

    def cached_tokens(self) -> float:
        root = self.server.base_url.removesuffix("/v1")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{root}/metrics", timeout=5) as reply:
            lines = reply.read().decode().splitlines()
        (line,) = (one for one in lines if one.startswith("vllm:prefix_cache_hits_total{"))
        return float(line.rpartition(" ")[2])


def test_every_answer_keeps_to_its_schema_whatever_the_weights(
    random_llm: Path, short_strings: dict[str, Any], tmp_path: Path
) -> None:
    asked = [replace(one, schema=short_strings) for one in prompts(12)]
    with vllm_server(random_llm, tmp_path / "server.log", max_model_len=512) as server:
        answers = list(at(server, max_tokens=128).answers(asked))
        plain = list(at(server, max_tokens=128).answers(prompts(2)))
    assert len(answers) == len(asked)
    for _, answer in answers:
        assert isinstance(answer, Answer)
        assert answer.finished
        told = json.loads(answer.text)
        assert list(told) == ["statements"]
        assert all(re.fullmatch("[a-z ]{1,12}", one) for one in told["statements"])
    for _, answer in plain:
        assert isinstance(answer, Answer)
        with pytest.raises(ValueError):
            json.loads(answer.text)
