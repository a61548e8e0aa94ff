"""The client of the Batch API against a real HTTP server that is busy, silent, gone, or says anything."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lgir.complete.openai.batch_api import BatchApi, ServerBatch
from lgir.complete.openai.config import OpenAIConfig
from lgir.core.errors import BackendError, BadConfig
from lgir.testing.batch_server import BatchServer, batch_server
from lgir.testing.http_server import Handler, read_request, response, serving

pytest.importorskip("aiohttp")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LGIR_LLM_KEY", "secret-key")
    for name in ("HTTP_PROXY", "http_proxy", "LGIR_LLM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with batch_server() as running:
        yield running


def api(base_url: str, **options: Any) -> BatchApi:
    return BatchApi(OpenAIConfig(base_url=base_url, **{"max_retries": 2, "timeout_s": 5, **options}))


def request_file(folder: Path, n: int = 3) -> Path:
    file = folder / "requests-0001.jsonl"
    head = {"method": "POST", "url": "/v1/chat/completions"}
    lines = [
        {
            "custom_id": f"{i:064}",
            **head,
            "body": {"model": "m", "messages": [{"role": "user", "content": f"Cook {i}"}]},
        }
        for i in range(n)
    ]
    file.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return file


def answering(reply: bytes) -> Handler:
    """A server that knows one reply."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await read_request(reader) is not None:
            writer.write(reply)
            await writer.drain()
        writer.close()

    return handle


def test_from_file_to_answers(server: BatchServer, tmp_path: Path) -> None:
    file = request_file(tmp_path)
    server.polls = 1
    with api(server.base_url) as client:
        file_id = client.upload(file, "one-requests-0001.jsonl")
        assert server.files[file_id] == file.read_bytes()
        made = client.create(file_id, "/v1/chat/completions", {"lgir_batch": "one", "part": "1"})
        assert (made.status, made.over, made.count("completed")) == ("validating", False, 0)
        assert client.find(file_id) == made
        assert client.find("file-other") is None
        assert client.get(made.id).status == "in_progress"
        done = client.get(made.id)
        assert (done.status, done.over, done.count("completed"), done.count("failed")) == ("completed", True, 3, 0)
        assert done.output_file_id is not None
        client.fetch(done.output_file_id, tmp_path / "output")
    assert len((tmp_path / "output").read_bytes().splitlines()) == 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert server.keys == {"Bearer secret-key"}


def test_batches_are_looked_for_on_every_page(server: BatchServer, tmp_path: Path) -> None:
    with api(server.base_url) as client:
        ids = [client.upload(request_file(tmp_path), "x") for _ in range(5)]
        made = [client.create(file_id, "/v1/chat/completions", {}) for file_id in ids]
        assert [client.find(file_id) for file_id in ids] == made
        assert client.find("another") is None


def test_a_creation_in_the_dark_is_looked_up_and_not_repeated(server: BatchServer, tmp_path: Path) -> None:
    with api(server.base_url) as client:
        file_id = client.upload(request_file(tmp_path), "x")
        server.dark = {"POST /batches"}
        made = client.create(file_id, "/v1/chat/completions", {})
    assert (made.id, server.count("POST /batches"), server.count("GET /batches")) == ("batch_0", 1, 1)


def test_a_creation_that_was_refused_for_haste_is_repeated(server: BatchServer, tmp_path: Path) -> None:
    with api(server.base_url) as client:
        file_id = client.upload(request_file(tmp_path), "x")
        server.busy = 2
        client.create(file_id, "/v1/chat/completions", {})
    assert (len(server.batches), server.count("POST /batches"), server.count("GET /batches")) == (1, 3, 0)


def test_a_cancelled_batch(server: BatchServer, tmp_path: Path) -> None:
    with api(server.base_url) as client:
        made = client.create(client.upload(request_file(tmp_path), "x"), "/v1/chat/completions", {})
        assert client.cancel(made.id).over


@pytest.mark.slow
def test_a_download_that_breaks_off_is_repeated_and_never_half(tmp_path: Path) -> None:
    lines = b"a line\n" * 1000
    whole, target = response(200, lines), tmp_path / "output"
    left = [whole[:-500], b"", whole]

    async def breaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(left.pop(0))
        await writer.drain()
        writer.close()

    with serving(breaking) as url:
        with (
            api(url, max_retries=0) as client,
            pytest.raises(BackendError, match="the download at .* failed: the conn"),
        ):
            client.fetch("file-1", target)
        assert list(tmp_path.iterdir()) == []
        with api(url) as client:
            client.fetch("file-1", target)
    assert target.read_bytes() == lines


def test_a_slow_download_may_take_longer_than_a_silent_one(tmp_path: Path) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 -\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            await asyncio.sleep(0.2)
            writer.write(b"x")
            await writer.drain()
        await read_request(reader)
        writer.close()

    with serving(slow) as url, api(url, timeout_s=0.8, max_retries=0) as client:
        client.fetch("file-1", tmp_path / "output")
    assert (tmp_path / "output").read_bytes() == b"x" * 8


def test_a_silent_server_is_left_after_the_time_limit(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    began = time.monotonic()
    sentence = "the look at a batch at .* failed: no answer in time; run the same command again"
    with (
        serving(silent) as url,
        api(url, timeout_s=0.3, max_retries=0) as client,
        pytest.raises(BackendError, match=sentence),
    ):
        client.get("batch_1")
    assert time.monotonic() - began < 5


REFUSALS = [
    (
        response(401, {"error": {"code": "invalid_api_key"}}),
        r"refused the key \(status 401, invalid_api_key\); set the",
    ),
    (response(404, {}), r"refused the look at a batch \(status 404\); see whether openai.base_url is right and the"),
    (response(302, b"", {"Location": "http://other.example/"}), r"refused the look at a batch \(status 302\)"),
    (response(500, {}), r"refused the look at a batch \(status 500\); wait, then run the same command again"),
    (response(200, b"<html>"), "failed: no JSON; run the same command again"),
    (response(200, {"object": "batch"}), "failed: no JSON"),
    (response(200, {"id": "a b"}), "failed: no JSON"),
    (response(200, b"[" * 3_000_000), "failed: more bytes than an answer has"),
    (b"HTTP/9 nonsense\r\n\r\n", "failed: the connection ended before the answer"),
]


@pytest.mark.parametrize(("reply", "sentence"), REFUSALS)
def test_a_refusal_is_one_sentence(reply: bytes, sentence: str) -> None:
    with (
        serving(answering(reply)) as url,
        api(url, max_retries=0) as client,
        pytest.raises(BackendError, match=sentence) as caught,
    ):
        client.get("batch_1")
    assert "secret-key" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_no_server_and_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sentence = "failed: no connection was made; run the same command again"
    with api(f"http://127.0.0.1:{port}/v1", max_retries=0) as client, pytest.raises(BackendError, match=sentence):
        client.get("batch_1")
    with pytest.raises(BadConfig, match=r"openai\.base_url is not named: .* LGIR_LLM_BASE_URL, such as https"):
        BatchApi(OpenAIConfig())


def test_an_upload_sees_its_file_again_at_every_attempt(server: BatchServer, tmp_path: Path) -> None:
    file = request_file(tmp_path, 2000)
    server.busy = 1
    with api(server.base_url) as client:
        assert server.files[client.upload(file, "x")] == file.read_bytes()


ANY = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["data", "code", "completed"]), inner),
    max_leaves=5,
)


@given(request_counts=ANY, errors=ANY)
def test_what_a_server_says_of_a_batch_may_be_anything(request_counts: Any, errors: Any) -> None:
    said = ServerBatch(id="batch_1", status="IN_PROGRESS", request_counts=request_counts, errors=errors)
    assert (said.status, said.over) == ("in_progress", False)
    assert said.count("completed") >= 0
    assert len(said.problem) <= 64


def test_servers_leave_out_much() -> None:
    said = ServerBatch.model_validate({"id": "1", "output_file_id": "", "error_file_id": None, "errors": "none"})
    assert (said.over, said.problem, said.count("failed"), said.output_file_id) == (False, "", 0, "")
    with pytest.raises(ValidationError):
        ServerBatch.model_validate({"id": "a\nb"})
