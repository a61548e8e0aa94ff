"""What a job is worth to a person, before noise."""

import numpy as np
from jaxtyping import Float32

from lgir.data.synthetic.config import SyntheticConfig
from lgir.data.synthetic.hidden import HiddenWorld


class Worth:
    """What every job is worth to some users:

    skill_weight · |skills of both| / |skills of the job| + place_weight · (½ same region + ½ same city, 0 if mobile)
    − seniority_weight · |difference of levels| + popularity_weight · appeal + taste_weight · taste of user · of job

    What depends on the job and a small part of the user (a city, a level) is computed once; then a row of all jobs
    costs a few passes over memory, and its bits do not depend on which other users are asked about.
    """

    def __init__(self, config: SyntheticConfig, hidden: HiddenWorld) -> None:
        users, jobs = hidden.users, hidden.jobs
        self._hidden = hidden
        self._skill_weight = np.float32(config.skill_weight)
        self._asked = jobs.skills.sum(axis=1, dtype=np.float32)
        # one byte per skill and job is a quarter of the memory to pass over
        counter = np.uint8 if self._asked.max() <= np.iinfo(np.uint8).max else np.uint16
        self._asking = np.ascontiguousarray(jobs.skills.T).astype(counter)
        # whoever lives in a city stands for everybody there
        cities, first = np.unique(users.city, return_index=True)
        self._city = np.searchsorted(cities, users.city)
        same_city = (cities[:, None] == jobs.city).astype(np.float32)
        same_region = (users.region[first][:, None] == jobs.region).astype(np.float32)
        self._near = np.float32(config.place_weight) * ((same_city + same_region) / 2)
        levels = np.arange(1 + max(users.level.max(), jobs.level.max()))
        self._gap = np.float32(config.seniority_weight) * np.abs(levels[:, None] - jobs.level).astype(np.float32)
        self._appeal = np.float32(config.popularity_weight) * hidden.appeal
        self._taste = np.float32(config.taste_weight) * hidden.job_taste if config.taste_weight else None

    def __call__(self, part: slice) -> Float32[np.ndarray, "n j"]:
        """The worth of every job to the users of this slice."""
        found = np.empty((part.stop - part.start, len(self._asked)), np.float32)
        for row, user in zip(found, range(part.start, part.stop), strict=True):
            self._fill(row, user)
        return found

    def _fill(self, row: Float32[np.ndarray, " j"], user: int) -> None:
        users = self._hidden.users
        shared = np.zeros(len(row), self._asking.dtype)
        for skill in np.flatnonzero(users.skills[user]):
            shared += self._asking[skill]
        np.divide(shared, self._asked, out=row)
        row *= self._skill_weight
        if not self._hidden.mobile[user]:
            row += self._near[self._city[user]]
        row -= self._gap[users.level[user]]
        row += self._appeal
        if self._taste is not None:
            row += self._taste @ self._hidden.user_taste[user]
