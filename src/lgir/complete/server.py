"""The way to an OpenAI-compatible server: its address, its key, and what its failures mean."""

import os
import re
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from lgir.complete.config import OpenAIConfig
from lgir.core.errors import BackendError, BadConfig, MissingExtra
from lgir.core.records import Failure

if TYPE_CHECKING:
    from openai import OpenAI, OpenAIError

BASE_URL_VARIABLE = "LGIR_LLM_BASE_URL"
MODEL_VARIABLE = "LGIR_LLM_MODEL"
KEY_VARIABLE = "LGIR_LLM_KEY"

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def setting(given: str | None, option: str, variable: str, example: str) -> str:
    """An option from the configuration or, where that is silent, from the environment.

    Raises:
        BadConfig: neither has it.
    """
    value = (given or os.environ.get(variable, "")).strip()
    if not value:
        raise BadConfig(f"no language model server: set {option} or the environment variable {variable}, as {example}")
    return value


def check_base_url(url: str) -> str:
    """The address, if it is one and holds no secret.

    Raises:
        BadConfig: it is not http(s), or holds a user name, password or query; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise BadConfig("openai.base_url is not a web address; expected something like http://localhost:8000/v1")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadConfig(
            "openai.base_url holds a user name, password or query; give the plain address, and the key in the"
            f" environment variable {KEY_VARIABLE}"
        )
    return url


def key_from_environment() -> SecretStr:
    """The key; servers that want none get a placeholder, so that no other key of the environment is ever sent.

    Raises:
        BadConfig: it cannot stand in a header.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip() or "none"
    if not (key.isascii() and key.isprintable()):
        raise BadConfig(f"the environment variable {KEY_VARIABLE} holds characters no key has; set it again")
    return SecretStr(key)


def connect(base_url: str, config: OpenAIConfig) -> "OpenAI":
    """The official client, which retries by itself.

    Raises:
        MissingExtra: the package openai is not installed.
    """
    try:
        from openai import OpenAI
    except ImportError:
        raise MissingExtra("openai", "llm") from None
    key = key_from_environment().get_secret_value()
    client = OpenAI(base_url=base_url, api_key=key, timeout=config.timeout_s, max_retries=config.max_retries)
    # the client takes these from OPENAI_… variables, which may belong to another server
    client.organization = client.project = None
    return client


_MOST_REFUSALS = 8
"""So many refused requests before the first answer mean that the server will refuse every row."""


class Faults:
    """Turns what a server does wrong into a failed row, or into an error where every further row would fail too."""

    def __init__(self, base_url: str, model: str, config: OpenAIConfig) -> None:
        self._base_url, self._model, self._config = base_url, model, config
        self._lock = threading.Lock()
        self._answered = False
        self._refusals = 0
        self._unreachable = 0

    def answered(self) -> None:
        """The server did what it should: from now on a fault may be a passing one, or that of a single row."""
        with self._lock:
            self._answered, self._unreachable = True, 0

    def explain(self, error: "OpenAIError | ValueError") -> Failure:
        """What one failed request means for its row.

        Raises:
            BackendError: key or model are wrong, or there is no server.
        """
        import openai

        if isinstance(error, openai.APITimeoutError):
            return Failure(f"no answer within openai.timeout_s = {self._config.timeout_s:g}; raise it")
        if isinstance(error, openai.APIConnectionError):
            return self._unreached()
        if isinstance(error, openai.APIStatusError):
            return self._refused(error.status_code, _code(error.body))
        return Failure("the server's answer cannot be read; it is not OpenAI-compatible JSON")

    def _unreached(self) -> Failure:
        with self._lock:
            self._unreachable += 1
            lost = not self._answered or self._unreachable >= 4 * self._config.concurrency
        if lost:
            raise BackendError(
                f"cannot reach the language model server {self._base_url}; start it, or correct openai.base_url or"
                f" {BASE_URL_VARIABLE}, and run the same command again: finished completions are kept"
            ) from None  # a traceback of the client's error could show what was sent
        return Failure("the connection to the server was lost; run the same command again")

    def _refused(self, status: int, code: str) -> Failure:
        if status in {401, 403}:
            raise BackendError(
                f"the server {self._base_url} refused the key (status {status}{code}); set the environment variable"
                f" {KEY_VARIABLE}"
            ) from None
        if status == 404 or (status < 500 and status != 429 and self._refused_from_the_start()):
            raise BackendError(
                f"the server {self._base_url} does not take requests for the model {self._model!r} (status"
                f" {status}{code}); correct openai.model or {MODEL_VARIABLE}, the address (it usually ends in /v1), or"
                " the options of openai that the model does not know"
            ) from None
        return Failure(f"the server answered with status {status}{code}")

    def _refused_from_the_start(self) -> bool:
        with self._lock:
            self._refusals += 1
            return not self._answered and self._refusals >= _MOST_REFUSALS


def _code(body: Any) -> str:
    """The server's short name for what went wrong. Its longer message may repeat the prompt, and is not shown."""
    code = body.get("code") or body.get("type") if isinstance(body, dict) else None
    return f", {code}" if isinstance(code, str) and _IDENTIFIER.fullmatch(code) else ""
