"""Floor 2: one file per model. `MODELS` names them all; a configuration chooses by `kind`."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from lgir.core.records import Shape
from lgir.core.seams import Recommender
from lgir.models.cosine import Cosine, CosineConfig
from lgir.models.lgir import Lgir, LgirConfig

ModelConfig = Annotated[
    LgirConfig | CosineConfig,
    Field(discriminator="kind"),
]
"""What a configuration may say under [model]."""

MODELS: Mapping[str, type[Recommender]] = {
    "lgir": Lgir,
    "cosine": Cosine,
}
"""Every model by the `kind` of its configuration."""


def build_model(config: Any, shape: Shape) -> Recommender:
    """The untrained model of a configuration."""
    build: Callable[[Any, Shape], Recommender] = MODELS[config.kind]
    return build(config, shape)
