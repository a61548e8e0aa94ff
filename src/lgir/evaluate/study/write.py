"""The report's files."""

from pathlib import Path

from lgir.core.files import written_whole
from lgir.evaluate.study.as_json import as_json
from lgir.evaluate.study.latex import latex
from lgir.evaluate.study.markdown import markdown
from lgir.evaluate.study.page import page
from lgir.evaluate.study.summary import Summary


def write_study(folder: Path, summary: Summary) -> list[Path]:
    """Writes report.md, report.tex, report.json and report.html; each appears whole or not at all.

    Returns:
        The files, in that order.
    """
    from lgir.evaluate.study.figures import draw_figures  # matplotlib takes a second to import

    texts = {
        "report.md": markdown(summary),
        "report.tex": latex(summary),
        "report.json": as_json(summary) + "\n",
        "report.html": page(summary, draw_figures(summary)),
    }
    for name, text in texts.items():
        with written_whole(folder / name) as stream:
            # half of a broken character, which a stranger's file may hold, must not cost the report
            stream.write(text.encode("utf-8", "replace"))
    return [folder / name for name in texts]
