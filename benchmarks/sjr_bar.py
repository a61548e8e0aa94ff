"""The bar of the SJR data's README, on exactly the candidates of a run, and paired tests of the run against it.

Two reference scorers, written here from that README so that nobody has to take its figures on trust:

- tfidf: mean TF-IDF similarity of the training jobs and the job, plus that of résumé and job (README: NDCG@5 0.762,
  full-catalogue Recall@10 0.237). As in the README it is fitted on all job texts, held-out ones too, which our own
  encoders may not see: the bar keeps its advantage.
- logistic: a logistic regression on twelve plain features, fitted on (training history → validation job) pairs with 20
  negatives (README: NDCG@5 0.846–0.863). It learns from the validation part; our model only stops by it.

    .venv/bin/python benchmarks/sjr_bar.py runs/sjr            # validation part: for choosing settings
    .venv/bin/python benchmarks/sjr_bar.py runs/sjr --test     # test part, needs `lgir evaluate` for both protocols
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from lgir.core.records import Candidates
from lgir.core.run import Silent
from lgir.data.candidates import draw_candidates
from lgir.evaluate.compare import bootstrap, holm, t_test
from lgir.evaluate.metrics import measure, rank_relevant
from lgir.evaluate.protocol import PAPER_METRICS
from lgir.evaluate.report import load_per_user
from lgir.pipeline.opened import OpenRun, open_run

FULL = ("NDCG@10", "Recall@10")


class Bar:
    """Both reference scorers over one run's split."""

    def __init__(self, run: OpenRun) -> None:
        self.material = material = run.material
        jobs = material.dataset.jobs
        text = jobs["text"].to_list()
        resumes = material.dataset.users["resume"].to_list()
        in_catalogue = [text[j] for j in material.split.catalogue]
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(in_catalogue)
        chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True).fit(in_catalogue)
        sentence = dict(run.tools.encoder.encoders)["minilm"]
        self.jobs = [words.transform(text), chars.transform(text), sp.csr_matrix(sentence.encode(text))]
        known = np.unique(np.concatenate([material.test.users, material.split.train[:, 0]]))
        mine = {int(u): resumes[u] for u in known}
        self.resumes = [
            words.transform(mine.values()),
            chars.transform(mine.values()),
            sp.csr_matrix(sentence.encode(list(mine.values()))),
        ]
        self.resume_row = {u: row for row, u in enumerate(mine)}
        self.columns = [
            np.array(jobs["location"].fill_null("").to_list()),
            np.array([(value or "").rpartition(",")[2].strip() for value in jobs["location"].to_list()]),
            np.array(jobs["company"].fill_null("").to_list()),
        ]
        self.counts = np.bincount(material.split.train[:, 1], minlength=jobs.height)
        train = material.split.train
        self.history = {int(u): train[train[:, 0] == u, 1] for u in np.unique(train[:, 0])}

    def tfidf(self, user: int, jobs: np.ndarray) -> np.ndarray:
        """Mean similarity to the training jobs plus similarity to the résumé."""
        words = self.jobs[0][jobs]
        return _similar(words, self.jobs[0][self.history[user]]).mean(1) + self._resume(user, jobs, 0)

    def features(self, user: int, jobs: np.ndarray) -> np.ndarray:
        """The twelve (here thirteen: the README does not list them one by one) plain features."""
        history, found = self.history[user], []
        for view in self.jobs:
            similar = _similar(view[jobs], view[history])
            found += [similar.mean(1), similar.max(1)]
        found += [self._resume(user, jobs, number) for number in range(3)]
        for column in self.columns:
            same = (column[jobs][:, None] == column[history][None, :]) & (column[jobs] != "")[:, None]
            found.append(same.mean(1))
        return np.stack([*found, np.log1p(self.counts[jobs])], axis=1)

    def logistic(self, *, popularity: bool) -> "Logistic":
        """Fitted on (training history → validation job) pairs with 20 negatives, as the README says.

        popularity: with the logarithm of a job's training views. In a log where most jobs have one view, a job with a
        view in training can hardly have another one in test, so this feature says which part a job's view fell into.
        """
        lists = draw_candidates(self.material.split, "validation", negatives=20, seed=77)
        x = np.concatenate([self.features(user, jobs) for user, jobs in _per_user(lists)])
        x = x if popularity else x[:, :-1]
        scaler = StandardScaler().fit(x)
        fitted = LogisticRegression(max_iter=2000).fit(scaler.transform(x), lists.relevant)
        return Logistic(scaler, fitted, self, x.shape[1])

    def _resume(self, user: int, jobs: np.ndarray, view: int) -> np.ndarray:
        return _similar(self.jobs[view][jobs], self.resumes[view][self.resume_row[user]])[:, 0]


@dataclass(frozen=True)
class Logistic:
    """A fitted regression over `Bar.features`."""

    scaler: StandardScaler
    regression: LogisticRegression
    bar: Bar
    n_features: int

    def __call__(self, user: int, jobs: np.ndarray) -> np.ndarray:
        return self.regression.decision_function(
            self.scaler.transform(self.bar.features(user, jobs)[:, : self.n_features])
        )


def _similar(a: sp.csr_matrix, b: sp.csr_matrix) -> np.ndarray:
    return np.asarray((a @ b.T).todense())


def _per_user(lists: Candidates) -> list[tuple[int, np.ndarray]]:
    return [(int(user), lists.jobs[lists.offsets[i] : lists.offsets[i + 1]]) for i, user in enumerate(lists.users)]


def sampled(scorer, lists: Candidates) -> dict[str, np.ndarray]:
    """Per-user values on sampled candidates."""
    scores = np.concatenate([scorer(user, jobs) for user, jobs in _per_user(lists)]).astype(np.float32)
    return measure(rank_relevant(scores, lists.relevant, lists.offsets), PAPER_METRICS)


def full(scorer, run: OpenRun) -> dict[str, np.ndarray]:
    """Per-user values on the full catalogue."""
    catalogue = run.material.full()
    scores, relevant, sizes = [], [], [0]
    for i, user in enumerate(catalogue.users):
        out = catalogue.excluded[catalogue.excluded_offsets[i] : catalogue.excluded_offsets[i + 1]]
        jobs = np.setdiff1d(catalogue.catalogue, out)
        wanted = catalogue.relevant[catalogue.offsets[i] : catalogue.offsets[i + 1]]
        scores.append(scorer(int(user), jobs).astype(np.float32))
        relevant.append(np.isin(jobs, wanted))
        sizes.append(len(jobs))
    ranks = rank_relevant(np.concatenate(scores), np.concatenate(relevant), np.cumsum(sizes))
    return measure(ranks, FULL)


def tables(run: OpenRun, bar: Bar, *, test: bool) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """protocol → scorer → metric → per-user values."""
    lists = run.material.test if test else run.material.validation
    found = {"paper": {"tfidf": sampled(bar.tfidf, lists)}}
    if test:
        found["full"] = {"tfidf": full(bar.tfidf, run)}
        for name, popularity in (("logistic", True), ("logistic without popularity", False)):
            scorer = bar.logistic(popularity=popularity)
            found["paper"][name] = sampled(scorer, lists)
            found["full"][name] = full(scorer, run)
    return found


def ours(run: OpenRun, protocol: str) -> dict[str, np.ndarray]:
    """Our per-user values, as a mean over seeds; users ascending by index, as in the candidates."""
    table = load_per_user(run.folder.path / f"per-user-{protocol}.parquet")
    mean = table.group_by("user_id", maintain_order=True).mean()
    return {name: mean[name].to_numpy() for name in mean.columns if name not in ("user_id", "seed")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--test", action="store_true", help="the test part; do this once, at the end")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = []
    with open_run(given.run, Silent()) as run:
        for protocol, scorers in tables(run, Bar(run), test=given.test).items():
            mine = ours(run, protocol) if given.test else {}
            for scorer, values in scorers.items():
                for metric, value in values.items():
                    row = {"protocol": protocol, "scorer": scorer, "metric": metric, "users": len(value)}
                    row["bar"] = float(value.mean())
                    if given.test:
                        differences = mine[metric] - value
                        low, high, _ = bootstrap(differences)
                        row |= {"ours": float(mine[metric].mean()), "difference": float(differences.mean())}
                        row |= {"low": low, "high": high, "p_t": t_test(differences)}
                    rows.append(row)
    if given.test:
        for row, corrected in zip(rows, holm([row["p_t"] for row in rows]), strict=True):
            row["p_holm"] = corrected
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        cells = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in row.values()]
        print("  ".join(f"{name} {cell}" for name, cell in zip(row, cells, strict=True)))


if __name__ == "__main__":
    main()
