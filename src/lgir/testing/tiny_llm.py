"""Language models made on the spot: one that answers in the form asked for, and one of random weights."""

from itertools import pairwise
from pathlib import Path
from typing import Any

_CHAINS = (
    ("Cook", "kitchen", "grill", "Newark"),
    ("Server", "customers", "bar", "five years"),
    ("retail", "sales", "cash", "Boston"),
    ("driver", "forklift", "warehouse", "night shift"),
    ("nurse", "patients", "first aid", "Dallas"),
    ("Java", "SQL", "Linux", "bachelor's degree"),
    ("accounting", "Excel", "invoices", "full time"),
    ("teacher", "English", "children", "Chicago"),
)
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tiny_llm(folder: Path) -> None:
    """Saves a Llama of about 60,000 parameters with a byte-level BPE tokenizer and a chat template, in under a second.

    Its weights are set so that it begins with a statement that depends on the digits of the prompt, goes on to the end
    of that statement's chain, and stops: `{"statements":["customers","bar","five years"]}`. So its answers, of one
    to four statements, are JSON with or without a grammar. There are 32 of them: prompts with different digits mostly
    get different ones. They mean nothing.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer()
    first, later, (close, end) = (tokenizer.convert_tokens_to_ids(names) for names in _answer_tokens())
    digits = tokenizer.convert_tokens_to_ids(list("0123456789"))
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
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.zero_()  # nothing but the norms
        table, head = model.model.embed_tokens.weight, model.lm_head.weight
        # columns 0-15: the digits of the prompt; 16-31: what attention makes of them; 32-63: the last token
        table[digits, :16] = torch.randn(len(digits), 16, generator=rng)
        attention.v_proj.weight[:, :16] = torch.randn(32, 16, generator=rng)
        attention.o_proj.weight[16:32] = torch.randn(16, 64, generator=rng)
        head[first, 16:32] = torch.randn(len(first), 16, generator=rng)
        # a prompt without digits begins somewhere too
        table[tokenizer.convert_tokens_to_ids("<|assistant|>"), 31] = 1e-4
        said = [*later, close]
        table[said, 32:] = 1000.0 * torch.nn.functional.normalize(torch.randn(len(said), 32, generator=rng), dim=1)
        ends = later[len(_CHAINS[0]) - 1 :: len(_CHAINS[0])]
        table[ends, 32:] = table[ends[:1], 32:]  # alike, as the same follows them
        table[first, 32:] = table[later, 32:]
        following = dict(pairwise(later)) | dict.fromkeys(ends, close) | {close: end}
        for token, after in following.items():
            head[after, 32:] = table[token, 32:] / 10
    folder.mkdir(parents=True, exist_ok=True)
    model.generation_config.do_sample = False
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _answer_tokens() -> tuple[list[str], list[str], list[str]]:
    """Tokens that begin an answer, those that go on with it, one statement each, and those that end it."""
    statements = [statement for chain in _CHAINS for statement in chain]
    first = [f'{{"statements":["{statement}' for statement in statements]
    return first, [f'","{statement}' for statement in statements], ['"]}', "<|end|>"]


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    first, later, (close, end) = _answer_tokens()
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    bpe.train_from_iterator([" ".join(chain) for chain in _CHAINS], trainer)
    fast: Any = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=end, pad_token=end)  # type: ignore[no-untyped-call]
    fast.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|assistant|>", "<|system|>"]})
    fast.add_tokens([*first, *later, close])
    fast.chat_template = _CHAT_TEMPLATE
    return fast


def make_random_llm(folder: Path, kind: str = "llama") -> None:
    """Saves a small model of random weights with the same tokenizer and a context of 512 tokens.

    Its attention looks at places and words as a trained one's does. What it writes is no text and seldom ends.

    Args:
        folder: where to.
        kind: a decoder that transformers knows, such as "llama", "glm4", "qwen3" or "mistral".
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM
    tokenizer = _tokenizer()
    end = tokenizer.eos_token_id
    size = AutoConfig.for_model(
        kind,
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=512,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=end,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = auto.from_config(size)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
