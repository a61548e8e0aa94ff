"""Text made safe to send to and take from a server."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)


def plain(text: str) -> str:
    """The text without control characters other than line breaks and tabs; lone surrogates, which no server can read,
    become U+FFFD."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def answer_text(answer: str) -> str:
    """What a model answered, plain; a leading `<think>` part, which some servers pass on, is no part of the answer."""
    return _THOUGHT.sub("", plain(answer)).strip()
