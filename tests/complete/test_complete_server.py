"""The way to a server: address, model and key, and where each may come from."""

import sys

import pytest

from lgir.complete.config import OpenAIConfig
from lgir.complete.openai import OpenAICompleter
from lgir.complete.server import check_base_url, key_from_environment
from lgir.core.errors import BadConfig, MissingExtra

HERE = OpenAIConfig(base_url="http://127.0.0.1:9/v1", model="m")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LGIR_LLM_BASE_URL", "LGIR_LLM_MODEL", "LGIR_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_without_an_address_or_a_model_the_message_says_where_to_put_it() -> None:
    with pytest.raises(BadConfig, match=r"set openai\.base_url or the environment variable LGIR_LLM_BASE_URL, as http"):
        OpenAICompleter(OpenAIConfig(model="m"))
    with pytest.raises(BadConfig, match=r"set openai\.model or the environment variable LGIR_LLM_MODEL"):
        OpenAICompleter(OpenAIConfig(base_url="http://127.0.0.1:9/v1"))


def test_address_and_model_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGIR_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("LGIR_LLM_MODEL", "m")
    assert OpenAICompleter(OpenAIConfig()).fingerprint == OpenAICompleter(HERE).fingerprint


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://a.b/v1", "http://", "http://[bad", "file:///etc/passwd", "not an address"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadConfig, match=r"openai\.base_url is not a web address; expected something like"):
        check_base_url(url)


@pytest.mark.parametrize(
    "url", ["https://me:sesame@host/v1", "https://sesame@host/v1", "https://host/v1?key=sesame", "https://host/#sesame"]
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadConfig, match="LGIR_LLM_KEY") as raised:
        check_base_url(url)
    assert "sesame" not in str(raised.value)


def test_the_key_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGIR_LLM_KEY", "sesame")
    assert "sesame" not in repr(key_from_environment())
    completer = OpenAICompleter(HERE)
    assert "sesame" not in repr(completer) + repr(vars(completer)) + completer.fingerprint


def test_a_key_that_cannot_be_one_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGIR_LLM_KEY", "sesame\nX-Evil: 1")
    with pytest.raises(BadConfig, match="LGIR_LLM_KEY holds characters no key has") as raised:
        OpenAICompleter(HERE)
    assert "sesame" not in str(raised.value)


def test_without_the_client_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtra, match=r"'openai'.*pip install 'lgir\[llm\]'"):
        OpenAICompleter(HERE)
