"""A small language model trained on the spot: a GPT-2 fitted from scratch to the training part's texts, pooled as in
SGPT-BE.

It stands in where no pretrained decoder can be had: no hub, no account, no file to fetch. **It is not the paper's
model.** SGPT-BE (Muennighoff 2022, arXiv 2202.08904) takes a decoder pretrained on a large part of the web and tunes
its biases on pairs of texts that belong together; this one reads the dataset's own texts for less than a minute and is
told of no pairs. The architecture and the pooling are the same, and so is that both sides are encoded alike. Whoever
has a decoder's folder sets `kind = "sentence"` and `pooling = "weighted-mean"` instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Int64
from pydantic import Field, NonNegativeInt, PositiveInt

from lgir.core.config import Config
from lgir.core.errors import BadInput, UnreadableRun
from lgir.core.fingerprint import fingerprint, fingerprint_arrays
from lgir.core.run import Progress, Silent
from lgir.encode.terms import valid_text
from lgir.encode.transformer import (
    Backbone,
    TransformerEncoder,
    library_versions,
    pooled,
    weighted_mean_pooling,
)
from lgir.encode.windows import LongTexts, max_chunks

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import GPT2LMHeadModel, GPT2Model

_FORMAT = 1
_HEAD_DIM = 32
_BYTES = 256
_ROWS = 8
"""Runs of `context` tokens per training step; more of them leave the processor's cache and cost more per token."""
_RATE = 2e-3
"""Largest step of AdamW, reached after a tenth of the steps and lowered to 0 from there."""
_DECAY = 0.1
_TOKENS = "tokens"
"""Name of the tokeniser's array, JSON as bytes, beside the network's."""


class ScratchLmConfig(Config):
    """A GPT-2 trained from scratch; the defaults take less than a minute on one core."""

    kind: Literal["scratch-lm"] = "scratch-lm"
    dim: PositiveInt = Field(default=128, multiple_of=_HEAD_DIM)
    """Width of a vector and of the network; a multiple of 32, the width of an attention head."""
    layers: PositiveInt = 2
    """Transformer blocks."""
    vocabulary: int = Field(default=8000, gt=_BYTES)
    """Tokens at most: the 256 bytes, and the most frequent runs of bytes within words of the training texts."""
    context: int = Field(default=128, ge=2)
    """Tokens read at once, in training and per window of a text."""
    steps: PositiveInt = 300
    """Training steps, of 8 runs of `context` tokens each."""
    seed: NonNegativeInt = 0
    """Of the first weights and of the order of training."""
    long_texts: LongTexts = "chunk"
    """Texts over `context` tokens: "chunk" averages windows, "truncate" cuts the end off."""


class ScratchLmEncoder(TransformerEncoder):
    """A `TextEncoder` made by `fit` or `from_state`.

    Attributes:
        config: what it was fitted with.
        fingerprint: covers configuration, everything fitted, and the major versions of the libraries.
    """

    def __init__(self, config: ScratchLmConfig, tokens: str, network: "GPT2Model", *, device: str) -> None:
        """`tokens` is the tokeniser as JSON; `network` has the configuration's sizes and one token more."""
        from tokenizers import Tokenizer

        self.config = config
        self._tokens, self._network = tokens, network.eval().to(device)  # type: ignore[no-untyped-call]
        arrays, meta = self.state()
        tokenizer = Tokenizer.from_str(tokens)
        tokenizer.enable_truncation(config.context)
        backbone = Backbone(tokenizer, pooled(self._network, weighted_mean_pooling), pad_id=0, device=device)
        super().__init__(
            lambda: backbone,
            dim=config.dim,
            fingerprint=fingerprint("scratch-lm", meta, fingerprint_arrays(arrays.values()), library_versions()),
            max_tokens=config.context,
            chunks=max_chunks(config.long_texts),
        )

    @classmethod
    def fit(
        cls, texts: Sequence[str], config: ScratchLmConfig, progress: Progress | None = None, *, device: str = "cpu"
    ) -> "ScratchLmEncoder":
        """Learns tokens and weights, from texts of the training view only.

        Equal texts in any order give an equal encoder on one machine: training takes one thread of the processor, on
        whatever `device` the encoder is used later.

        Args:
            texts: what to learn from.
            config: sizes and length of training.
            progress: advances by one at each of `config.steps` steps, with the loss in nats per token.
            device: torch device that encodes.

        Raises:
            BadInput: no text has any content.
            TrainingFailed: the loss is not finite.
        """
        read = sorted(valid_text(text) for text in texts if text and not text.isspace())
        if not read:
            raise BadInput(
                f"none of the {len(texts)} training texts has any content, so the language model has nothing to learn; "
                "leave scratch-lm out of encode.encoders"
            )
        tokenizer = _learn_tokens(read, config.vocabulary)
        end = tokenizer.get_vocab_size()  # separates texts in training; no text can produce it
        stream = [number for encoding in tokenizer.encode_batch(read) for number in (end, *encoding.ids)]
        network = _train(np.array(stream, dtype=np.int64), end + 1, config, progress or Silent())
        return cls(config, tokenizer.to_str(), network, device=device)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything fitted: arrays by name, and what JSON can hold. `from_state` puts it back bit for bit."""
        weights = {name: weight.detach().cpu().numpy() for name, weight in self._network.state_dict().items()}
        tokens = np.frombuffer(self._tokens.encode(), dtype=np.uint8)
        return {_TOKENS: tokens.copy(), **weights}, {"format": _FORMAT, "config": self.config.model_dump(mode="json")}

    @classmethod
    def from_state(
        cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any], *, device: str = "cpu"
    ) -> "ScratchLmEncoder":
        """The encoder that `state` described.

        Raises:
            UnreadableRun: the state is damaged or from a newer format.
        """
        import torch
        from tokenizers import Tokenizer

        if meta.get("format") != _FORMAT:
            raise UnreadableRun(
                f"the language model was saved in format {meta.get('format')!r} and this version reads {_FORMAT}; "
                "install the version of lgir that saved it"
            )
        try:
            config = ScratchLmConfig.model_validate(meta["config"])
            tokens = arrays[_TOKENS].tobytes().decode()
            network = _new(Tokenizer.from_str(tokens).get_vocab_size() + 1, config).transformer
            weights = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items() if name != _TOKENS}
            network.load_state_dict(weights)
        # tokenizers raises Exception itself; the rest are KeyError, ValidationError, UnicodeDecodeError, RuntimeError
        except Exception:
            raise UnreadableRun("the saved language model is damaged; fit the run again") from None
        return cls(config, tokens, network, device=device)


def _learn_tokens(texts: Sequence[str], vocabulary: int) -> "Tokenizer":
    """Byte-level BPE as in GPT-2; a word at the start of a text is the same tokens as further in."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer

    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=True)
    alphabet = ByteLevel.alphabet()
    trainer = BpeTrainer(vocab_size=vocabulary, min_frequency=2, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _new(vocabulary: int, config: ScratchLmConfig) -> "GPT2LMHeadModel":
    """A GPT-2 of the configuration's sizes with random weights; without dropout, as it never sees its texts often."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = GPT2Config(
        vocab_size=vocabulary,
        n_embd=config.dim,
        n_layer=config.layers,
        n_head=config.dim // _HEAD_DIM,
        n_positions=config.context,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=None,
        eos_token_id=None,
        use_cache=False,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return GPT2LMHeadModel(sizes)


def _train(
    stream: Int64[np.ndarray, " n"], vocabulary: int, config: ScratchLmConfig, progress: Progress
) -> "GPT2Model":
    """Predicts every token from those before it, on runs of the stream drawn at random."""
    import torch
    from torch.nn.functional import cross_entropy

    from lgir.nets.optimize import adamw, descend

    rng = np.random.default_rng(config.seed)
    length = min(config.context + 1, len(stream))
    warm = max(1, config.steps // 10)
    with _one_thread():
        network = _new(vocabulary, config)
        optimizer = adamw([{"params": list(network.parameters())}], weight_decay=_DECAY)
        for step in range(config.steps):
            for group in optimizer.param_groups:
                group["lr"] = _RATE * min((step + 1) / warm, (config.steps - step) / max(1, config.steps - warm))
            starts = rng.integers(0, len(stream) - length + 1, size=_ROWS)
            runs = torch.from_numpy(stream[starts[:, None] + np.arange(length)])
            logits = network(input_ids=runs[:, :-1]).logits
            loss = cross_entropy(logits.flatten(0, 1), runs[:, 1:].flatten())
            descend(loss, optimizer)
            progress.advance(note=f"loss {loss.item():.2f}")
    return network.transformer


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in the order of one thread, so that the machine's load and settings change no bit."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
