"""Texts and structured values with one phrase left out."""

import re


def without_phrase(text: str, phrase: str) -> str:
    """The text without any occurrence of a phrase; letter case and the kind of white space do not matter."""
    words = [re.escape(word) for word in phrase.split()]
    return re.sub(r"\s+".join(words), " ", text, flags=re.IGNORECASE) if words else text


def names_phrase(value: str, phrase: str) -> bool:
    """Whether a structured value, such as "newark, new jersey", has the phrase as one of its comma-separated parts."""
    parts = {value.strip().casefold(), *(part.strip().casefold() for part in value.split(","))}
    return phrase.strip().casefold() in parts - {""}
