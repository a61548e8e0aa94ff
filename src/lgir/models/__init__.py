"""Floor 2: one file per model. `MODELS` names them all; a configuration chooses by `kind`."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args

from pydantic import Field

from lgir.core.config import Config
from lgir.core.records import Shape
from lgir.core.seams import Recommender
from lgir.models.bpjfnn import Bpjfnn, BpjfnnConfig
from lgir.models.cosine import Cosine, CosineConfig
from lgir.models.ease import Ease, EaseConfig
from lgir.models.item_knn import ItemKnn, ItemKnnConfig
from lgir.models.lgir import Lgir, LgirConfig
from lgir.models.lightgcn import LightGcn, LightGcnConfig
from lgir.models.logistic import Logistic, LogisticConfig
from lgir.models.mf import Mf, MfConfig
from lgir.models.ncf import Ncf, NcfConfig
from lgir.models.newest import Newest, NewestConfig
from lgir.models.pjfff import Pjfff, PjfffConfig
from lgir.models.popularity import Popularity, PopularityConfig
from lgir.models.profile import Profile, ProfileConfig
from lgir.models.random_order import RandomOrder, RandomOrderConfig
from lgir.models.sgl import Sgl, SglConfig
from lgir.models.shpjf import Shpjf, ShpjfConfig

ModelConfig = Annotated[
    BpjfnnConfig
    | CosineConfig
    | EaseConfig
    | ItemKnnConfig
    | LgirConfig
    | LightGcnConfig
    | LogisticConfig
    | MfConfig
    | NcfConfig
    | NewestConfig
    | PjfffConfig
    | PopularityConfig
    | ProfileConfig
    | RandomOrderConfig
    | SglConfig
    | ShpjfConfig,
    Field(discriminator="kind"),
]
"""What a configuration may say under [model]."""

MODELS: Mapping[str, type[Recommender]] = {
    "bpjfnn": Bpjfnn,
    "cosine": Cosine,
    "ease": Ease,
    "item-knn": ItemKnn,
    "lgir": Lgir,
    "lightgcn": LightGcn,
    "logistic": Logistic,
    "mf": Mf,
    "ncf": Ncf,
    "newest": Newest,
    "pjfff": Pjfff,
    "popularity": Popularity,
    "profile": Profile,
    "random": RandomOrder,
    "sgl": Sgl,
    "shpjf": Shpjf,
}
"""Every model by the `kind` of its configuration."""

CONFIGS: Mapping[str, type[Config]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(get_args(ModelConfig)[0])
}
"""The configuration of every model, likewise."""


def build_model(config: Any, shape: Shape) -> Recommender:
    """The untrained model of a configuration."""
    build: Callable[[Any, Shape], Recommender] = MODELS[config.kind]
    return build(config, shape)
