"""Configuration of `lgir.models.lgir`, apart from it: every command reads one, and few need torch."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from lgir.models.train_config import TrainConfig
from lgir.nets.paths import Path


class LgirConfig(TrainConfig):
    """What to build. The field defaults are exactly the paper's; `CONFIGURATIONS` names the two that are meant."""

    kind: Literal["lgir"] = "lgir"
    hidden_dim: PositiveInt = 128
    """d_e', width of the towers' hidden layer."""
    tower_dim: PositiveInt = 64
    """d_e, width of x, z and G(x)."""
    game_dim: PositiveInt = 256
    """d_c = d_s = d_g, hidden width of C, D and G."""
    many_shot: PositiveInt | None = None
    """κ1: users with at least so many training interactions count as high-quality (eq. 6). The paper gives no value;
    none given: so many as the most active fifth has, see `shots`."""
    few_shot: PositiveInt | None = None
    """κ2: users with at most so many count as low-quality (eq. 6), likewise the least active fifth."""
    refine: bool = True
    """The GAN: C, G, D and z (eq. 5–11). Off gives the paper's IRC row: z = x."""
    game: Literal["minimax", "non-saturating"] = "minimax"
    """The generator's loss: eq. 10 as log(1 − D(G(x))), or −log D(G(x))."""
    generator_weight: NonNegativeFloat = 1.0
    """Weight of the generator's loss beside eq. 13."""

    ids: bool = True
    """Off: P and Q are left out of eq. 3 and 4 (ablation)."""
    text: bool = True
    """Off: W is left out of eq. 3 and 4 (ablation)."""

    text_match: bool = False
    """Adds the similarity of completed résumé and job, block by block; with any match path W^p starts at zero, so that
    the untrained score is that of the match paths."""
    resume_match: bool = False
    """Adds the similarity of the person's own résumé, without completion, and the job."""
    history_match: bool = False
    """Adds the mean similarity of the engaged jobs and the job."""
    field_match: bool = False
    """Adds the share of engaged jobs with the same place, region, employer and category."""
    match_metric: bool = False
    """Learns one weight per column of the text vectors, starting at 1."""
    match_scale: PositiveFloat = 5.0
    """What a cosine of 1 adds to the untrained score; a field's share adds a third of it."""
    match_learning_rate: PositiveFloat = 0.01
    """AdamW's step for the match paths."""
    graph_layers: NonNegativeInt = 0
    """Adds the inner product of further id vectors, `tower_dim` wide, propagated so often over the training graph
    (LightGCN); 0 leaves it out."""
    graph_least: PositiveInt = 5
    """Jobs with fewer training interactions have no such vector: so few say little, and leaving one out for training
    would show which one it is."""
    graph_learning_rate: PositiveFloat = 0.01
    """AdamW's step for those vectors. They learn by eq. 13 on their own product; how much it adds to the score is
    chosen among `STRENGTHS` on the validation part after every epoch."""
    popularity: bool = False
    """Adds a learned multiple of ln(1 + training interactions of the job); while it learns, each job counts one
    less."""
    id_dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of id embeddings replaced by the unknown embedding in training, so that row −1 means something."""
    identity_generator: bool = False
    """G(x) = x + W2·ReLU(W1·x) with W2 = 0 at the start: no refinement until the game finds one."""
    leave_target_out: bool = False
    """Trains each pair on a completion, a history and a graph that do not contain the pair's own job; of the graph the
    whole batch's pairs are taken out at once."""

    @model_validator(mode="after")
    def _consistent(self) -> "LgirConfig":
        if self.few_shot is not None and self.many_shot is not None and self.few_shot >= self.many_shot:
            raise ValueError(
                f"few_shot (κ2 = {self.few_shot}) must be below many_shot (κ1 = {self.many_shot}): nobody is both"
            )
        if not self.ids and not self.text:
            raise ValueError("ids and text cannot both be off: nothing would be left of eq. 3 and 4")
        if not self.ids and self.graph_layers:
            raise ValueError(f"graph_layers = {self.graph_layers} propagates id vectors, and ids is off; set it to 0")
        if not self.text and self.match_paths - {"fields"}:
            raise ValueError(
                "text_match, resume_match and history_match compare texts, and text is off; switch them off"
            )
        if self.match_metric and not self.match_paths - {"fields"}:
            raise ValueError("match_metric weighs text_match, resume_match and history_match; switch one of them on")
        return self

    @property
    def match_paths(self) -> frozenset[Path]:
        """The match paths that are on."""
        switches: dict[Path, bool] = {
            "text": self.text_match,
            "resume": self.resume_match,
            "history": self.history_match,
            "fields": self.field_match,
        }
        return frozenset(name for name, on in switches.items() if on)


CONFIGURATIONS: dict[str, LgirConfig] = {
    "paper": LgirConfig(),
    "default": LgirConfig(
        learning_rate=1e-4,
        patience=25,
        negatives=4,
        resume_match=True,
        history_match=True,
        field_match=True,
        match_metric=True,
        graph_layers=3,
        popularity=True,
        id_dropout=0.2,
        identity_generator=True,
        leave_target_out=True,
    ),
}
"""`paper`: exactly the paper. `default`: what somebody with little data should get."""
