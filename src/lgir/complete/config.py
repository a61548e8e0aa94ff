"""What completion can be told."""

from typing import Literal

from pydantic import Field, PositiveInt

from lgir.complete.grounding.profile import Unsupported
from lgir.complete.llm.config import Language, LlmConfig
from lgir.complete.local.config import TransformersConfig, VllmConfig
from lgir.complete.openai.config import OpenAIConfig
from lgir.core.config import Config

Mode = Literal["none", "src", "irc"]
"""A prompt's mode, or "none": the résumé itself (BASE in the paper's ablation)."""
Backend = Literal["extractive", "openai", "transformers", "vllm"]


class ExtractiveConfig(Config):
    """The back end without a language model."""

    max_phrases: PositiveInt = 64
    """Phrases added to a résumé, shared out evenly among the jobs."""
    whole_job_phrases: PositiveInt = 16
    """A job text of at most this many phrases is kept whole, however many jobs there are."""


class CompleteConfig(Config):
    """Résumé completion (paper eq. 1, 2)."""

    backend: Backend = "extractive"
    """Who completes: extractive: phrases of the sources, without a language model; openai: an OpenAI-compatible server;
    transformers, vllm: a local model in this process."""
    mode: Mode = "irc"
    """none: the résumé itself; src: from the résumé (eq. 1); irc: from the résumé and the training jobs (eq. 2)."""
    language: Language = "en"
    """Language of the prompt; the extractive back end needs none and works in any."""
    folds: int = Field(default=5, ge=2)
    """Training jobs of a user are dealt into so many folds; each fold's jobs are ranked with a résumé completed without
    them."""
    unsupported: Unsupported = "keep"
    """What of the statements that no source supports reaches the ranking profile: keep them, as the paper does; mark
    them; drop them. No display résumé ever holds one as the person's own."""
    support: float = Field(default=0.7, gt=0, lt=1)
    """With `unsupported` = mark or drop: likeness of meaning from which a source supports a statement, as cosine of the
    run's encoder."""
    extractive: ExtractiveConfig = ExtractiveConfig()
    """Options of the extractive back end."""
    llm: LlmConfig = LlmConfig()
    """What a language model is shown and how its answer is read."""
    openai: OpenAIConfig = OpenAIConfig()
    """Options of the server."""
    transformers: TransformersConfig = TransformersConfig()
    """Options of the local model."""
    vllm: VllmConfig = VllmConfig()
    """Options of vLLM."""
