"""Where a server is, what the key is, and that neither is ever told."""

import pytest

from lgir.complete.openai.address import check_base_url, key_from_environment, proxy_from_environment, setting
from lgir.core.errors import BadConfig


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LGIR_LLM_KEY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadConfig, match=r"openai\.x is not named: .*the environment variable LGIR_X, such as this"):
        setting(None, "openai.x", "LGIR_X", "this")
    monkeypatch.setenv("LGIR_X", " there\n")
    assert setting(None, "openai.x", "LGIR_X", "this") == "there"
    assert setting("here", "openai.x", "LGIR_X", "this") == "here"


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://a.b/v1",
        "http://",
        "http://[bad",
        "http://host:port/v1",
        "file:///etc/passwd",
        "not an address",
        "http://host/v1\r\nX-Evil: 1",
    ],
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


def test_a_slash_at_the_end_makes_no_difference() -> None:
    assert check_base_url("http://localhost:8000/v1/") == "http://localhost:8000/v1"


def test_the_key_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_from_environment().get_secret_value() == "none"
    monkeypatch.setenv("LGIR_LLM_KEY", " sesame\n")
    assert key_from_environment().get_secret_value() == "sesame"
    assert "sesame" not in repr(key_from_environment())


def test_a_key_that_cannot_be_one_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGIR_LLM_KEY", "sesame\nX-Evil: 1")
    with pytest.raises(BadConfig, match="LGIR_LLM_KEY holds characters no key has") as raised:
        key_from_environment()
    assert "sesame" not in str(raised.value)


def test_the_proxy_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_from_environment("https://far.example/v1") is None
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert proxy_from_environment("https://far.example/v1") == "http://proxy.example:3128"
    assert proxy_from_environment("http://far.example/v1") is None
    monkeypatch.setenv("NO_PROXY", "far.example")
    assert proxy_from_environment("https://far.example/v1") is None


def test_a_proxy_of_another_kind_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://me:sesame@proxy.example")
    with pytest.raises(
        BadConfig, match=r"is no HTTP proxy; name another in HTTPS_PROXY, or set openai\.use_proxy"
    ) as told:
        proxy_from_environment("https://far.example/v1")
    assert "sesame" not in str(told.value)
