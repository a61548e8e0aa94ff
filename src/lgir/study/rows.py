"""Every system that can stand in a table, by its name in the paper: what it is made of and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lgir.complete.config import Mode
from lgir.complete.grounding.profile import Unsupported
from lgir.core.errors import BadConfig
from lgir.core.seams import Feature
from lgir.evaluate.study.records import Group, Kind
from lgir.models import MODELS


@dataclass(frozen=True, slots=True)
class Row:
    """One system.

    Attributes:
        name: as in the paper.
        group: where it stands.
        kind: what it learns from.
        source: paper, or where a plain method is described.
        model: keys of [model] that make it what it is; `kind` names the model.
        mode: how résumés are completed.
        configuration: of LGIR.
        encoders: text encoders that the row itself prescribes; none: those of the experiment.
        unsupported: what of the statements that no source supports reaches the ranking profile; None: what the
            experiment says.
        note: what a reader must know.
    """

    name: str
    group: Group
    kind: Kind
    source: str
    model: Mapping[str, Any] = field(default_factory=lambda: {"kind": "lgir"})
    mode: Mode = "none"
    configuration: Literal["paper", "default"] = "paper"
    encoders: tuple[Mapping[str, Any], ...] = ()
    unsupported: Unsupported | None = None
    note: str = ""

    @property
    def needs(self) -> frozenset[Feature]:
        """What it uses of a dataset."""
        return MODELS[self.model["kind"]].needs


def row_named(name: str) -> Row:
    """The row of this name.

    Raises:
        BadConfig: there is none.
    """
    if name not in ROWS:
        raise BadConfig(f"there is no row {name[:80]!r}; lgir models lists them: {', '.join(ROWS)}")
    return ROWS[name]


_LGIR = "Du et al., AAAI 2024"
_MINILM = ({"kind": "minilm"},)
_NOISE = ({"kind": "noise"},)


def _part(
    what: str,
    kind: Kind,
    *,
    mode: Mode = "irc",
    encoders: tuple[Mapping[str, Any], ...] = (),
    unsupported: Unsupported | None = None,
    **changes: Any,
) -> Row:
    """`default` with one thing changed."""
    name, model = f"default, {what}", {"kind": "lgir", **changes}
    return Row(name, "ablation", kind, "docs/deviations.md", model, mode, "default", encoders, unsupported)


_ROWS = (
    Row(
        "SGPT-BE",
        "baseline",
        "text only",
        "Muennighoff, arXiv 2202.08904",
        {"kind": "cosine"},
        encoders=({"kind": "scratch-lm"},),
        note="a small language model trained from scratch on the training texts stands in for GPT; name a real one "
        'under [encoders]: "SGPT-BE" = [{kind = "sentence", model = "FOLDER", pooling = "weighted-mean"}]',
    ),
    Row("SGPT-ST", "baseline", "text only", "Reimers and Gurevych, EMNLP 2019", {"kind": "cosine"}, encoders=_MINILM),
    Row("SGPT-ST+SRC", "baseline", "text only", _LGIR, {"kind": "cosine"}, mode="src", encoders=_MINILM),
    Row("BPJFNN", "baseline", "text only", "Qin et al., SIGIR 2018", {"kind": "bpjfnn"}),
    Row("MF", "baseline", "behaviour only", "Koren, Bell and Volinsky, Computer 2009", {"kind": "mf"}),
    Row("NCF", "baseline", "behaviour only", "He et al., WWW 2017", {"kind": "ncf"}),
    Row("PJFFF", "baseline", "both", "Jiang et al., CIKM 2020", {"kind": "pjfff"}),
    Row("SHPJF", "baseline", "both", "Hou et al., DASFAA 2022", {"kind": "shpjf"}),
    Row("SGL-text", "baseline", "both", "Wu et al., SIGIR 2021", {"kind": "sgl"}),
    Row("LightGCN-text", "baseline", "both", "He et al., SIGIR 2020", {"kind": "lightgcn"}),
    Row("LightGCN+SRC", "baseline", "both", _LGIR, {"kind": "lightgcn"}, mode="src"),
    Row("random", "reference", "none", "a coin", {"kind": "random"}),
    Row("popularity", "reference", "behaviour only", "counts of training interactions", {"kind": "popularity"}),
    Row("newest", "reference", "none", "posting dates", {"kind": "newest"}),
    Row("BM25 profile", "reference", "both", "Robertson and Zaragoza, 2009", {"kind": "profile"}),
    Row("item-kNN", "reference", "behaviour only", "Sarwar et al., WWW 2001", {"kind": "item-knn"}),
    Row("EASE", "reference", "behaviour only", "Steck, WWW 2019", {"kind": "ease"}),
    Row("logistic", "reference", "both", "logistic regression on plain features", {"kind": "logistic"}),
    Row("BASE", "ablation", "both", _LGIR, {"kind": "lgir", "refine": False}),
    Row("SRC", "ablation", "both", _LGIR, {"kind": "lgir", "refine": False}, mode="src"),
    Row("IRC", "ablation", "both", _LGIR, {"kind": "lgir", "refine": False}, mode="irc"),
    Row("LGIR", "ablation", "both", _LGIR, mode="irc"),
    Row(
        "LGIR, identity generator", "ablation", "both", _LGIR, {"kind": "lgir", "identity_generator": True}, mode="irc"
    ),
    Row("LGIR, noise for text", "ablation", "behaviour only", _LGIR, mode="irc", encoders=_NOISE),
    Row("LGIR, no ids", "ablation", "text only", _LGIR, {"kind": "lgir", "ids": False}, mode="irc"),
    Row("LGIR, no text", "ablation", "behaviour only", _LGIR, {"kind": "lgir", "text": False}, mode="irc"),
    Row("LGIR (default)", "ours", "both", "docs/deviations.md", mode="irc", configuration="default"),
    _part("no completion", "both", mode="none"),
    _part("SRC", "both", mode="src"),
    _part("unsupported kept", "both", unsupported="keep"),
    _part("unsupported marked", "both", unsupported="mark"),
    _part("unsupported dropped", "both", unsupported="drop"),
    _part("no GAN", "both", refine=False),
    _part("plain generator", "both", identity_generator=False),
    _part("noise for text", "both", encoders=_NOISE),
    _part("no ids", "both", ids=False, graph_layers=0),
    _part("no text", "both", text=False, resume_match=False, history_match=False, match_metric=False),
    _part("no graph", "both", graph_layers=0),
    _part("no match paths", "both", resume_match=False, history_match=False, field_match=False, match_metric=False),
)

ROWS: Mapping[str, Row] = {row.name: row for row in _ROWS}
"""In the order of the tables."""
