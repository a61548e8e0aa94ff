"""The report of an experiment: many rows under several protocols, as tables, figures and one page.

`records.py` says what goes in, `summary.py` computes every number once, `tables.py` lays them out; `terminal.py`,
`markdown.py`, `latex.py`, `as_json.py` and `page.py` are its forms, and `write.py` writes them all.
"""
