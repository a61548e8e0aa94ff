"""A real language model behind a real OpenAI-compatible server, both made on the spot: no network, no hub, no GPU."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

_WORDS = [
    "Cook",
    "Server",
    "Newark",
    "retail",
    "five",
    "years",
    "kitchen",
    "customers",
    "sales",
    "cash",
    "bar",
    "night",
]
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@dataclass(frozen=True)
class LlmServer:
    """Where the server is, and what the model is called there (transformers calls it by its folder)."""

    base_url: str
    model: str


def make_tiny_llm(folder: Path) -> None:
    """Saves a Llama of about 60,000 parameters with a byte-level BPE tokenizer and a chat template, in under a second.

    Its weights are set so that it begins with a word that depends on the digits of the prompt, and after each word goes
    on to the next until it ends: its answers are short, differ between prompts with different digits, and mean nothing.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer()
    words = tokenizer.convert_tokens_to_ids([f"{word}\n" for word in _WORDS])
    digits = tokenizer.convert_tokens_to_ids(list("0123456789"))
    end = tokenizer.convert_tokens_to_ids("<|end|>")
    rng = torch.Generator().manual_seed(0)
    size = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=16_384,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=end,
    )
    model = LlamaForCausalLM(size)
    attention = model.model.layers[0].self_attn
    for weight in model.parameters():
        weight.data.mul_(weight.dim() == 1)  # nothing but the norms
    with torch.no_grad():
        table, head = model.model.embed_tokens.weight, model.lm_head.weight
        # columns 0-15: the digits of the prompt; 16-31: what attention makes of them; 32-63: the last word
        table[digits, :16] = torch.randn(len(digits), 16, generator=rng)
        attention.v_proj.weight[:, :16] = torch.randn(32, 16, generator=rng)
        attention.o_proj.weight[16:32] = torch.randn(16, 64, generator=rng)
        table[words, 32:] = 1000.0 * torch.nn.functional.normalize(torch.randn(len(words), 32, generator=rng), dim=1)
        head[words, 16:32] = torch.randn(len(words), 16, generator=rng)
        for word, following in pairwise([*words, end]):
            head[following, 32:] = table[word, 32:] / 10
    folder.mkdir(parents=True, exist_ok=True)
    model.generation_config.do_sample = False
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    bpe.train_from_iterator(_WORDS, trainer)
    roles = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    fast: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=bpe, eos_token="<|end|>", pad_token="<|end|>"
    )
    fast.add_special_tokens({"additional_special_tokens": roles[1:]})
    fast.add_tokens([f"{word}\n" for word in _WORDS])
    fast.chat_template = _CHAT_TEMPLATE
    return fast


@contextmanager
def llm_server(folder: Path, *, ready_within_s: float = 120.0) -> Iterator[LlmServer]:
    """Makes the model in `folder` and serves it with `transformers serve` on a free port until the block ends."""
    model = folder / "model"
    make_tiny_llm(model)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "transformers"),
        "serve",
        str(model),
        "--device",
        "cpu",
        "--port",
        str(port),
    ]
    # two torch threads on a busy machine are many times slower than one
    settings = {
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HOME": str(folder),
    }
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1"], stdout=output, stderr=output, env=os.environ | settings
        )
        try:
            _wait(server, f"http://127.0.0.1:{port}/health", log, ready_within_s)
            yield LlmServer(f"http://127.0.0.1:{port}/v1", str(model))
        finally:
            server.kill()
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
    raise RuntimeError(f"transformers serve did not start:\n{log.read_text(errors='replace')[-2000:]}")
