"""What the way to a server is told."""

from typing import Literal

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from lgir.core.config import Config


class OpenAIConfig(Config):
    """An OpenAI-compatible server. Its key comes only from the environment variable LGIR_LLM_KEY."""

    base_url: str | None = None
    """Such as http://localhost:8000/v1; None: the environment variable LGIR_LLM_BASE_URL."""
    model: str | None = None
    """Name of the model as the server knows it; None: the environment variable LGIR_LLM_MODEL."""
    served_as: str | None = None
    """Name of the model in the server's answers, where it is another; an answer from any other model is refused."""
    endpoint: Literal["chat", "completions"] = "chat"
    """chat: messages with roles. completions: one text, for models without a chat template; it knows no schema."""
    system_role: bool = True
    """Whether instructions go into a message of their own; False: before the sources, for models without that role."""
    json_schema: Literal["auto", "on", "off"] = "auto"
    """Whether the form of an answer is asked for by JSON schema; auto: until the server refuses it."""
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Under which name the server takes the longest answer; newer OpenAI models want the second."""
    timeout_s: PositiveFloat = 120.0
    """Longest time for one request, from its first byte to the last of its answer; also the longest pause that a server
    can ask for."""
    max_retries: NonNegativeInt = 4
    """Further attempts after a time-out, a busy server (429), its own fault (5xx) or an unusable answer, with growing
    pauses."""
    concurrency: PositiveInt = 8
    """Most requests under way at once; fewer while the server is busy."""
    use_proxy: bool = False
    """Whether requests take the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment name."""
