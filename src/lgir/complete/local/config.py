"""What the two local back ends can be told."""

from typing import Literal

from pydantic import Field, PositiveInt, model_validator

from lgir.core.config import Config

Dtype = Literal["auto", "float32", "float16", "bfloat16"]


class LocalConfig(Config):
    """What both local back ends need to know of a model."""

    model: str | None = None
    """A folder, or a name on the model hub. Only weights in safetensors are read."""
    revision: str | None = None
    """Branch, tag or commit on the hub; None is its main branch. A folder has none."""
    trust_remote_code: str | None = None
    """Some models bring their own Python code. It runs only if the model's name is repeated here."""
    dtype: Dtype = "auto"
    """Number type of the weights; "auto" is the model's own."""
    thinking: bool = False
    """Whether a model that can think before it answers is asked to, through its chat template."""

    @model_validator(mode="after")
    def _trusts_this_model(self) -> "LocalConfig":
        if self.trust_remote_code not in (None, self.model):
            raise ValueError(
                f"trust_remote_code = {self.trust_remote_code!r} must repeat the name of the model whose code may run, "
                f"which is {self.model!r}"
            )
        return self


class TransformersConfig(LocalConfig):
    """A model in this process, run by transformers."""

    batch: PositiveInt = 8
    """Most prompts answered at once; halved whenever memory runs out."""
    read_ahead: PositiveInt = 32
    """So many batches of prompts are read at a time and sorted by length, so that a batch holds prompts of like length
    and little is spent on filler."""


class VllmConfig(LocalConfig):
    """A model in this process, run by vLLM's offline engine with prefix caching."""

    window: PositiveInt = 512
    """Prompts handed to the engine at a time; it orders them itself. Results are kept after each window."""
    max_model_len: PositiveInt | None = None
    """Longest prompt and answer together, in tokens; None is the model's own limit. A lower one saves memory."""
    gpu_memory_utilization: float = Field(default=0.9, gt=0.0, le=1.0)
    """Part of the GPU's memory that the engine takes."""
    tensor_parallel_size: PositiveInt = 1
    """GPUs that share one model."""
    enforce_eager: bool = False
    """Starts faster and answers slower: without CUDA graphs."""
