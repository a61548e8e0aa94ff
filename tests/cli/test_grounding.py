"""`lgir grounding`: shares by origin, for everybody and by group."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lgir.data.folder import save_dataset
from lgir.testing.scripted_server import Reply, scripted_server

Lgir = Callable[..., SimpleNamespace]


def test_without_a_language_model_nothing_is_invented(lgir: Lgir, tiny: SimpleNamespace) -> None:
    found = json.loads(lgir("grounding", tiny.data, "--config", tiny.config, "--json", "-q").out)
    assert found["all"]["resumes"] == found["few-shot"]["resumes"] + found["many-shot"]["resumes"] > 30
    for shares in found.values():
        assert (shares["inferred"], shares["contradicted"]) == (0, 0)
        assert shares["said"] + shares["from_job"] == pytest.approx(1)
    shown = lgir("grounding", tiny.data, "--config", tiny.config, "--few-shot", "100", "-q").out.splitlines()
    assert shown[0].startswith("all: ")
    assert shown[0].endswith("inferred 0.0 %, contradicted 0.0 %")
    assert shown[2] == "many-shot: no résumé"


def test_what_a_language_model_invents_is_counted(lgir: Lgir, trained: SimpleNamespace, tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "config.toml"
    save_dataset(trained.world, data, source="synthetic")
    with scripted_server(lambda *_: Reply("Astronaut at Globex Corporation\nHolds a CDL since 1987")) as server:
        config.write_text(
            '[complete]\nbackend = "openai"\nmode = "src"\n[complete.llm]\nanswer = "lines"\n'
            f'[complete.openai]\nbase_url = "{server.base_url}"\nmodel = "m"\n'
            '[[encode.encoders]]\nkind = "lexical"\ndim = 16\n'
        )
        none = lgir("grounding", data, "--config", config, "-q")
        assert (none.code, none.err.count("\n")) == (2, 1)
        assert "no completion of this configuration is kept" in none.err
        assert server.requests == []
        assert lgir("complete", data, "--config", config, "--limit", "20", "-q").code == 0
        asked = len(server.requests)
        for options in ((), ("--by-meaning",)):
            found = json.loads(lgir("grounding", data, "--config", config, "--json", "-q", *options).out)
            assert found["all"]["inferred"] == 1
            assert found["all"]["resumes"] >= 20
        assert len(server.requests) == asked, "nobody is asked"
