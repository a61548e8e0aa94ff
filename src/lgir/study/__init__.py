"""Many systems side by side: `rows.py` names them, `config.py` is the TOML file of an experiment, `study.py` runs it,
`gather.py` reads what was measured, and `lgir.evaluate.study` writes the report."""
