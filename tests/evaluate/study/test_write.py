import json
import subprocess
import sys
from dataclasses import replace

from lgir.evaluate.study.summary import summarize
from lgir.evaluate.study.write import write_study


def test_four_files_also_with_hostile_texts(hostile, tmp_path):
    files = write_study(tmp_path / "report", hostile)
    assert [file.name for file in files] == ["report.md", "report.tex", "report.json", "report.html"]
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == sorted(file.name for file in files)
    assert json.loads(files[2].read_text(encoding="utf-8"))["main"].endswith("LGIR")
    assert files[3].read_text(encoding="utf-8").startswith("<!doctype html>")


def test_equal_results_equal_files(make_result, tmp_path):
    made = [make_result(n=20, n_seeds=1) for _ in range(2)]
    small = [replace(one, rows=one.rows[-2:], protocols=one.protocols[:1], contrast=None) for one in made]
    summaries = [summarize(one, resamples=50) for one in small]
    first, second = (write_study(tmp_path / name, one) for name, one in zip("ab", summaries, strict=True))
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_importing_the_forms_loads_no_drawing_library():
    code = "import sys, lgir.evaluate.study.write, lgir.evaluate.study.terminal; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
