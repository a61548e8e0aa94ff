"""An experiment is refused before any work or runs to the end; killed and run again it ends as if undisturbed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from lgir.core.config import parse_config
from lgir.core.errors import BackendError, BadConfig, BadData, BadInput, MissingExtra, UnknownId
from lgir.core.run import Run, Silent
from lgir.data.dataset import Dataset
from lgir.data.folder import load_dataset, save_dataset
from lgir.evaluate.report import load_per_user
from lgir.evaluate.study.summary import Summary
from lgir.experiment import check_fits, fit_seed
from lgir.pipeline.material import open_material
from lgir.store.run_folder import RunFolder
from lgir.study.config import StudyConfig
from lgir.study.study import begin, check_study, in_workers, run_study, tasks_of
from lgir.study.work import bench_of

REPORT = ("report.html", "report.json", "report.md", "report.tex")


def tables(out: Path) -> dict[str, pl.DataFrame]:
    """Every per-user table of an experiment."""
    return {str(file.relative_to(out)): load_per_user(file) for file in sorted(out.rglob("*.parquet"))}


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return list(one) == list(other) and all(one[name].equals(other[name]) for name in one)


def run(study: StudyConfig, data: Path, out: Path) -> Summary:
    return run_study(study, data, out, Silent(), workers=1)


@pytest.fixture
def copy(calm, tmp_path: Path) -> Path:
    shutil.copytree(calm.out, tmp_path / "out")
    return tmp_path / "out"


# ── what it leaves behind ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_with_every_table_every_run_and_the_report(calm):
    names = {str(file.relative_to(calm.out)) for file in calm.out.rglob("*") if file.is_file()}
    assert {*REPORT, "relevance-paper.trec", "relevance-time.trec"} <= names
    seeds = {"mf": (3, 5), "newest": (3,), "bpjfnn": (3, 5), "lgir--default": (3, 5)}
    for protocol in ("paper", "time"):
        for slug, of_row in seeds.items():
            row = f"rows/{protocol}/{slug}"
            assert {f"{row}/{name}" for name in ("run.trec", "config.json", "made-from.json")} <= names
            for seed in of_row:
                kept = {f"{row}/seed-{seed}/{what}.parquet" for what in ("per-user", "cold-jobs")}
                assert {*kept, f"{row}/seed-{seed}/measured.json"} <= names
    # numbers are kept, weights are not
    assert not [name for name in names if "safetensors" in name]


def test_tasks_that_share_a_bench_stand_together(study, data):
    tasks = tasks_of(study(), data, Path("out"))
    keys = [task.bench_key for task in tasks]
    assert len(tasks) == 14
    changes = sum(one != other for one, other in pairwise(keys))
    assert changes == len(set(keys)) - 1 == 3, "per protocol one with and one without the jobs in the résumés"


# ── run again ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_done_is_not_done_again(copy, study, data, done_here):
    before = {file: file.stat().st_mtime_ns for file in copy.rglob("rows/**/*") if file.is_file()}
    run(study(), data, copy)
    assert done_here == []
    assert {file: file.stat().st_mtime_ns for file in copy.rglob("rows/**/*") if file.is_file()} == before


def test_a_row_whose_settings_change_is_run_anew_and_no_other(calm, copy, study, data, done_here):
    run(study(model={"MF": {"learning_rate": 0.1}}, rows=["MF", "newest", "BPJFNN"], main="MF"), data, copy)
    assert {(task.name, task.protocol, task.seed) for task in done_here} == {
        ("MF", protocol, seed) for protocol in ("paper", "time") for seed in (3, 5)
    }
    old, new = tables(calm.out), tables(copy)
    assert list(old) == list(new)
    changed = {name.split("/")[2] for name in old if not old[name].equals(new[name])}
    assert changed == {"mf"}


def test_what_shows_only_in_the_report_runs_nothing_anew(calm, copy, study, data, done_here):
    summary = run(study(title="Another title", few_shot=2, contrast="MF"), data, copy)
    assert done_here == []
    assert (summary.result.title, summary.result.contrast) == ("Another title", "MF")
    assert same(tables(copy), tables(calm.out))


def test_more_seeds_leave_those_that_are_done(copy, study, data, done_here):
    summary = run(study(seeds=[3, 5, 9], protocols=["paper"]), data, copy)
    assert {(task.name, task.seed) for task in done_here} == {("MF", 9), ("BPJFNN", 9), ("LGIR (default)", 9)}
    assert {row.name: row.seeds for row in summary.rows} == {
        "MF": (3, 5, 9), "newest": (3,), "BPJFNN": (3, 5, 9), "LGIR (default)": (3, 5, 9),
    }  # fmt: skip


def test_another_first_seed_is_another_ranking(copy, study, data, done_here):
    before = (copy / "rows/paper/mf/run.trec").read_text()
    run(study(seeds=[5], rows=["MF"], main="MF", contrast=None, protocols=["paper"]), data, copy)
    assert [task.seed for task in done_here] == [5]
    assert (copy / "rows/paper/mf/run.trec").read_text() != before


def test_other_data_run_everything_anew(copy, study, data, tmp_path, done_here):
    dataset = load_dataset(data)
    users = dataset.users.with_columns(pl.col("resume") + " unseen before")
    other = saved(replace(dataset, users=users), tmp_path / "other")
    run(study(rows=["MF", "newest"], main="MF", contrast=None), other, copy)
    assert {task.name for task in done_here} == {"MF", "newest"}


def saved(dataset: Dataset, folder: Path) -> Path:
    save_dataset(dataset, folder, source="test")
    # tables made by hand have no manifest, and so no fingerprint that could be wrong
    (folder / "manifest.json").unlink()
    return folder


@pytest.mark.parametrize("cut_off_in", ["training", "measuring"])
def test_a_row_cut_off_goes_on_to_the_same_values(calm, copy, study, data, done_here, monkeypatch, cut_off_in):
    folder = RunFolder(copy / "rows" / "paper" / "mf")
    for name in ("measured.json", "per-user.parquet", "cold-jobs.parquet", "result.json"):
        folder.remove(f"seed-5/{name}")
    (task,) = [one for one in tasks_of(study(), data, copy) if (one.name, one.seed, one.protocol) == ("MF", 5, "paper")]
    if cut_off_in == "measuring":  # what training leaves behind is there
        fit_seed(folder, bench_of(task).prepared.data, task.config, Run(5))
        assert folder.has("seed-5/weights.safetensors")
        monkeypatch.setattr("lgir.study.measure.fit_seed", None)  # and nothing is trained again
    run(study(), data, copy)
    assert done_here == [task]
    assert same(tables(copy), tables(calm.out))


PROGRAM = "import sys; from lgir.cli.app import main; sys.exit(main())"


def start(*arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def children(process: "subprocess.Popen[str]") -> list[int]:
    return [int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def alive(child: int) -> bool:
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition, seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < until:
        time.sleep(0.01)
    return bool(held)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_killed_and_interrupted_and_run_again_equals_undisturbed(calm, study, data, toml, tmp_path, done_here):
    """kill -9, then Ctrl-C, then to the end: the tables are those of an experiment that nobody disturbed."""
    (tmp_path / "study.toml").write_text(toml)
    out = tmp_path / "out"
    command = ("experiment", tmp_path / "study.toml", "--data", data, "--out", out, "--workers", "1")

    def done() -> set[Path]:
        return set(out.rglob("measured.json"))

    process = start(*command)
    assert wait_for(lambda: len(done()) >= 2 or process.poll() is not None)
    workers = children(process)
    process.kill()
    process.communicate(timeout=60)
    assert workers
    assert wait_for(lambda: not any(alive(worker) for worker in workers), 10), "workers end with their parent"
    first = {file: file.stat().st_mtime_ns for file in done()}
    assert 2 <= len(first) < 14

    process = start(*command)
    assert wait_for(lambda: len(done()) > len(first) + 1 or process.poll() is not None)
    workers = children(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines()[-1] == "interrupted; the same command continues where it was"
    assert "Traceback" not in err
    assert wait_for(lambda: not any(alive(worker) for worker in workers), 10)
    second = done()
    assert len(second) < 14
    assert not (out / "report.html").exists()

    run(study(), data, out)
    assert len(done_here) == 14 - len(second)
    assert same(tables(out), tables(calm.out))
    assert {file: file.stat().st_mtime_ns for file in first} == first, "nothing is done twice"
    for name in ("rows/paper/mf/run.trec", "rows/time/lgir--default/run.trec", "relevance-time.trec"):
        assert (out / name).read_text() == (calm.out / name).read_text()


# ── workers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("looks", None, ""),
        ("refuses", BadInput, "this one cannot be done"),
        ("dies", BackendError, "a worker ended unexpectedly.*run the same again, it goes on, or give fewer --workers"),
    ],
)
def test_a_worker_tells_how_it_ended(name, error, sentence, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from worker_jobs import Errand, do

    told: list[str] = []

    class Told(Silent):
        def advance(self, steps: int = 1, note: str = "") -> None:
            told.append(note)

    if error is None:
        in_workers(do, [Errand(name)], Told(), 1, "working")
        assert told == [f"{name}, paper, seed 0"]
    else:
        with pytest.raises(error, match=sentence):
            in_workers(do, [Errand(name)], Told(), 1, "working")
    assert os.environ["OMP_NUM_THREADS"] == "7", "what was set before is set again"


# ── refused before any work ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def without(data, tmp_path):
    """The dataset without some columns, or with other texts."""

    def made(**changes: object) -> Path:
        dataset = load_dataset(data)
        jobs, events = dataset.jobs, dataset.interactions
        if "dates" in changes:
            jobs = jobs.drop("posted_at", "expires_at")
            events = events.drop("timestamp")
        if "text" in changes:
            jobs = jobs.with_columns(pl.lit("").alias("text"))
        return saved(replace(dataset, jobs=jobs, interactions=events), tmp_path / "changed")

    return made


def refused(study: StudyConfig, data: Path, out: Path, error: type[Exception], sentence: str) -> str:
    with pytest.raises(error, match=sentence) as caught:
        run(study, data, out)
    assert not out.exists()
    return str(caught.value)


def test_rows_that_need_dates_on_a_dataset_without(study, without, tmp_path):
    made = study(rows=["MF", "newest"], main="MF", contrast=None, protocols=["paper"])
    told = refused(
        made, without(dates=True), tmp_path / "out", BadInput,
        r"^row 'newest', protocol 'paper': the model 'newest' needs to know when jobs appeared: none of the 80 jobs",
    )  # fmt: skip
    assert "\n" not in told


def test_a_protocol_that_needs_dates_is_told_once_for_all_rows(study, without, tmp_path):
    told = refused(
        study(), without(dates=True), tmp_path / "out", BadInput,
        r"^protocol 'time': split rule 'time' needs a timestamp for every interaction",
    )  # fmt: skip
    assert "\n" not in told


def test_rows_that_need_texts_on_a_dataset_without(study, without, tmp_path):
    made = study(protocols=["paper"])
    told = refused(made, without(text=True), tmp_path / "out", BadInput, "reads texts, and no job of .* has any")
    assert [line.split(",")[0] for line in told.splitlines()] == ["row 'BPJFNN'", "row 'LGIR (default)'"]


def test_rows_without_needs_run_on_a_dataset_without_texts(study, without):
    made = study(rows=["MF", "newest", "EASE"], main="MF", contrast=None)
    check_study(made, without(text=True))


def test_a_game_that_nobody_can_play(study, data, tmp_path):
    made = study(model={"LGIR (default)": {"many_shot": 1000, "few_shot": 1}})
    refused(made, data, tmp_path / "out", BadInput, "row 'LGIR .default.', protocol 'paper': no user has at least")


def test_a_model_folder_that_is_missing(study, data, tmp_path):
    encoders = {"BPJFNN": [{"kind": "sentence", "model": "./nowhere"}]}
    refused(study(encoders=encoders), data, tmp_path / "out", BadConfig, "there is no model folder './nowhere'")
    shared = {"encoders": [{"kind": "sentence", "model": "./nowhere"}]}
    refused(study(encode=shared), data, tmp_path / "out", BadConfig, "there is no model folder './nowhere'")


def test_a_case_of_nobody_or_of_somebody_without_test_job(study, data, tmp_path):
    refused(study(case="nobody"), data, tmp_path / "out", UnknownId, "user 'nobody' is not among the 60 users")
    material = open_material(data, study().experiment("MF", "paper"))
    untested = set(range(60)) - set(material.split.test[:, 0].tolist())
    if untested:
        user = material.dataset.users["user_id"][untested.pop()]
        refused(study(case=user), data, tmp_path / "out", BadInput, "has no test job to compare with")


def test_no_dataset(study, tmp_path):
    refused(study(), tmp_path / "nothing", tmp_path / "out", BadInput, "there is no dataset")


def test_a_folder_that_holds_something_else(study, data, calm, tmp_path):
    RunFolder(tmp_path / "run").write_manifest({})
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "notes", tmp_path / "file", tmp_path / "run", data):
        before = sorted(folder.rglob("*")) if folder.is_dir() else folder.read_text()
        with pytest.raises(BadInput, match="holds something else than an experiment; choose another --out"):
            run(study(), data, folder)
        assert (sorted(folder.rglob("*")) if folder.is_dir() else folder.read_text()) == before
    (tmp_path / "empty").mkdir()
    begin(tmp_path / "empty")
    begin(calm.out)


def test_without_the_package_that_draws(study, data, tmp_path, monkeypatch):
    monkeypatch.setattr("lgir.study.study.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"needs the package 'matplotlib', which is absent"):
        run(study(), data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_single_fit_is_refused_in_the_same_words(study, without):
    config = study().experiment("newest", "paper")
    folder = without(dates=True)
    with pytest.raises(BadInput, match="needs to know when jobs appeared"):
        check_fits(open_material(folder, config), config)
    with pytest.raises(BadData, match="needs a timestamp"):
        open_material(folder, study().experiment("newest", "time"))


def test_a_row_that_fails_is_reported_and_costs_no_other(data, tmp_path):
    values = {
        "title": "one row fails",
        "data": "unused",
        "rows": ["popularity", "MF"],
        "main": "popularity",
        "protocols": ["paper"],
        "seeds": [0],
        "encode": {"encoders": [{"kind": "lexical", "dim": 16}]},
        "model": {"MF": {"learning_rate": 1e38, "max_epochs": 3}},
    }
    study = parse_config(StudyConfig, values, source="test")
    summary = run_study(study, data, tmp_path / "out", Silent(), workers=1)
    rows = {row.name: row for row in summary.result.rows}
    assert rows["popularity"].refused == ""
    assert "paper" in rows["popularity"].per_user
    assert rows["MF"].refused.startswith("protocol paper, seed 0: ")
    assert not rows["MF"].per_user
    assert "protocol paper, seed 0: " in (tmp_path / "out" / "report.md").read_text()
