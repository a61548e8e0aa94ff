"""HTML job descriptions → text."""

import html

import polars as pl

_HIDDEN = r"(?is)<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)\s*>"
_INLINE = r"(?i)</?(?:a|abbr|b|em|font|i|mark|small|span|strong|sub|sup|u)(?:\s[^<>]*)?/?>"
_BLOCK = r"(?i)</?[a-z][^<>]*>|<![a-z][^<>]*>"
_SPACES = "[ \t\r\f\u00a0]+"
_LINES = r"\s*\n\s*"


def text_of_html(values: pl.Series) -> pl.Series:
    """Tags removed (block tags end the line), entities resolved, runs of white space made one; null stays null."""
    plain = values.str.replace_all(_HIDDEN, "\n").str.replace_all(_INLINE, "").str.replace_all(_BLOCK, "\n")
    # entities last, so that an escaped "&lt;b&gt;" stays the text it is
    unescaped = plain.map_elements(_unescape, return_dtype=pl.String, skip_nulls=True)
    return unescaped.str.replace_all(_SPACES, " ").str.replace_all(_LINES, "\n").str.strip_chars()


def _unescape(text: str) -> str:
    return html.unescape(text) if "&" in text else text
