"""Real OpenAI-compatible servers with a language model made on the spot: no network, no hub, no GPU."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lgir.testing.tiny_llm import make_tiny_llm

_QUIET = {
    # two torch threads on a busy machine are many times slower than one
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True)
class LlmServer:
    """Where the server is, and what the model is called there (transformers calls it by its folder)."""

    base_url: str
    model: str


@contextmanager
def llm_server(folder: Path, *, ready_within_s: float = 120.0) -> Iterator[LlmServer]:
    """Makes the tiny model in `folder` and serves it with `transformers serve` on a free port until the block ends.

    It takes a JSON schema and does not look at it.
    """
    model = folder / "model"
    make_tiny_llm(model)
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(model), "--device", "cpu"]
    with _serve(command, {"HF_HOME": str(folder)}, folder / "server.log", ready_within_s) as root:
        yield LlmServer(f"{root}/v1", str(model))


@contextmanager
def vllm_server(
    model: Path, log: Path, *, max_model_len: int = 4096, ready_within_s: float = 300.0
) -> Iterator[LlmServer]:
    """Serves a model's folder as "tiny" with vLLM's OpenAI server, on a processor, until the block ends.

    Whichever package brings vLLM, its server starts as a module; the command `vllm` looks for a package of that name.
    """
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
    command += ["--served-model-name", "tiny", "--dtype", "float32", "--max-model-len", str(max_model_len)]
    command += ["--enforce-eager", "--enable-prefix-caching", "--enable-prompt-tokens-details"]
    # a model of random weights would write white space for ever
    command += ["--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}']
    settings = {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    with _serve(command, settings, log, ready_within_s) as root:
        yield LlmServer(f"{root}/v1", "tiny")


@contextmanager
def _serve(command: Sequence[str], settings: Mapping[str, str], log: Path, ready_within_s: float) -> Iterator[str]:
    """Starts a server on a free port; gives its address, and ends it with all its processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            env={**os.environ, **_QUIET, **settings},
            start_new_session=True,
        )
        try:
            _wait(server, f"{root}/health", log, ready_within_s)
            yield root
        finally:
            _end(server)


def _end(server: "subprocess.Popen[bytes]") -> None:
    """Ends the server's whole session: a killed parent alone would leave its workers behind."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            # an own opener: a proxy of the environment has no business here
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
