from lgir.evaluate.study.tables import comparison_table, cost_table, main_table, slice_table
from lgir.evaluate.study.terminal import WIDTH, case_lines, table_lines, terminal_lines


def test_report_fits_and_says_everything(summary):
    lines = terminal_lines(summary)
    text = "\n".join(lines)
    for heading in ("WHAT WAS FOUND", "DATA", "ALL SYSTEMS", "ABLATION", "SLICES", "PAIRED TESTS", "FIGURE 5", "COST"):
        assert heading in text
    assert max(map(len, lines)) <= WIDTH + 6


def test_tables_fit(summary):
    part = summary.protocols[1]
    for table in (main_table(summary, part), comparison_table(summary, part), cost_table(summary)):
        assert max(map(len, table_lines(table))) <= WIDTH + 6
    assert max(map(len, table_lines(slice_table(summary, part)))) <= WIDTH


def test_values_stand_below_their_heading_with_their_marks(summary):
    part = summary.protocols[0]
    lines = table_lines(main_table(summary, part))
    heading = next(line for line in lines if line.startswith("row"))
    row = next(line for line in lines if line.startswith("MF "))
    place = heading.index("NDCG@5") + len("NDCG@5")
    assert row[place - 6 : place + 2] == f"{part.estimates['MF']['NDCG@5'].mean:.4f} *"
    best = next(line for line in lines if line.startswith("LGIR "))
    assert best[place - 6 : place + 1] == f"{part.estimates['LGIR']['NDCG@5'].mean:.4f}¹"


def test_case_marks_overlap_and_origin(summary):
    text = "\n".join(terminal_lines(summary))
    assert "I know [+Photoshop+] and like drawing." in text
    assert "[+[~Photoshop~]+]. [s]" in text
    assert "in [~Figma~]. [j]" in text


def test_case_alone(result, summary):
    lines = case_lines(result.case)
    assert lines[1] == "- Similarity to the target (cosine of MiniLM vectors): résumé 0.38, SRC 0.45, IRC 0.61."
    assert set(lines[1:]) <= set(terminal_lines(summary))


def test_strangers_steer_nothing(hostile):
    text = "".join(terminal_lines(hostile))
    assert not {"\x1b", "\u202e", "\n"} & set(text)
    assert "<script>" in text
