"""The estimate of tokens is of the right size in both languages."""

import pytest

from lgir.complete.llm.tokens import estimated_tokens


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("I have worked as a line cook for five years in Newark.", 12, 20),
        ("熟悉川菜，五年厨师经验", 10, 14),
    ],
)
def test_an_estimate(text: str, least: int, most: int) -> None:
    assert least <= estimated_tokens(text) <= most
