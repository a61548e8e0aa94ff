"""docs/cli.md says what --help says."""

from pathlib import Path

from lgir.cli.reference import reference


def test_the_page_is_fresh() -> None:
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text(encoding="utf-8") == reference(), "run: python -m lgir.cli.reference > docs/cli.md"
