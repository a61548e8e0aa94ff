"""What completion can be told."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from lgir.core.config import Config

PromptMode = Literal["src", "irc"]
"""The two prompts of the paper: Simple (eq. 1) and Interactive (eq. 2) Resume Completion."""
Mode = Literal["none", "src", "irc"]
"""A prompt's mode, or "none": the résumé itself (BASE in the paper's ablation)."""
Language = Literal["en", "zh"]


class ExtractiveConfig(Config):
    """The back end without a language model."""

    max_phrases: PositiveInt = 64
    """Phrases added to a résumé, shared out evenly among the jobs."""
    whole_job_phrases: PositiveInt = 16
    """A job text of at most this many phrases is kept whole, however many jobs there are."""


class OpenAIConfig(Config):
    """An OpenAI-compatible server. Its key comes only from the environment variable LGIR_LLM_KEY."""

    base_url: str | None = None
    """Such as http://localhost:8000/v1; None: the environment variable LGIR_LLM_BASE_URL."""
    model: str | None = None
    """Name of the model as the server knows it; None: the environment variable LGIR_LLM_MODEL."""
    temperature: float | None = Field(default=0.0, ge=0.0, le=2.0)
    """0: the most likely answer. None: not sent, for models that refuse it."""
    max_tokens: PositiveInt = 1024
    """Longest answer; a longer one is a failure, never a half résumé."""
    max_tokens_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """Under which name the server takes `max_tokens`; newer OpenAI models want the second."""
    seed: int | None = 0
    """Sent to the server; None: not sent."""
    timeout_s: PositiveFloat = 120.0
    """Longest wait for one answer."""
    max_retries: NonNegativeInt = 4
    """Further attempts after a time-out, a busy server (429) or its own fault (5xx), with growing pauses."""
    concurrency: PositiveInt = 8
    """Requests under way at once."""
    max_resume_chars: PositiveInt = 8000
    """A longer résumé is cut before it is shown; provenance counts what was cut."""
    max_job_chars: PositiveInt = 2000
    """Likewise for each job text."""
    max_jobs: PositiveInt = 20
    """Only the first so many jobs are shown; provenance counts the rest."""
    max_answer_chars: PositiveInt = 20_000
    """A longer answer is cut; provenance counts what was cut."""


class CompleteConfig(Config):
    """Résumé completion (paper eq. 1, 2)."""

    backend: Literal["extractive", "openai"] = "extractive"
    """Who completes: phrases of the sources without a language model, or an OpenAI-compatible server."""
    mode: Mode = "irc"
    """none: the résumé itself; src: from the résumé (eq. 1); irc: from the résumé and the training jobs (eq. 2)."""
    language: Language = "en"
    """Language of the prompt; the extractive back end needs none and works in any."""
    folds: int = Field(default=5, ge=2)
    """Training jobs of a user are dealt into so many folds; each fold's jobs are ranked with a résumé completed without
    them."""
    extractive: ExtractiveConfig = ExtractiveConfig()
    """Options of the extractive back end."""
    openai: OpenAIConfig = OpenAIConfig()
    """Options of the server."""
