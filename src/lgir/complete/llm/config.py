"""What every language-model back end is told."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt

from lgir.core.config import Config

PromptMode = Literal["src", "irc"]
"""The two prompts of the paper: Simple (eq. 1) and Interactive (eq. 2) Resume Completion."""
Language = Literal["en", "zh"]
AnswerForm = Literal["json", "lines"]


class LlmConfig(Config):
    """What a language model is shown and how its answer is read, whichever back end runs it."""

    answer: AnswerForm = "json"
    """json: a JSON object of statements, asked for by schema where the back end offers that. lines: plain text, one
    statement per line, for models that cannot write JSON."""
    temperature: float | None = Field(default=0.0, ge=0.0, le=2.0)
    """0: the most likely answer. None: not sent, for servers that refuse it."""
    seed: int | None = 0
    """Of sampling; None: not sent."""
    max_tokens: PositiveInt = 1024
    """Longest answer; a longer one is a failure, never a half résumé."""
    max_prompt_tokens: PositiveInt = 6000
    """Longest prompt, as estimated from its characters. Jobs are left out until it fits."""
    max_resume_chars: PositiveInt = 8000
    """A longer résumé is cut before it is shown; provenance counts what was cut."""
    max_job_chars: PositiveInt = 2000
    """Likewise for each job text, so that no single ad fills the prompt."""
    max_jobs: PositiveInt = 20
    """So many jobs are shown, those that say most about the person without repeating each other; provenance counts the
    rest."""
    max_answer_chars: PositiveInt = 20_000
    """Statements beyond so many characters are left out; provenance counts what was cut."""
    bad_answer_retries: NonNegativeInt = 1
    """Further attempts after an answer that was cut, repeats itself, or is not in the form asked for."""
    redact: bool = True
    """Personal data are replaced by placeholders before a prompt is made, and put back in the answer."""
    presidio_model: str | None = None
    """An installed spaCy model that also looks for names; needs the extra `pii`. None: rules alone."""
    price_in: NonNegativeFloat | None = None
    """Price of a million prompt tokens, in any currency; None: unknown."""
    price_out: NonNegativeFloat | None = None
    """Price of a million tokens written."""
