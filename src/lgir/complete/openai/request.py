"""What is sent to a server."""

import json
from typing import Any

from lgir.complete.openai.config import OpenAIConfig
from lgir.core.records import Prompt


class Requests:
    """Makes the bodies of requests.

    Only `body` depends on the prompt; what stays the same is put together once.
    """

    def __init__(
        self, config: OpenAIConfig, model: str, *, max_tokens: int, temperature: float | None, seed: int | None
    ) -> None:
        self._config = config
        options = {config.max_tokens_name: max_tokens, "temperature": temperature, "seed": seed}
        self._options = {"model": model} | {name: value for name, value in options.items() if value is not None}

    @property
    def path(self) -> str:
        """What comes after the address."""
        return "/chat/completions" if self._config.endpoint == "chat" else "/completions"

    def may_ask_schema(self, prompt: Prompt) -> bool:
        """Whether there is a schema, and a place to say it."""
        return prompt.schema is not None and self._config.endpoint == "chat" and self._config.json_schema != "off"

    def body(self, prompt: Prompt, *, with_schema: bool) -> bytes:
        """The request for one prompt, as JSON."""
        value: dict[str, Any] = dict(self._options)
        both = f"{prompt.instructions}\n\n{prompt.sources}"
        if self._config.endpoint == "completions":
            value["prompt"] = both
        elif self._config.system_role:
            value["messages"] = [
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": prompt.sources},
            ]
        else:
            value["messages"] = [{"role": "user", "content": both}]
        if with_schema:
            form = {"name": "answer", "strict": True, "schema": prompt.schema}
            value["response_format"] = {"type": "json_schema", "json_schema": form}
        return json.dumps(value).encode()
