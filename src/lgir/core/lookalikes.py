"""Letters of other scripts that look like Latin ones: tables for `sanitize` and `instructions`."""

_CYRILLIC = {
    "Latin": "aAbBcCdeEGhHiIjJkKlmMoOpPqrsStTuvwxXyYz",
    "Cyrillic": "аАЬВсСԁеЕԌһНіІјЈкКӏмМоОрРԛгѕЅтТцѵѡхХуУз",
}
"""The same length, place by place: a Latin letter and the Cyrillic one that looks like it."""

_GREEK = {
    "Latin": "aABeEZnHiIkKMvNoOpPtTuYxXywcj",
    "Greek": "αΑΒεΕΖηΗιΙκΚΜνΝοΟρΡτΤυΥχΧγωϲϳ",
}

_OTHERS = {
    "Latin": "onuhgqpjfzdeLSVOABDEGHJKLMPRSTVWZY",
    "other": "օոսհցզքյֆշժҽԼՏՎՕᎪᏴᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃᎽ",
}
"""Armenian, Cherokee, and a few more."""

_SMALL_CAPITALS = {
    "Latin": "abcdefghijklmnoprstuvwyz" + "giail",
    "small": "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "ɡıɑɩℓ",
}

_FIRST_LETTERS = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
"""Where squared, circled and flag letters A to Z begin."""


def _table(pairs: dict[str, str]) -> dict[int, str]:
    latin, other = pairs.values()
    return {ord(there): here for here, there in zip(latin, other, strict=True)}


TO_LATIN: dict[int, str] = _table(_CYRILLIC) | _table(_GREEK) | _table(_OTHERS)
"""Code point of a lookalike → the Latin letter."""

TO_CYRILLIC: dict[int, str] = {
    ord(latin): other for latin, other in zip("aABcCeEHiIjJkKMoOpPsStTxXyY", "аАВсСеЕНіІјЈкКМоОрРѕЅтТхХуУ", strict=True)
}
"""Latin letter → the Cyrillic one, for a Cyrillic word with Latin letters in it."""

SEEN_AS: dict[int, str] = (
    TO_LATIN
    | _table(_SMALL_CAPITALS)
    | {first + place: chr(ord("a") + place) for first in _FIRST_LETTERS for place in range(26)}
)
"""Everything that a reader takes for a Latin letter, decoration included: for finding words, not for changing texts."""

FOREIGN = "\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13fd\u1c80-\u1c8f\ua640-\ua69f"
"""Scripts that have lookalikes, as the inside of a character class: Greek, Cyrillic, Armenian, Cherokee."""
