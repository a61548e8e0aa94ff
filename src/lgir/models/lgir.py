"""LGIR: LLM-based GANs Interactive Recommendation (Du et al., AAAI-24), equations 3 to 13.

Reads like the paper: network, and one training step in the paper's order. Everything the paper does not say, or that
`default` adds to it, is a field of `LgirConfig` (`models/lgir_config.py`) and stands in docs/deviations.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int, Int64
from torch import Tensor, nn
from torch.nn import functional

from lgir.core.errors import BadConfig
from lgir.core.records import Jobs, Shape, TrainingData, Users
from lgir.core.run import Run
from lgir.core.seams import Feature
from lgir.models.fit import Stopping, fit_epochs
from lgir.models.lgir_config import CONFIGURATIONS as CONFIGURATIONS
from lgir.models.lgir_config import LgirConfig as LgirConfig
from lgir.models.scoring import score_by_vectors
from lgir.models.train import PairBatch, PairBatches, arrays_of, check_shape, load_arrays, seeded
from lgir.nets.collaboration import Collaboration
from lgir.nets.losses import bpr_loss, discriminator_loss, generator_loss, quality_loss
from lgir.nets.match import Match
from lgir.nets.mlp import Mlp
from lgir.nets.optimize import adamw, descend, load_optimizer_arrays, optimizer_arrays
from lgir.nets.products import pair_products

GAME_WINDOW = 10
"""Last epochs that the verdict on the game looks at."""


STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0)
"""How much of the propagated id vectors' product may be added to the score. Learned together with the rest, it would be
far too strong: id vectors can learn their own pairs by heart."""

SERVING_CHUNK = 4096
"""Users or jobs turned into vectors at a time."""


class _Net(nn.Module):
    """Everything with parameters."""

    job_counts: Tensor
    """Training interactions of every job, with `popularity`."""

    def __init__(self, config: LgirConfig, shape: Shape) -> None:
        super().__init__()
        d, d_e = shape.dim, config.tower_dim
        self.ids, self.text = config.ids, config.text
        n_in = d * (config.ids + config.text)
        if config.ids:
            # last row: the unknown user or job, which row −1 reaches by counting from the end
            self.P = nn.Embedding(shape.n_users + 1, d)
            self.Q = nn.Embedding(shape.n_jobs + 1, d)
            for table in (self.P, self.Q):  # as long as a text vector, so that neither half of [P; W] drowns the other
                nn.init.normal_(table.weight, std=d**-0.5)
        self.user_tower = Mlp(n_in, config.hidden_dim, d_e, bias=True)
        self.job_tower = Mlp(n_in, config.hidden_dim, d_e, bias=True)
        self.W_p = nn.Parameter(torch.zeros(3, d_e) if config.match_paths else torch.randn(3, d_e) * d_e**-0.5)
        self.classifier = Mlp(d_e, config.game_dim, 1, bias=False)
        self.generator = Mlp(d_e, config.game_dim, d_e, bias=False)
        self.discriminator = Mlp(d_e, config.game_dim, 1, bias=False)
        self.identity_generator, self.refine = config.identity_generator, config.refine
        if self.identity_generator:
            nn.init.zeros_(self.generator.second.weight)
        self.collaboration = (
            Collaboration(shape.n_users, shape.n_jobs, d_e, config.graph_layers, config.graph_least)
            if config.graph_layers
            else None
        )
        self.popularity_weight = nn.Parameter(torch.zeros(1)) if config.popularity else None
        if config.popularity:
            self.register_buffer("job_counts", torch.zeros(shape.n_jobs))
        self.match = (
            Match(
                shape,
                config.match_paths,
                scale=config.match_scale,
                metric=config.match_metric,
            )
            if config.match_paths
            else None
        )

    def x_user(self, rows: Int[Tensor, " b"], text: Float[Tensor, "b d"]) -> Float[Tensor, "b e"]:
        """Eq. 3: x_c = MLP_user([P; W_G])."""
        x: Tensor = self.user_tower(self._inputs("P", rows, text))
        return x

    def x_job(self, rows: Int[Tensor, " b"], text: Float[Tensor, "b d"]) -> Float[Tensor, "b e"]:
        """Eq. 4: x_j = MLP_job([Q; W_T])."""
        x: Tensor = self.job_tower(self._inputs("Q", rows, text))
        return x

    def _inputs(self, table: Literal["P", "Q"], rows: Int[Tensor, " b"], text: Float[Tensor, "b d"]) -> Tensor:
        """[P; W] or [Q; W], or the half that is on."""
        ids = [_rows(getattr(self, table), rows)] if self.ids else []
        return torch.cat([*ids, *([text] if self.text else [])], dim=-1)

    def quality(self, x: Float[Tensor, "b e"]) -> Float[Tensor, " b"]:
        """Eq. 5 before its σ: logits of C(x)."""
        logits: Tensor = self.classifier(x).squeeze(-1)
        return logits

    def G(self, x: Float[Tensor, "b e"]) -> Float[Tensor, "b e"]:
        """Eq. 7; plus x itself with `identity_generator`."""
        out: Tensor = self.generator(x)
        return x + out if self.identity_generator else out

    def D(self, x: Float[Tensor, "b e"]) -> Float[Tensor, " b"]:
        """Eq. 8 before its σ: logits of D(x)."""
        logits: Tensor = self.discriminator(x).squeeze(-1)
        return logits

    def z(self, x: Float[Tensor, "b e"]) -> Float[Tensor, "b e"]:
        """Eq. 11: x where C(x) ≥ 0.5, else G(x). The choice itself passes no gradient."""
        if not self.refine:
            return x
        return torch.where(self.quality(x.detach()).unsqueeze(-1) >= 0, x, self.G(x))

    def query_side(self, z: Float[Tensor, "b e"]) -> Float[Tensor, "b e_plus_1"]:
        """The user's half of eq. 12 as an inner product: [(w1 − w2) + w3 ⊙ z, z·(w1 + w2)]."""
        w1, w2, w3 = self.W_p
        return torch.cat([(w1 - w2) + w3 * z, (z @ (w1 + w2)).unsqueeze(-1)], dim=-1)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """One step's users, each with one positive job and k negative ones."""

    x: Float[Tensor, "b e"]
    x_jobs: Float[Tensor, "b k_plus_1 e"]
    match_user: Float[Tensor, "b m"] | None = None
    match_jobs: Float[Tensor, "b k_plus_1 m"] | None = None
    e: Float[Tensor, "b g"] | None = None
    e_jobs: Float[Tensor, "b k_plus_1 g"] | None = None
    popularity: Float[Tensor, "b k_plus_1"] | None = None


class _Learner:
    """Trains a `_Net` on `TrainingData`, one epoch at a time; see `fit_epochs`."""

    def __init__(self, net: _Net, config: LgirConfig, data: TrainingData, run: Run) -> None:
        self._net, self._config = net, config
        self._tensors = _Tensors(net, data, run.device)
        self._batches = PairBatches(data, config, run)
        counts = np.bincount(data.pairs[:, 0], minlength=len(data.users))
        many_shot, few_shot = shots(counts, config)
        self._is_high = torch.from_numpy(counts >= many_shot).to(run.device)
        self._is_low = torch.from_numpy(counts <= few_shot).to(run.device)
        match = [] if net.match is None else list(net.match.parameters())
        match += [] if net.popularity_weight is None else [net.popularity_weight]
        ids = [*net.P.parameters(), *net.Q.parameters()] if config.ids else []
        towers = [*ids, *net.user_tower.parameters(), *net.job_tower.parameters()]
        game = list(net.generator.parameters()) if config.refine else []
        rate, decay = config.learning_rate, config.weight_decay
        recommend = {"params": [*towers, net.W_p, *game], "lr": rate}
        # the match weights are logarithms of scales: decaying them would pull every scale to 1
        matching = {"params": match, "lr": config.match_learning_rate, "weight_decay": 0.0}
        graph = [] if net.collaboration is None else list(net.collaboration.parameters())
        propagating = {"params": graph, "lr": config.graph_learning_rate}
        groups = [recommend, *([matching] if match else []), *([propagating] if graph else [])]
        self._optimizers = {"recommendation": adamw(groups, weight_decay=decay)}
        if config.refine:
            for name, part in (("classifier", net.classifier), ("discriminator", net.discriminator)):
                group = {"params": list(part.parameters()), "lr": rate}
                self._optimizers[name] = adamw([group], weight_decay=decay)

    def epoch(self, number: int) -> dict[str, float]:
        """One pass over the training pairs in random order; diagnostics are means over the steps that had them."""
        self._net.train()
        found: dict[str, list[float]] = {}
        for batch in self._batches.epoch(number):
            for name, value in self._step(batch).items():
                found.setdefault(name, []).append(value)
        return {name: float(np.mean(values)) for name, values in found.items()}

    def _step(self, pairs: PairBatch) -> dict[str, float]:
        """The paper's order: classifier (6), discriminator (9), generator (10) together with recommendation (13)."""
        found: dict[str, float] = {}
        generating = None
        if self._config.refine:
            users = torch.randint(len(self._is_high), (self._config.batch_size,), generator=pairs.generator)
            x = self._tensors.x_users(users)
            found |= self._step_classifier(x, users.to(x.device))
            low = self._net.quality(x).detach() < 0
            found |= _refinement(x, self._net, low)
            if low.any() and not low.all():  # without one side there is nothing to tell apart, and nothing to imitate
                found |= self._step_discriminator(x[~low], x[low])
                logits = self._net.D(self._net.G(x[low]))
                generating = generator_loss(logits, saturating=self._config.game == "minimax")
                found["loss_generator"] = generating.item()
        batch = self._tensors.batch(pairs, self._config)
        recommending = self._recommendation_loss(batch)
        loss = recommending if generating is None else recommending + self._config.generator_weight * generating
        found["gradient_recommendation"] = descend(loss, self._optimizers["recommendation"])
        return {**found, "loss_recommendation": recommending.item()}

    def _step_classifier(self, x: Float[Tensor, "b e"], users: Int[Tensor, " b"]) -> dict[str, float]:
        """Eq. 6 on the users of T_C in the sample; x is detached, so C moves no tower."""
        known = self._is_high[users] | self._is_low[users]
        is_high = self._is_high[users][known].float()
        loss = quality_loss(self._net.quality(x[known]), is_high)
        return {"gradient_classifier": descend(loss, self._optimizers["classifier"]), "loss_classifier": loss.item()}

    def _step_discriminator(self, high: Float[Tensor, "h e"], low: Float[Tensor, "l e"]) -> dict[str, float]:
        """Eq. 9; x and G(x) are detached, so D moves neither tower nor generator."""
        real, refined = self._net.D(high), self._net.D(self._net.G(low).detach())
        loss = discriminator_loss(real, refined)
        right = int((real >= 0).sum() + (refined < 0).sum())
        return {
            "gradient_discriminator": descend(loss, self._optimizers["discriminator"]),
            "loss_discriminator": loss.item(),
            "discriminator_accuracy": right / (len(real) + len(refined)),
        }

    def _recommendation_loss(self, batch: _Batch) -> Float[Tensor, ""]:
        """Eq. 11, 12 and 13, plus the match paths. The gradient reaches P, Q, both towers, W^p and, through z, G."""
        query = self._net.query_side(self._net.z(batch.x))
        scores = pair_products(query[:, :-1], batch.x_jobs) + query[:, -1:]
        if batch.match_user is not None and batch.match_jobs is not None:
            scores = scores + pair_products(batch.match_user, batch.match_jobs)
        if batch.popularity is not None and self._net.popularity_weight is not None:
            scores = scores + self._net.popularity_weight * batch.popularity
        loss = bpr_loss(scores[:, 0], scores[:, 1:])
        if batch.e is not None and batch.e_jobs is not None:
            products = pair_products(batch.e, batch.e_jobs)
            loss = loss + bpr_loss(products[:, 0], products[:, 1:])
        return loss

    def weights(self) -> dict[str, np.ndarray]:
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        load_arrays(self._net, weights)

    def optimizer_arrays(self) -> dict[str, np.ndarray]:
        return {
            f"{name}.{key}": array
            for name, optimizer in self._optimizers.items()
            for key, array in optimizer_arrays(optimizer).items()
        }

    def load_optimizer_arrays(self, arrays: Mapping[str, np.ndarray]) -> None:
        for name, optimizer in self._optimizers.items():
            mine = {key.removeprefix(f"{name}."): value for key, value in arrays.items() if key.startswith(f"{name}.")}
            load_optimizer_arrays(optimizer, mine)


class _Tensors:
    """The training data on the device, with every user's history summed once."""

    def __init__(self, net: _Net, data: TrainingData, device: str) -> None:
        self._net = net
        self._user_text = torch.from_numpy(data.users.text).to(device)
        self._own_text = torch.from_numpy(data.users.own_text).to(device)
        self._fold_text = torch.from_numpy(data.fold_text).to(device)
        self._fold_of_pair = torch.from_numpy(data.fold_of_pair).to(device)
        self._job_text = torch.from_numpy(data.jobs.text).to(device)
        if net.collaboration is not None:
            self._edge_of_pair = torch.from_numpy(net.collaboration.take_edges(data.pairs)).to(device)
        if net.popularity_weight is not None:
            engaged = np.bincount(data.pairs[:, 1], minlength=len(data.jobs)).astype(np.float32)
            net.job_counts = torch.from_numpy(engaged).to(device)
            # one less for every job, not the positive alone: a job of a single pair would show which one it is
            self._popularity = torch.log1p((net.job_counts - 1).clamp(min=0))
        if net.match is not None:
            self._job_match = net.match.job_side(self._job_text, torch.from_numpy(data.jobs.fields).to(device))
            pairs = torch.from_numpy(data.pairs).to(device)
            counts = torch.bincount(pairs[:, 0], minlength=len(self._user_text))
            self._counts = counts.unsqueeze(-1).float()
            sums = torch.zeros(len(counts), self._job_match.shape[1], device=device)
            self._history = sums.index_add_(0, pairs[:, 0], self._job_match[pairs[:, 1]])

    def x_users(self, rows: Int[Tensor, " b"]) -> Float[Tensor, "b e"]:
        """Eq. 3 for training users, without gradient: what the game is played with."""
        with torch.no_grad():
            return self._net.x_user(rows.to(self._user_text.device), self._user_text[rows])

    def batch(self, batch: PairBatch, config: LgirConfig) -> _Batch:
        """Everything one step needs of its pairs and their negatives."""
        device, generator = self._user_text.device, batch.generator
        users, jobs, pairs = batch.users.to(device), batch.jobs.to(device), batch.pairs.to(device)
        text = self._fold_text[self._fold_of_pair[pairs]] if config.leave_target_out else self._user_text[users]
        # a job often stands in a batch many times; its tower is walked once
        distinct, place = torch.unique(jobs, return_inverse=True)
        user_rows = _drop(users, len(self._user_text), config.id_dropout, generator)
        job_rows = _drop(distinct, len(self._job_text), config.id_dropout, generator)
        x = self._net.x_user(user_rows, text)
        x_jobs = functional.embedding(place, self._net.x_job(job_rows, self._job_text[distinct]))
        found = _Batch(x, x_jobs)
        if self._net.collaboration is not None:
            found = replace(
                found, **self._collaboration(self._net.collaboration, pairs, users, jobs, config, generator)
            )
        if self._net.popularity_weight is not None:
            found = replace(found, popularity=self._popularity[jobs])
        if self._net.match is None:
            return found
        match_jobs = self._job_match[jobs]
        wanted, counts = self._history[users], self._counts[users]
        if config.leave_target_out:
            wanted, counts = wanted - match_jobs[:, 0], counts - 1
        match_user = _match_user(self._net.match, text, self._own_text[users], wanted / counts.clamp(min=1))
        return replace(found, match_user=match_user, match_jobs=match_jobs)

    def _collaboration(
        self,
        collaboration: Collaboration,
        pairs: Int[Tensor, " b"],
        users: Int[Tensor, " b"],
        jobs: Int[Tensor, "b k"],
        config: LgirConfig,
        generator: torch.Generator,
    ) -> dict[str, Tensor]:
        """Propagated vectors of the batch's users and jobs."""
        if config.leave_target_out:
            e_users, e_jobs = collaboration.without(self._edge_of_pair[pairs], jobs[:, 1:], generator)
        else:
            e_users, e_jobs = collaboration.propagated()
        return {"e": functional.embedding(users, e_users), "e_jobs": functional.embedding(jobs, e_jobs)}


class Lgir:
    """The recommender: a `TwoTower` that serves unseen users and jobs by row −1."""

    needs: ClassVar[frozenset[Feature]] = frozenset({"ids", "text", "history", "fields"})
    serves_unseen_users: ClassVar[bool] = True
    serves_unseen_jobs: ClassVar[bool] = True

    def __init__(self, config: LgirConfig, shape: Shape) -> None:
        self.config, self.shape = config, shape
        self._net = _initial(config, shape, seed=0)

    def fit(self, data: TrainingData, run: Run) -> None:
        """Learns by eq. 6, 9, 10 and 13; equal data, seed, machine and thread count give equal weights.

        Raises:
            TrainingFailed: a loss or validation value is not finite.
            BadConfig: a given κ1 or κ2 leaves a side of T_C empty.
        """
        check_shape(data, self.shape)
        check_shots(np.bincount(data.pairs[:, 0], minlength=len(data.users)), self.config)
        self._net = _initial(self.config, self.shape, run.seed).to(run.device)
        learner = _Learner(self._net, self.config, data, run)
        stopping = Stopping(self.config.max_epochs, self.config.patience)

        def validate() -> float:
            self._net.eval()
            return self._best_strength(data)

        fit_epochs(learner, validate, stopping, run)
        self._net.eval()

    def _best_strength(self, data: TrainingData) -> float:
        """The validation value of the best strength, which stays set; of equals the weakest."""
        collaboration = self._net.collaboration
        if collaboration is None:
            return data.validate(self)
        values = []
        for strength in STRENGTHS:
            collaboration.strength.fill_(strength)
            values.append(data.validate(self))
        collaboration.strength.fill_(STRENGTHS[int(np.argmax(values))])
        return max(values)

    def diagnose(self, log: Sequence[Mapping[str, float | int]]) -> tuple[str, ...]:
        """What went wrong in the game up to the best epoch, in words, from an epoch log; nothing where nothing did."""
        if not self.config.refine or not log:
            return ()
        served = max(range(len(log)), key=lambda place: log[place]["validation"])
        return describe_game(log[max(0, served + 1 - GAME_WINDOW) : served + 1])

    def score(self, users: Users, jobs: Jobs) -> Float32[np.ndarray, "u j"]:
        """Eq. 12 for every pair, plus the match paths."""
        return score_by_vectors(self, users, jobs)

    def user_vectors(self, users: Users) -> Float32[np.ndarray, "u v"]:
        """[(w1 − w2) + w3 ⊙ z, z·(w1 + w2), match]: the inner product with `job_vectors` is the score."""
        with torch.no_grad():
            parts = [self._user_vectors(users.take(chunk)) for chunk in _chunks(len(users))]
        return torch.cat(parts).cpu().numpy() if parts else np.zeros((0, self._width), dtype=np.float32)

    def job_vectors(self, jobs: Jobs) -> Float32[np.ndarray, "j v"]:
        """[x, 1, match]."""
        with torch.no_grad():
            parts = [self._job_vectors(jobs.take(chunk)) for chunk in _chunks(len(jobs))]
        return torch.cat(parts).cpu().numpy() if parts else np.zeros((0, self._width), dtype=np.float32)

    def weights(self) -> dict[str, np.ndarray]:
        """Every parameter by name."""
        return arrays_of(self._net)

    def load_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Puts back what `weights` gave.

        Raises:
            RuntimeError: a name or a shape differs from the network's.
        """
        load_arrays(self._net, weights)

    @property
    def _width(self) -> int:
        match = 0 if self._net.match is None else self.shape.dim + self._net.match.code_dim
        graph = 0 if self._net.collaboration is None else self.config.tower_dim
        return self.config.tower_dim + 1 + graph + self.config.popularity + match

    @property
    def _device(self) -> torch.device:
        return self._net.W_p.device

    def _user_vectors(self, users: Users) -> Float[Tensor, "u v"]:
        net, device = self._net, self._device
        text = torch.from_numpy(users.text).to(device)
        x = net.x_user(torch.from_numpy(users.rows).to(device), text)
        parts = [net.query_side(net.z(x))]
        if net.collaboration is not None:
            history, offsets = torch.from_numpy(users.bank.rows[users.history]), torch.from_numpy(users.offsets)
            e = net.collaboration.users(torch.from_numpy(users.rows).to(device), history.to(device), offsets.to(device))
            parts.append(net.collaboration.strength * e)
        if net.popularity_weight is not None:
            parts.append(net.popularity_weight.expand(len(users), 1))
        if net.match is None:
            return torch.cat(parts, dim=-1)
        bank = users.bank.take(users.history)
        side = net.match.job_side(torch.from_numpy(bank.text).to(device), torch.from_numpy(bank.fields).to(device))
        lengths = torch.from_numpy(np.diff(users.offsets)).to(device)
        owner = torch.repeat_interleave(torch.arange(len(users), device=device), lengths)
        sums = torch.zeros(len(users), side.shape[1], device=device).index_add_(0, owner, side)
        own_text = torch.from_numpy(users.own_text).to(device)
        history = sums / lengths.clamp(min=1).unsqueeze(-1)
        return torch.cat([*parts, _match_user(net.match, text, own_text, history)], dim=-1)

    def _job_vectors(self, jobs: Jobs) -> Float[Tensor, "j v"]:
        net, device = self._net, self._device
        text = torch.from_numpy(jobs.text).to(device)
        x = net.x_job(torch.from_numpy(jobs.rows).to(device), text)
        parts = [x, torch.ones(len(jobs), 1, device=device)]
        if net.collaboration is not None:
            parts.append(net.collaboration.jobs(torch.from_numpy(jobs.rows).to(device)))
        if net.popularity_weight is not None:
            rows = torch.from_numpy(jobs.rows).to(device)
            counts = net.job_counts[rows.clamp(min=0)] * (rows >= 0)
            parts.append(torch.log1p(counts).unsqueeze(-1))
        if net.match is not None:
            parts.append(net.match.job_side(text, torch.from_numpy(jobs.fields).to(device)))
        return torch.cat(parts, dim=-1)


def _initial(config: LgirConfig, shape: Shape, seed: int) -> _Net:
    return seeded(lambda: _Net(config, shape), seed)


def _match_user(
    match: Match, text: Float[Tensor, "b d"], own_text: Float[Tensor, "b d"], history: Float[Tensor, "b m"]
) -> Float[Tensor, "b m"]:
    d = text.shape[1]
    return match.user_side(text, own_text, history[:, :d], history[:, d:])


def _rows(table: nn.Embedding, rows: Int[Tensor, " b"]) -> Float[Tensor, "b d"]:
    """Rows of an id table, negative ones from the end. `functional.embedding`, because the gradient of plain indexing
    is summed in no fixed order when several threads do it."""
    return functional.embedding(rows.remainder(table.num_embeddings), table.weight)


def _drop(rows: Int[Tensor, "*b"], unknown: int, share: float, generator: torch.Generator) -> Int[Tensor, "*b"]:
    """Replaces a random share of rows by the unknown row."""
    if share == 0:
        return rows
    dropped: Bool[Tensor, "*b"] = torch.rand(rows.shape, generator=generator).to(rows.device) < share
    return rows.masked_fill(dropped, unknown)


def _refinement(x: Float[Tensor, "b e"], net: _Net, low: Bool[Tensor, " b"]) -> dict[str, float]:
    """What the game does to the vectors: who is refined, how far they move, how much they still differ."""
    with torch.no_grad():
        refined = net.G(x[low])
        moved = (refined - x[low]).norm(dim=1).mean().item() if len(refined) else 0.0
        spread = (refined.std(dim=0).mean() / x.std(dim=0).mean().clamp(min=1e-12)).item() if len(refined) > 1 else 1.0
    return {"share_low": low.float().mean().item(), "refinement": moved, "refined_spread": spread}


def describe_game(records: Sequence[Mapping[str, float | int]]) -> tuple[str, ...]:
    """Names the ways a game collapses: those found in at least half of these epochs."""
    played = [record for record in records if "share_low" in record]
    signs: dict[str, Callable[[Mapping[str, float | int]], bool]] = {
        "the classifier calls every résumé low-quality, so D has no example": (
            lambda record: record["share_low"] > 0.99
        ),
        "the classifier calls no résumé low-quality, so nothing is refined": lambda record: record["share_low"] < 0.01,
        "the discriminator is never fooled, so the generator learns little; try game = 'non-saturating'": (
            lambda record: record.get("discriminator_accuracy", 0.0) > 0.99
        ),
        "the generator maps everybody to nearly the same vector (mode collapse)": (
            lambda record: record["refined_spread"] < 0.1
        ),
    }
    found = [sentence for sentence, shows in signs.items() if 2 * sum(map(shows, played)) >= max(len(played), 1)]
    return tuple(f"the game collapsed: {sentence}" for sentence in found)


def shots(counts: Int64[np.ndarray, " u"], config: LgirConfig) -> tuple[int, int]:
    """κ1 and κ2 (eq. 6), given every user's number of training interactions.

    Those that the configuration leaves open are the 80 % and the 20 % quantile of the counts: the first and last of the
    five groups in which the paper's Figure 4 looks at users. κ1 is always above κ2.
    """
    low, high = (int(value) for value in np.quantile(counts, [0.2, 0.8], method="inverted_cdf"))
    if config.few_shot is None:
        few_shot = low if config.many_shot is None else min(low, config.many_shot - 1)
    else:
        few_shot = config.few_shot
    many_shot = max(high, few_shot + 1) if config.many_shot is None else config.many_shot
    return many_shot, few_shot


def check_shots(counts: Int64[np.ndarray, " u"], config: LgirConfig) -> None:
    """Refuses a given κ1 or κ2 that leaves a side of T_C (eq. 6) empty.

    Raises:
        BadConfig: nobody is many-shot, or nobody is few-shot.
    """
    if not config.refine:
        return
    for side, given, found, rule in (
        ("many-shot", config.many_shot, int((counts >= (config.many_shot or 0)).sum()), "at least many_shot"),
        ("few-shot", config.few_shot, int((counts <= (config.few_shot or 0)).sum()), "at most few_shot"),
    ):
        if given is not None and found == 0:
            raise BadConfig(
                f"no user has {rule} = {given} training interactions (they have {counts.min()} to {counts.max()}), so "
                f"the classifier has no {side} users to learn from; change many_shot and few_shot, or set refine = "
                "false"
            )


def _chunks(n: int) -> Iterator[np.ndarray]:
    for start in range(0, n, SERVING_CHUNK):
        yield np.arange(start, min(start + SERVING_CHUNK, n))
