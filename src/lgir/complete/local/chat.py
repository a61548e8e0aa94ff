"""From a prompt to the tokens that a model reads."""

import re
from typing import Any

from lgir.complete.llm.text import plain
from lgir.core.errors import BackendError
from lgir.core.records import Prompt

_PROBE = "lgir-asks-whether-this-is-shown"


class Chat:
    """Puts prompts into a model's own chat form, what all prompts share first.

    The instructions are the system's words. Where the template refuses or drops these, they begin the user's turn;
    without a template, instructions and sources follow each other as plain text.

    A source cannot speak for the system: a control token written out in it, such as `<|im_end|>`, is broken up.

    Args:
        tokenizer: of transformers.
        thinking: said to templates that know `enable_thinking`.

    Raises:
        BackendError: the model's chat template cannot be used.
    """

    def __init__(self, tokenizer: Any, *, thinking: bool) -> None:
        self._tokenizer = tokenizer
        self._thinking = thinking
        self._control = _control_tokens(tokenizer)
        self._templated = bool(getattr(tokenizer, "chat_template", None))
        self._takes_system = self._templated and self._shows_system()

    def tokens(self, prompt: Prompt) -> list[int]:
        """The token numbers of a prompt, special tokens included."""
        instructions, sources = plain(prompt.instructions).strip(), self._harmless(plain(prompt.sources)).strip()
        whole = f"{instructions}\n\n{sources}"
        if not self._templated:
            return self._numbers(whole, special=True)
        turns = [("system", instructions), ("user", sources)] if self._takes_system else [("user", whole)]
        return self._numbers(self._render(turns), special=False)

    def _numbers(self, text: str, *, special: bool) -> list[int]:
        # not verbose: the library would warn of long prompts, which are failures with a reason here
        return list(self._tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"])

    def _render(self, turns: list[tuple[str, str]]) -> str:
        messages = [{"role": role, "content": content} for role, content in turns]
        rendered: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=self._thinking
        )
        return rendered

    def _shows_system(self) -> bool:
        from jinja2 import TemplateError

        try:
            return _PROBE in self._render([("system", _PROBE), ("user", "x")])
        except TemplateError:
            pass
        try:
            self._render([("user", "x")])
        except TemplateError as error:
            raise BackendError(f"the model's chat template cannot be used: {error}") from error
        return False

    def _harmless(self, text: str) -> str:
        if self._control is None:
            return text
        return self._control.sub(lambda found: f"{found[0][:1]} {found[0][1:]}", text)


def _control_tokens(tokenizer: Any) -> "re.Pattern[str] | None":
    """Finds every token that steers the model, written out; None where there is none."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    names = {str(token) for token in added if token.special or str(token).startswith("<")}
    names |= {str(token) for token in tokenizer.all_special_tokens}
    # a single character cannot be broken up, and steers nothing
    longest_first = sorted((name for name in names if len(name) > 1), key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
