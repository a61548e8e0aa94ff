"""Texts and structured values with one phrase left out."""

import re

_SPACED = r"0-9A-Za-z_\u00c0-\u024f\u0370-\u05ff\u0600-\u06ff\u1e00-\u1fff\uac00-\ud7af"
"""Letters and digits of scripts that put spaces between words: Latin, Greek, Cyrillic, Hebrew, Arabic, Hangul."""


def without_phrase(text: str, phrase: str) -> str:
    """The text without any occurrence of a phrase as whole words; letter case and kinds of white space do not matter.

    In scripts without spaces between words a phrase goes wherever it stands.
    """
    words = [re.escape(word) for word in phrase.split()]
    if not words:
        return text
    pattern = r"\s+".join(words)
    # "IT" must not go out of "critic", nor "C" out of "C++"
    before = rf"(?<![{_SPACED}])" if re.match(rf"[{_SPACED}]", phrase.strip()) else ""
    after = rf"(?![{_SPACED}+#])" if re.search(rf"[{_SPACED}]$", phrase.strip()) else ""
    return re.sub(before + pattern + after, " ", text, flags=re.IGNORECASE)


def names_phrase(value: str, phrase: str) -> bool:
    """Whether a structured value, such as "newark, new jersey", has the phrase as one of its comma-separated parts."""
    parts = {value.strip().casefold(), *(part.strip().casefold() for part in value.split(","))}
    return phrase.strip().casefold() in parts - {""}
