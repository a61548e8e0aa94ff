"""Match paths: similarities that are right before the first step and whose weights are learned.

Every path is an inner product of a user-side and a job-side vector, so a model that adds them stays a `TwoTower`:

- text: the completed résumé's vector W_G against the job's W_T, block by block;
- resume: the vector of the person's own résumé, likewise;
- history: the mean of the engaged jobs' vectors against the job's W_T, block by block;
- fields: the share of the engaged jobs that have the job's place, region, employer or category.

Not in the paper. Blocks arrive with length 1, so each block's product starts as a cosine.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lgir.core.records import Shape
from lgir.nets.paths import Path

FIELD_DIM = 512
"""Up to this many values a field is compared exactly (one-hot); above it by fixed random unit codes, which add noise of
standard deviation 1/√512 ≈ 0.04 to a share."""


class Match(nn.Module):
    """Learned weights of the match paths.

    `paths` names those that are on; `scale` is what a cosine of 1 adds at the start; `metric` learns one weight per
    column. The job side is [W_T, field codes]; the user side carries the weights, so that all texts share one block.
    """

    block_of_column: Tensor
    code_widths: Tensor

    def __init__(self, shape: Shape, paths: frozenset[Path], *, scale: float, metric: bool) -> None:
        super().__init__()
        self.n_fields = len(shape.fields)
        start = math.log(scale)
        n_blocks = len(shape.blocks)
        widths = torch.tensor([min(size, FIELD_DIM) for _, size in shape.fields], dtype=torch.long)
        self.code_dim = int(widths.sum())
        self.register_buffer("code_widths", widths, persistent=False)
        self.register_buffer("block_of_column", _block_of_column(shape), persistent=False)
        self.text_weight = nn.Parameter(torch.full((n_blocks,), start)) if "text" in paths else None
        self.resume_weight = nn.Parameter(torch.full((n_blocks,), start)) if "resume" in paths else None
        self.history_weight = nn.Parameter(torch.full((n_blocks,), start)) if "history" in paths else None
        # fields start at a third of the text's weight: a shared town is a hint, not a match
        self.field_weight = (
            nn.Parameter(torch.full((self.n_fields,), start - math.log(3))) if "fields" in paths else None
        )
        self.metric = nn.Parameter(torch.zeros(shape.dim)) if metric and paths - {"fields"} else None
        for number, (name, size) in enumerate(shape.fields):
            # persistent: random codes are part of what was learned against
            self.register_buffer(f"codes_{number}", _codes(name, size))

    def job_side(self, text: Float[Tensor, "*b d"], fields: Int[Tensor, "*b f"]) -> Float[Tensor, "*b m"]:
        """The job's part: [W_T, field codes]."""
        return torch.cat([text, self.field_codes(fields)], dim=-1)

    def field_codes(self, fields: Int[Tensor, "*b f"]) -> Float[Tensor, "*b c"]:
        """Codes of structured values side by side; zero for an absent or unseen value."""
        parts = [torch.zeros(*fields.shape[:-1], 0, device=fields.device)]
        for number in range(self.n_fields):
            codes: Tensor = self.get_buffer(f"codes_{number}")
            column = fields[..., number]
            parts.append(codes[column.clamp(min=0)] * (column >= 0).unsqueeze(-1))
        return torch.cat(parts, dim=-1)

    def user_side(
        self,
        text: Float[Tensor, "b d"],
        own_text: Float[Tensor, "b d"],
        history: Float[Tensor, "b d"],
        shares: Float[Tensor, "b c"],
    ) -> Float[Tensor, "b m"]:
        """The user's part of every path, weighted.

        Args:
            text: W_G.
            own_text: vector of the person's own résumé.
            history: mean vector of the engaged jobs; zero where there are none.
            shares: mean field code of the engaged jobs, likewise.
        """
        wanted = torch.zeros_like(text)
        paths = ((self.text_weight, text), (self.resume_weight, own_text), (self.history_weight, history))
        for weight, vectors in paths:
            if weight is not None:
                wanted = wanted + vectors * weight.exp()[self.block_of_column]
        if self.metric is not None:
            wanted = wanted * self.metric.exp()
        return torch.cat([wanted, shares * self.field_weight_of_column()], dim=-1)

    def field_weight_of_column(self) -> Float[Tensor, " c"]:
        """Every field's weight, repeated over the columns of its code; zero where the path is off."""
        if self.field_weight is None:
            return torch.zeros(self.code_dim, device=self.code_widths.device)
        return self.field_weight.exp().repeat_interleave(self.code_widths)


def _block_of_column(shape: Shape) -> Int[Tensor, " d"]:
    return torch.repeat_interleave(torch.tensor([block.dim for block in shape.blocks]))


def _codes(name: str, size: int) -> Float[Tensor, "v c"]:
    if size <= FIELD_DIM:
        return torch.eye(size)
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    return torch.nn.functional.normalize(torch.randn(size, FIELD_DIM, generator=generator), dim=1)
