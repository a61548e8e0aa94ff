"""Floor 2: one file per model. `MODELS` names them all; a configuration chooses by `kind`.

A model's file is read when its kind is asked for, and not before: most of them bring torch, which takes seconds.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, SerializeAsAny
from pydantic_core import PydanticKnownError, SchemaValidator
from pydantic_core.core_schema import tagged_union_schema

from lgir.core.config import Config
from lgir.core.records import Shape
from lgir.core.seams import Recommender


class _Lazy(Mapping[str, Any]):
    """A table of names like "lgir.models.mf:Mf", each read when it is looked up."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = MappingProxyType(dict(names))

    def __getitem__(self, kind: str) -> Any:
        module, _, name = self._names[kind].partition(":")
        return getattr(import_module(module), name)

    def __contains__(self, kind: object) -> bool:
        return kind in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


MODELS: Mapping[str, type[Recommender]] = _Lazy(
    {
        "bpjfnn": "lgir.models.bpjfnn:Bpjfnn",
        "cosine": "lgir.models.cosine:Cosine",
        "ease": "lgir.models.ease:Ease",
        "item-knn": "lgir.models.item_knn:ItemKnn",
        "lgir": "lgir.models.lgir:Lgir",
        "lightgcn": "lgir.models.lightgcn:LightGcn",
        "logistic": "lgir.models.logistic:Logistic",
        "mf": "lgir.models.mf:Mf",
        "ncf": "lgir.models.ncf:Ncf",
        "newest": "lgir.models.newest:Newest",
        "pjfff": "lgir.models.pjfff:Pjfff",
        "popularity": "lgir.models.popularity:Popularity",
        "profile": "lgir.models.profile:Profile",
        "random": "lgir.models.random_order:RandomOrder",
        "sgl": "lgir.models.sgl:Sgl",
        "shpjf": "lgir.models.shpjf:Shpjf",
    }
)
"""Every model by the `kind` of its configuration."""

CONFIGS: Mapping[str, type[Config]] = _Lazy(
    {
        "bpjfnn": "lgir.models.bpjfnn:BpjfnnConfig",
        "cosine": "lgir.models.cosine:CosineConfig",
        "ease": "lgir.models.ease:EaseConfig",
        "item-knn": "lgir.models.item_knn:ItemKnnConfig",
        "lgir": "lgir.models.lgir_config:LgirConfig",
        "lightgcn": "lgir.models.lightgcn:LightGcnConfig",
        "logistic": "lgir.models.logistic:LogisticConfig",
        "mf": "lgir.models.mf:MfConfig",
        "ncf": "lgir.models.ncf:NcfConfig",
        "newest": "lgir.models.newest:NewestConfig",
        "pjfff": "lgir.models.pjfff:PjfffConfig",
        "popularity": "lgir.models.popularity:PopularityConfig",
        "profile": "lgir.models.profile:ProfileConfig",
        "random": "lgir.models.random_order:RandomOrderConfig",
        "sgl": "lgir.models.sgl:SglConfig",
        "shpjf": "lgir.models.shpjf:ShpjfConfig",
    }
)
"""The configuration of every model, likewise."""


@cache
def _validator(kind: str) -> SchemaValidator:
    # a union of one, so that what is wrong is named as in any union: model.mf.layers
    return SchemaValidator(tagged_union_schema({kind: CONFIGS[kind].__pydantic_core_schema__}, "kind"))


def _config(value: Any) -> Any:
    """The configuration that a table under [model] gives, by its kind."""
    if not isinstance(value, dict | Config):
        raise PydanticKnownError("model_attributes_type")
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if kind is None:
        raise PydanticKnownError("union_tag_not_found", {"discriminator": "'kind'"})
    if not isinstance(kind, str) or kind not in CONFIGS:
        expected = ", ".join(map(repr, CONFIGS))
        raise PydanticKnownError(
            "union_tag_invalid", {"discriminator": "'kind'", "tag": str(kind), "expected_tags": expected}
        )
    return _validator(kind).validate_python(value)


if TYPE_CHECKING:
    from lgir.models.bpjfnn import BpjfnnConfig
    from lgir.models.cosine import CosineConfig
    from lgir.models.ease import EaseConfig
    from lgir.models.item_knn import ItemKnnConfig
    from lgir.models.lgir_config import LgirConfig
    from lgir.models.lightgcn import LightGcnConfig
    from lgir.models.logistic import LogisticConfig
    from lgir.models.mf import MfConfig
    from lgir.models.ncf import NcfConfig
    from lgir.models.newest import NewestConfig
    from lgir.models.pjfff import PjfffConfig
    from lgir.models.popularity import PopularityConfig
    from lgir.models.profile import ProfileConfig
    from lgir.models.random_order import RandomOrderConfig
    from lgir.models.sgl import SglConfig
    from lgir.models.shpjf import ShpjfConfig

    ModelConfig = (
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
        | ShpjfConfig
    )
else:
    ModelConfig = Annotated[Config, PlainValidator(_config), SerializeAsAny()]
    """What a configuration may say under [model]."""


def build_model(config: Any, shape: Shape) -> Recommender:
    """The untrained model of a configuration."""
    build: Callable[[Any, Shape], Recommender] = MODELS[config.kind]
    return build(config, shape)
