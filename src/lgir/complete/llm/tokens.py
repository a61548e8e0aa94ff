"""Tokens, estimated without a tokenizer: for what is decided before any model has read a text."""

import re

_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")

CHARS_PER_TOKEN = 3.5
"""Of scripts with letters. English takes about four, résumés with names, numbers and marks fewer."""


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes: one for an ideograph, syllable or kana, one for `CHARS_PER_TOKEN` others."""
    ideographs = 0 if text.isascii() else len(_IDEOGRAPH.findall(text))
    return ideographs + round((len(text) - ideographs) / CHARS_PER_TOKEN)
