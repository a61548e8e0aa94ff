"""What the pages say is held against the code: links, commands, configurations, fields, places, examples."""

import doctest
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import ClassVar, Literal

import numpy as np
import pytest
import typer.main
from jaxtyping import Float32

from lgir.cli.app import app
from lgir.complete.config import CompleteConfig, ExtractiveConfig
from lgir.complete.llm.config import LlmConfig
from lgir.complete.local.config import TransformersConfig, VllmConfig
from lgir.complete.openai.config import OpenAIConfig
from lgir.core.config import Config, load_config, parse_config, read_toml
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.data.dataset import COLUMNS
from lgir.data.sources import SOURCES
from lgir.data.split import SplitConfig
from lgir.data.synthetic import SyntheticConfig
from lgir.encode.lexical import LexicalConfig
from lgir.encode.minilm import MiniLmConfig
from lgir.encode.noise import NoiseConfig
from lgir.encode.scratch_lm import ScratchLmConfig
from lgir.encode.sentence import SentenceConfig
from lgir.encode.words import WordsConfig
from lgir.evaluate.metrics import DEFINITIONS
from lgir.evaluate.protocol import FULL_METRICS, PAPER_METRICS
from lgir.models import CONFIGS
from lgir.models.lgir import LgirConfig
from lgir.models.train import TrainConfig
from lgir.pipeline.config import CandidatesConfig, ExperimentConfig
from lgir.study.config import SourceConfig, StudyConfig, TimeConfig, TrainingConfig, load_study
from lgir.study.rows import ROWS
from lgir.study.tune import Range, load_spaces
from lgir.testing.recommenders import RecommenderContract

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "lgir"
PAGES = sorted(page for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md") for page in ROOT.glob(pattern))
EXPERIMENTS = sorted((ROOT / "experiments").rglob("*.toml"))

CODE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return CODE.sub("", page.read_text(encoding="utf-8"))


def blocks(page: Path, language: str) -> list[str]:
    return [dedent(body) for _, kind, body in CODE.findall(page.read_text(encoding="utf-8")) if kind == language]


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page):
    for link in LINK.findall(prose(page)):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{name(page)}: {link} leads nowhere"
        assert found.is_relative_to(ROOT), f"{name(page)}: {link} leads out of the repository"
        assert not anchor or anchor in anchors(found), f"{name(page)}: there is no heading {anchor!r} in {name(found)}"


def test_the_index_names_every_page():
    linked = {link.partition("#")[0] for link in LINK.findall(text("docs/README.md"))}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"} <= linked


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────────

GROUP = typer.main.get_group(app)
VARIABLE = re.compile(r"\w+=\S*")


def command_lines(page: Path) -> Iterator[list[str]]:
    """The arguments of every call of lgir in a shell block, without variables before it and pipes around it."""
    for line in (line for block in blocks(page, "sh") for line in block.splitlines()):
        words = shlex.split(line, comments=True)
        for part in " ".join(map(shlex.quote, words)).replace("'|'", "\n").replace("'&&'", "\n").split("\n"):
            call = [word for word in shlex.split(part) if not VARIABLE.fullmatch(word)]
            if call and Path(call[0]).name == "lgir":
                yield call[1:]


def parsed(arguments: list[str]) -> None:
    """Reads a command line as the tool would, and does not run it."""
    top = GROUP.make_context("lgir", [], resilient_parsing=True)
    command = GROUP.commands[arguments[0]]
    command.make_context(arguments[0], arguments[1:], parent=top)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_line_is_understood(page):
    for arguments in command_lines(page):
        parsed(list(arguments))


def test_the_readme_shows_every_command_of_the_main_job():
    shown = {arguments[0] for arguments in command_lines(ROOT / "README.md")}
    assert shown == set(GROUP.commands) - {"demo"}, "make demo is the demo"


def test_a_command_line_that_is_wrong_is_noticed():
    with pytest.raises(Exception, match="No such option"):
        parsed(["fit", "data/mine", "--out", "runs/mine", "--fast"])
    with pytest.raises(Exception, match="Missing parameter: run"):
        parsed(["evaluate"])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_and_options_named_in_the_text_exist(page):
    for code in INLINE.findall(prose(page)):
        words = code.split()
        if words[:1] != ["lgir"] or len(words) == 1 or words[1] in ("--help", "COMMAND"):
            continue
        assert words[1] in GROUP.commands, f"{name(page)}: there is no command {code!r}"
        known = {option for parameter in GROUP.commands[words[1]].params for option in parameter.opts} | {"--help"}
        wrong = [word for word in words[2:] if word.startswith("-") and word.strip("…") not in known]
        assert not wrong, f"{name(page)}: {code!r} has the unknown option {wrong}"


def test_make_targets_named_in_the_text_exist():
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = {
            target for block in blocks(ROOT / page, "sh") for target in re.findall(r"^make (\w+)", block, re.MULTILINE)
        }
        assert named
        assert named <= targets


# ── configurations ──────────────────────────────────────────────────────────────────────────────────────────────────


def check_study(values: Mapping[str, object], source: str) -> None:
    """A whole experiment, or a part of one."""
    rest = {key: value for key, value in values.items() if not (key == "settings" and isinstance(value, str))}
    study = parse_config(StudyConfig, {"title": "T", "data": "d", "rows": list(ROWS), **rest}, source=source)
    for row in study.rows:
        for protocol in study.protocols:
            study.experiment(row, protocol)


@pytest.mark.parametrize("file", EXPERIMENTS, ids=name)
def test_every_file_of_experiments_can_be_read(file):
    if file.parent.name == "worlds":
        load_config(SyntheticConfig, file)
    elif file.parent.name == "settings":
        check_study({"settings": read_toml(file)}, name(file))
    elif file.name == "spaces.toml":
        load_spaces(file)
    elif "rows" in read_toml(file):
        source = load_study(file).source
        assert source is None or source.kind in {"synthetic", *SOURCES}
        assert source is None or source.kind != "synthetic" or (file.parent / source.path).is_file()
    else:
        load_config(ExperimentConfig, file)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_configuration_shown_can_be_read(page, tmp_path):
    for block in blocks(page, "toml"):
        values, source = tomllib.loads(block), name(page)
        if block.startswith("# spaces.toml"):
            (tmp_path / "spaces.toml").write_text(block, encoding="utf-8")
            load_spaces(tmp_path / "spaces.toml")
        elif block.startswith("# settings/"):
            check_study({"settings": values}, source)
        elif page.name == "experiments.md" or "rows" in values:
            check_study(values, source)
        else:
            parse_config(ExperimentConfig, values, source=source)


TRAINED = {kind for kind, config in CONFIGS.items() if issubclass(config, TrainConfig)}
MODEL_CONFIGS = [(f"docs/{'deviations' if kind is LgirConfig else 'models'}.md", kind) for kind in CONFIGS.values()]


def named_in(page: str) -> set[str]:
    """Every word that stands in backticks."""
    return {word for code in INLINE.findall(CODE.sub("", text(page))) for word in re.findall(r"[\w@]+", code)}


@pytest.mark.parametrize(
    ("page", "config"),
    [
        *MODEL_CONFIGS,
        ("docs/completion.md", CompleteConfig),
        ("docs/completion.md", ExtractiveConfig),
        ("docs/completion.md", LlmConfig),
        ("docs/backends/openai.md", OpenAIConfig),
        ("docs/backends/transformers.md", TransformersConfig),
        ("docs/backends/vllm.md", VllmConfig),
        ("docs/completion.md", MiniLmConfig),
        ("docs/completion.md", LexicalConfig),
        ("docs/completion.md", SentenceConfig),
        ("docs/completion.md", ScratchLmConfig),
        ("docs/completion.md", NoiseConfig),
        ("docs/completion.md", WordsConfig),
        ("docs/metrics.md", SplitConfig),
        ("docs/metrics.md", CandidatesConfig),
        ("docs/experiments.md", StudyConfig),
        ("docs/experiments.md", SourceConfig),
        ("docs/experiments.md", TimeConfig),
        ("docs/experiments.md", TrainingConfig),
        ("docs/experiments.md", Range),
        ("docs/synthetic.md", SyntheticConfig),
    ],
)
def test_every_field_is_explained(page, config):
    missing = set(config.model_fields) - named_in(page)
    assert not missing, f"{page} does not explain {sorted(missing)} of {config.__name__}"


def test_every_table_of_a_configuration_is_shown():
    (shown,) = blocks(ROOT / "docs/README.md", "toml")
    assert set(tomllib.loads(shown)) == set(ExperimentConfig.model_fields)


def shown_defaults() -> Iterator[tuple[str, str, object]]:
    """(model, key, default) as docs/models.md lists them; an empty first cell stands for the one above."""
    _, _, table = text("docs/models.md").partition("| model | key | default | meaning |\n")
    models = ""
    for line in table.partition("\n\n")[0].splitlines():
        first, key, default, *_ = (cell.strip() for cell in line.strip("|").split("|"))
        models = first or models
        for kind in INLINE.findall(models) if default else ():
            default = "" if default == "none" else default.strip("`")
            yield kind, key.strip("`"), tomllib.loads(f"value = {default}")["value"] if default else None


def test_defaults_of_models_are_those_of_the_code():
    shown = {(kind, key): value for kind, key, value in shown_defaults()}
    shared = {"kind", "dim", *TrainConfig.model_fields} - {"negatives"}
    kinds = {kind: config.model_fields for kind, config in CONFIGS.items() if kind != "lgir"}
    wanted = {
        (kind, key): list(field.default) if isinstance(field.default, tuple) else field.default
        for kind, fields in kinds.items()
        for key, field in fields.items()
        if key not in shared and not (key == "negatives" and kind in TRAINED)
    }
    assert shown == wanted


# ── names, places, numbers ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_column_and_source_is_explained():
    named = named_in("docs/data-format.md")
    assert {column for columns in COLUMNS.values() for column in columns} <= named
    assert set(SOURCES) <= named


def test_every_row_and_model_is_explained():
    listed = set(re.findall(r"^\| ([^|]+?) \|", text("docs/models.md"), re.MULTILINE))
    assert set(ROWS) <= listed, "every row stands in a table"
    assert set(CONFIGS) <= set(INLINE.findall(text("docs/models.md")))


def test_every_metric_is_explained():
    page = text("docs/metrics.md")
    for metric in (*DEFINITIONS, *PAPER_METRICS, *FULL_METRICS):
        assert metric in page


def test_worked_examples_come_out_as_printed():
    failed, tried = doctest.testfile(str(ROOT / "docs/metrics.md"), module_relative=False)
    assert (failed, tried > 4) == (0, True)


def defines(file: str, dotted: str) -> bool:
    """Whether a source file defines a function, class or attribute of this name."""
    last = re.escape(dotted.rpartition(".")[2])
    definition = rf"^\s*((def|class) {last}\b|(self\.)?{last}\b.*=)"
    return bool(re.search(definition, (SOURCE / file).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_equation_is_computed_where_the_table_says():
    found = re.findall(r"^\| ([^|]+) \| .* \| (.*) \|$", text("docs/equations.md"), re.MULTILINE)
    rows = [(number, places) for number, places in found if INLINE.findall(places)]
    assert [number for number, _ in rows if number.isdigit()] == [str(number) for number in range(1, 14)]
    assert len(rows) == len(found) - 4, "but for two headings and their lines, every row names a place"
    for number, places in rows:
        file = ""
        for code in INLINE.findall(places):
            if "/" in code:
                file = code
                assert (SOURCE / file).is_file(), f"equation {number}: there is no {file}"
            else:
                assert defines(file, code), f"equation {number}: {file} does not define {code}"


def test_a_place_that_does_not_exist_is_noticed():
    assert defines("models/lgir.py", "_Net.x_user")
    assert not defines("models/lgir.py", "_Net.x_nobody")


def test_the_architecture_names_every_folder_and_floor():
    page = text("docs/architecture.md")
    for part in SOURCE.iterdir():
        if part.name not in ("__init__.py", "py.typed", "__pycache__"):
            assert f"`{part.name}{'/' if part.is_dir() else ''}`" in page
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    checked = [{part.strip().removeprefix("lgir.") for part in floor.split("|")} for floor in layers]
    (drawn,) = (body for _, _, body in CODE.findall(page) if body.lstrip().startswith("5 "))
    shown = [re.split(r"\s{2,}", line.strip())[1].split(" | ") for line in drawn.splitlines()]
    assert [set(floor) for floor in shown] == checked


# ── the model of docs/add-a-model.md ────────────────────────────────────────────────────────────────────────────────


def example() -> type:
    """The class that the page builds."""
    scope: dict[str, object] = {"ClassVar": ClassVar, "Float32": Float32, "Literal": Literal, "Mapping": Mapping}
    scope |= {"Config": Config, "Feature": Feature, "Jobs": Jobs, "Run": Run, "Shape": Shape, "np": np}
    scope |= {"RecommenderContract": RecommenderContract, "TrainingData": TrainingData, "Users": Users}
    for block in blocks(ROOT / "docs/add-a-model.md", "python"):
        exec(block, scope)
    return scope["TestOverlap"]


class TestExampleModel(example()):
    """The contract suite, as the page says to use it."""
