"""A person is forgotten: what goes, what stays, what is refused, and that it can be taken up again."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lgir.core.errors import BackendError, BadInput, UnknownId
from lgir.core.files import written_whole
from lgir.core.records import Failure, Query
from lgir.data.check import build_dataset
from lgir.data.folder import load_dataset, read_manifest, save_dataset
from lgir.forget import person, stores
from lgir.forget.dataset import without_person
from lgir.forget.person import Outcome
from lgir.store.completions import CompletionStore, subject_of
from lgir.store.vectors import VectorStore

Forgotten = Callable[..., Outcome]


def everything(home: Path) -> dict[str, bytes]:
    return {str(file.relative_to(home)): file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file()}


def test_what_is_theirs_goes_and_the_rest_stays(data: Path, forgotten: Forgotten, world: SimpleNamespace) -> None:
    before = load_dataset(data)
    found = forgotten(data)
    plan, proof = found.plan, found.proof
    assert plan.rows == {"users": 1, "interactions": 2}
    assert (plan.completions, plan.failures, plan.other_completions, plan.vectors) == (1, 1, 0, 2)
    assert (plan.splits, plan.encoders, plan.batches, plan.interrupted) == (1, 1, 0, False)
    assert plan.lines == {str(data / "derived" / "dead-letters.jsonl"): 1}
    assert proof is not None
    assert proof.found == []
    assert proof.phrases > 20
    assert found.fingerprint == load_dataset(data).fingerprint == without_person(before, "person-0042").fingerprint
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        assert len(store) == 2
        assert store.keys_of(subject_of(Query("", (), "person-0043"))) != []
    with VectorStore(data / "derived" / "vectors.sqlite") as vectors:
        assert len(vectors) == 0
    letters = (data / "derived" / "dead-letters.jsonl").read_text().splitlines()
    assert [json.loads(line)["user_id"] for line in letters] == ["person-0043", "person-0044"]
    assert sorted(os.listdir(data / "derived")) == ["completions.sqlite", "dead-letters.jsonl", "vectors.sqlite"]
    assert os.listdir(data.parent) == ["data"]
    held = b"".join(everything(data.parent).values())
    assert b"person-0042" not in held
    assert not any(word in held for word in (b"laminate", b"Little Snoring", b"oven.door"))


def test_the_manifest_tells_of_the_dataset_as_it_is(data: Path, forgotten: Forgotten) -> None:
    forgotten(data)
    forgotten(data, "person-0044")
    manifest, dataset = read_manifest(data), load_dataset(data)
    assert manifest["fingerprint"] == dataset.fingerprint
    assert manifest["counts"] == {"users": 1, "jobs": 3, "interactions": 1}
    assert manifest["report"]["read"] == {"users.csv": 3}
    assert manifest["report"]["stats"]["users"] == 1
    assert manifest["report"]["dropped"] == [{"table": "users", "reason": "forgotten by lgir forget", "count": 2}]


def test_a_folder_made_by_hand_gets_no_manifest(data: Path, forgotten: Forgotten) -> None:
    (data / "manifest.json").unlink()
    assert forgotten(data).proof is not None
    assert not (data / "manifest.json").exists()
    assert load_dataset(data).users.height == 2


def test_a_dry_run_touches_nothing(data: Path, forgotten: Forgotten) -> None:
    # as after a kill: what a store has not yet moved out of its log of writes
    shutil.copytree(data, data.parent / "run")
    before = everything(data.parent)
    times = {file: file.stat().st_mtime_ns for file in data.parent.rglob("*")}
    found = forgotten(data, dry_run=True)
    assert everything(data.parent) == before
    assert {file: file.stat().st_mtime_ns for file in data.parent.rglob("*")} == times
    assert found.proof is None
    assert found.fingerprint == load_dataset(data).fingerprint
    assert (found.plan.rows["users"], found.plan.completions, found.plan.vectors) == (1, 1, 2)


def test_a_dry_run_looks_into_a_store_that_somebody_has_open(data: Path, forgotten: Forgotten) -> None:
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        store.put_failure("e" * 64, Failure("away"), subject_of(Query("", (), "person-0042")))
        assert forgotten(data, dry_run=True).plan.failures == 2


def test_what_else_lies_in_the_folder_stays(data: Path, forgotten: Forgotten) -> None:
    (data / "notes" / "deep").mkdir(parents=True)
    (data / "notes" / "deep" / "about.md").write_text("ours")
    (data / "link").symlink_to("notes")
    (data / "fit.log").write_text("one\nuser person-0042\nthree\n")
    (data / "derived" / "mine.bin").write_bytes(b"\0\1")
    forgotten(data)
    assert (data / "notes" / "deep" / "about.md").read_text() == "ours"
    assert (data / "link").is_symlink()
    assert (data / "fit.log").read_text() == "one\nthree\n"
    assert (data / "derived" / "mine.bin").read_bytes() == b"\0\1"


def test_without_hard_links_the_rest_is_copied(
    data: Path, forgotten: Forgotten, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refused)
    (data / "about.md").write_text("ours")
    forgotten(data)
    assert (data / "about.md").read_text() == "ours"


def test_parts_of_files_that_a_killed_writer_left_go(data: Path, forgotten: Forgotten, world: SimpleNamespace) -> None:
    part = data / "derived" / ".dead-letters.jsonl.123.part"
    part.write_text(world.RESUME)
    proof = forgotten(data).proof
    assert proof is not None
    assert proof.found == []
    assert not part.exists()


def test_a_second_person_with_the_same_text_keeps_working(
    tmp_path: Path, forgotten: Forgotten, world: SimpleNamespace
) -> None:
    data = tmp_path / "data"
    dataset = world.dataset()
    twins = dataset.users.with_columns(resume=dataset.users["resume"].replace(world.OTHER, world.RESUME))
    world.write(data, build_dataset(twins, dataset.jobs, dataset.interactions))
    query = Query(world.RESUME, (), "person-0043")
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        assert len(store) == 2  # one of the two texts, one without any
    proof = forgotten(data).proof
    assert proof is not None
    assert (proof.found, proof.phrases) == ([], 0), "nothing of the text is theirs alone"
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        assert len(store) == 1
        world.completed(store, query, "anew")
        assert len(store) == 2
    assert load_dataset(data).users["resume"].to_list() == [world.RESUME, ""]


def test_a_completion_kept_for_somebody_who_is_gone_goes_with_its_words(
    data: Path, forgotten: Forgotten, world: SimpleNamespace
) -> None:
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        world.completed(store, Query("another text", (), "of-an-older-import"), f"Completed: {world.RESUME}")
    found = forgotten(data)
    assert found.plan.other_completions == 1
    assert found.proof is not None
    assert found.proof.found == []


def test_a_resume_without_an_id(data: Path, forgotten: Forgotten, world: SimpleNamespace) -> None:
    resume = "Lighthouse keeper of thirty years who can splice rope and read the weather off a gull"
    derived, before = data / "derived", load_dataset(data).fingerprint
    with CompletionStore(derived / "completions.sqlite") as store:
        world.completed(store, Query(resume), f"{resume}, and more")
    (data / "serve.log").write_text(f"asked\nwith {resume}\n")
    found = forgotten(data, None, resume=resume)
    assert (found.plan.rows["users"], found.plan.completions, found.plan.splits) == (0, 1, 0)
    assert found.proof is not None
    assert found.proof.found == []
    assert (data / "serve.log").read_text() == "asked\n"
    assert (derived / "splits" / "abc" / "split.npz").exists(), "the dataset is the same"
    assert load_dataset(data).fingerprint == found.fingerprint == before
    with CompletionStore(derived / "completions.sqlite") as store:
        assert len(store) == 3
    assert os.listdir(data.parent) == ["data"]


def test_a_user_who_also_asked_without_an_id(data: Path, forgotten: Forgotten, world: SimpleNamespace) -> None:
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        key = world.completed(store, Query(world.RESUME), "short")
        world.completed(store, Query(world.RESUME, (), "person-0042"), "again")
        assert store.known([key])
    assert forgotten(data).plan.completions == 1
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        assert not store.known([key])


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_user_is_refused(data: Path, forgotten: Forgotten) -> None:
    before = everything(data)
    with pytest.raises(UnknownId, match=r"user 'nobody' is not among the 3 users .* ids stand in .*users\.parquet"):
        forgotten(data, "nobody")
    assert everything(data) == before
    forgotten(data)
    with pytest.raises(UnknownId):
        forgotten(data)


def test_a_word_of_a_log_is_nobodys_id(data: Path, forgotten: Forgotten) -> None:
    (data / "fit.log").write_text("epoch 5 of 9\n")
    for word in ("epoch", "5"):
        with pytest.raises(UnknownId):
            forgotten(data, word)
    assert (data / "fit.log").read_text() == "epoch 5 of 9\n"


def test_completions_of_somebody_who_is_in_no_table_go(
    data: Path, forgotten: Forgotten, world: SimpleNamespace
) -> None:
    with CompletionStore(data / "derived" / "completions.sqlite") as store:
        world.completed(store, Query("old text", (), "gone"), "left by an import that replaced the tables")
    assert forgotten(data, "gone").plan.completions == 1
    assert load_dataset(data).users.height == 3


def test_the_last_person_is_not_taken_out(tmp_path: Path, forgotten: Forgotten, world: SimpleNamespace) -> None:
    save_dataset(world.dataset(), tmp_path / "data", source="test")
    forgotten(tmp_path / "data", "person-0043")
    forgotten(tmp_path / "data", "person-0044")
    with pytest.raises(BadInput, match="'person-0042' is the only user in this dataset; delete its folder instead"):
        forgotten(tmp_path / "data")


def test_no_dataset(tmp_path: Path, forgotten: Forgotten) -> None:
    with pytest.raises(BadInput, match="there is no dataset"):
        forgotten(tmp_path / "nowhere" / "data")


HOLD = """
import sys
from pathlib import Path
from lgir.store.completions import CompletionStore
from lgir.store.vectors import VectorStore
with {kind}(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [("CompletionStore", "completions"), ("VectorStore", "vectors")])
def test_a_store_that_another_process_has_open_is_refused(
    data: Path, forgotten: Forgotten, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setattr(stores, "_WAIT_S", 0.1)
    file = data / "derived" / f"{name}.sqlite"
    command = [sys.executable, "-c", HOLD.replace("{kind}", kind), str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(BackendError, match=rf"another process uses .*{name}\.sqlite; nobody is forgotten while"):
            forgotten(data)
        assert load_dataset(data).users.height == 3
        other.communicate("")
    assert forgotten(data).proof is not None


def test_two_at_once_are_refused(data: Path, forgotten: Forgotten) -> None:
    handle = os.open(data.parent, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(BackendError, match="somebody is being forgotten in .* at this moment; wait"):
        forgotten(data)
    os.close(handle)
    assert forgotten(data).proof is not None


def batch(data: Path, step: str, collected: bool) -> Path:
    folder = data / "derived" / "batches" / "first"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"parts": [{"step": step}], "collected": collected}))
    (folder / "requests-0001.jsonl").write_text('{"custom_id": "aa", "body": "hidden words of whoever"}\n')
    return folder


@pytest.mark.parametrize(("step", "collected"), [("written", False), ("created", True)])
def test_batches_that_are_over_go(data: Path, forgotten: Forgotten, step: str, collected: bool) -> None:
    folder = batch(data, step, collected)
    assert forgotten(data).plan.batches == 1
    assert not folder.parent.exists()


@pytest.mark.parametrize("step", ["uploading", "created"])
def test_a_batch_at_a_server_is_refused(data: Path, forgotten: Forgotten, step: str) -> None:
    batch(data, step, False)
    before = everything(data)
    with pytest.raises(BadInput, match="the batch 'first' is at a server .*lgir batch cancel.*lgir batch collect"):
        forgotten(data)
    assert everything(data) == before


def test_a_batch_that_cannot_be_read_is_refused(data: Path, forgotten: Forgotten) -> None:
    (batch(data, "written", False) / "state.json").write_text("{")
    with pytest.raises(BadInput, match=r"state\.json cannot be read; delete .*batches/first and run"):
        forgotten(data)


# ── interrupted, or in vain ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_left_is_named_and_can_be_proved_away(data: Path, forgotten: Forgotten, world: SimpleNamespace) -> None:
    odd = data / "derived" / "odd.txt"
    odd.write_text(world.RESUME)
    proof = forgotten(data).proof
    assert proof is not None
    (found,) = proof.found
    assert (found.place, found.what) == (str(odd), "words of the résumé")
    odd.unlink()
    again = forgotten(data)
    assert again.plan.interrupted
    assert again.proof is not None
    assert (again.proof.found, again.proof.phrases) == ([], proof.phrases)
    assert os.listdir(data.parent) == ["data"]


@pytest.mark.parametrize("step", ["put_without", "stores.sweep", "log_files", "prove"])
def test_whatever_step_fails_the_next_call_ends_it(
    data: Path, forgotten: Forgotten, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    calls = 0
    where, name = (stores, "sweep") if step == "stores.sweep" else (person, step)
    whole = getattr(where, name)

    def breaks(*given: object) -> object:
        nonlocal calls
        calls += 1
        # logs are looked at before anything is removed
        if step == "log_files" and calls == 1:
            return whole(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(where, name, breaks)
        with pytest.raises(KeyboardInterrupt):
            forgotten(data)
    (note,) = [path for path in data.parent.iterdir() if path.name != "data"]
    assert note.name.startswith(".data.forgetting-")
    assert note.stat().st_mode & 0o777 == 0o600
    found = forgotten(data)
    assert found.plan.interrupted
    assert found.proof is not None
    assert found.proof.found == []
    assert found.proof.phrases > 20, "the words are still known"
    assert os.listdir(data.parent) == ["data"]


def test_a_note_that_cannot_be_read_is_refused(data: Path, forgotten: Forgotten) -> None:
    note = person._Note(data, subject_of(Query("", (), "person-0042")))._file
    with written_whole(note) as stream:
        stream.write(b"{")
    with pytest.raises(BadInput, match="cannot be read; delete it and run the same command again"):
        forgotten(data)


def test_vectors_of_others_are_made_anew(data: Path, forgotten: Forgotten) -> None:
    forgotten(data)
    with VectorStore(data / "derived" / "vectors.sqlite") as vectors:
        vectors.put(["a" * 64], np.ones((1, 4), dtype=np.float32), np.zeros(1, dtype=bool))
        assert len(vectors) == 1
