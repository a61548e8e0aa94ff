"""The parameters of a synthetic world."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from lgir.core.config import Config

MAX_FAMILIES, MAX_CITIES, MAX_REGIONS = 12, 240, 12
"""What the word lists hold."""

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Span = tuple[PositiveInt, PositiveInt]


class SyntheticConfig(Config):
    """The parameters of a synthetic world. All shares are in [0, 1], all weights in units of utility."""

    model_config = ConfigDict(allow_inf_nan=False)

    n_users: PositiveInt = 600
    """Job seekers."""
    n_jobs: PositiveInt = 800
    """Vacancies."""
    n_families: int = Field(default=12, ge=2, le=MAX_FAMILIES)
    """Families of occupations, each of three trades with eight skills of their own; some skills stand in two trades."""
    n_cities: int = Field(default=40, ge=1, le=MAX_CITIES)
    """Towns; the r-th largest has a share ∝ 1/r of people and employers."""
    n_regions: int = Field(default=8, ge=1, le=MAX_REGIONS)
    """Regions; towns are spread over them evenly. At most one per town."""
    jobs_per_company: float = Field(default=6.0, ge=1)
    """Number of vacancies per employer; few employers have many, and some of the drawn ones none."""
    branch_share: Share = 0.3
    """Share of vacancies that are not in the employer's home town but in a town drawn anew."""

    skills_per_user: Span = (8, 14)
    """Fewest and most skills a person really has."""
    skills_per_job: Span = (4, 8)
    """Fewest and most skills a vacancy asks for, all of them named in its ad."""
    generic_share: Share = 0.15
    """Chance that a drawn skill is one that every trade uses, such as teamwork."""
    second_trade_share: Share = 0.2
    """Chance that a person's other skill comes from a second trade, often of another family."""
    focus: Share = 0.7
    """Chance that a skill within a family comes from the trade itself, not from any of the family's trades."""

    empty_resume_share: Share = 0.1
    """Chance that a résumé is empty."""
    resume_skill_share: Share = 0.3
    """Chance that a résumé that is not empty mentions a given skill of the person."""
    resume_title_share: Share = 0.5
    """Chance that it names the trade and the years of experience."""
    resume_city_share: Share = 0.5
    """Chance that it names the home town."""
    reword_share: Share = 0.3
    """Chance that a mention of a skill, in an ad or a résumé, uses the second of its two wordings."""

    min_interactions: PositiveInt = 3
    """Fewest jobs a user engages with."""
    mean_interactions: PositiveFloat = 9.0
    """Expected number of jobs a user engages with."""
    n_interactions: PositiveInt | None = None
    """Exactly how many interactions there are; takes the place of `mean_interactions`."""
    max_interactions: PositiveInt = 200
    """Most jobs a user engages with; never more than there are."""
    tail_exponent: float = Field(default=2.0, ge=0.1, le=100)
    """Exponent of the power law of the counts above the fewest; the smaller, the more few-shot users beside a few busy
    ones."""

    skill_weight: Weight = 8.0
    """Utility of a job whose every skill the person has; proportionally less for a part of them."""
    place_weight: Weight = 2.0
    """Utility of a job in the person's town; half of it for one elsewhere in the region."""
    mobile_share: Share = 0.25
    """Share of people who would move and to whom place means nothing."""
    seniority_weight: Weight = 0.5
    """Utility lost per level between person and job (junior, regular, senior)."""
    popularity_weight: Weight = 0.7
    """Standard deviation of a job's appeal to everybody."""
    taste_weight: Weight = 0.0
    """Standard deviation, over jobs, of what a person's hidden taste adds to their utility. No text tells anything of
    it: only what people of a like taste chose does."""
    n_tastes: PositiveInt = 4
    """Dimensions of taste; the fewer, the sooner behaviour shows it."""
    noise: Weight = 1.0
    """Scale of the Gumbel noise on every utility, which nothing explains. 0: people take the best; very large: any."""

    days: PositiveInt = 106
    """Length of the log."""
    open_days: PositiveInt = 45
    """How long a vacancy stays open; engagements fall within it."""

    @model_validator(mode="after")
    def _fits_together(self) -> "SyntheticConfig":
        for name in ("skills_per_user", "skills_per_job"):
            fewest, most = getattr(self, name)
            if fewest > most:
                raise ValueError(f"{name} is [{fewest}, {most}]; write the smaller number first")
        if self.n_regions > self.n_cities:
            raise ValueError(f"{self.n_regions} regions need as many cities, not {self.n_cities}; raise n_cities")
        given = self.mean_interactions != type(self).model_fields["mean_interactions"].default
        if self.n_interactions is not None and given:
            raise ValueError("n_interactions and mean_interactions say the same; remove one of them")
        if not self.min_interactions <= self.interactions_per_user <= self.most_interactions:
            name = "mean_interactions" if self.n_interactions is None else "n_interactions / n_users"
            raise ValueError(
                f"{name} is {self.interactions_per_user:g}; it must lie between min_interactions "
                f"({self.min_interactions}) and the smaller of max_interactions and n_jobs ({self.most_interactions})"
            )
        return self

    @property
    def interactions_per_user(self) -> float:
        """The expected number that holds: `n_interactions` spread over all users, or `mean_interactions`."""
        return self.mean_interactions if self.n_interactions is None else self.n_interactions / self.n_users

    @property
    def most_interactions(self) -> int:
        """The cap that holds: `max_interactions` or the number of jobs."""
        return min(self.max_interactions, self.n_jobs)


LIKE: Mapping[str, SyntheticConfig] = {
    "designs": SyntheticConfig(n_users=12_290, n_jobs=9_143, n_interactions=166_270),
    "sales": SyntheticConfig(n_users=15_854, n_jobs=12_772, n_interactions=145_066),
    "tech": SyntheticConfig(n_users=56_634, n_jobs=48_090, n_interactions=925_193),
}
"""Worlds with exactly the counts of the paper's datasets (Table 1). Whatever else the paper's data is like is unknown:
everything but the counts has its default."""
