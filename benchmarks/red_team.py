"""The red-team set: how many attacks succeed, what the defences take from honest texts, and what an attacked ad gains.

    .venv/bin/python benchmarks/red_team.py                      # attacks through the whole completer, false alarms
    .venv/bin/python benchmarks/red_team.py --data data/sjr      # also what the defences change of a dataset's texts
    .venv/bin/python benchmarks/red_team.py --run runs/sjr       # also ranks: attacked ads against the same ads

An obedient model writes what the attacker wants alone, or beside an honest answer: both are tried.

Ranks: an attack is put at the end of ads drawn at random, and every user ranks the whole catalogue with the attacked ad
in its place, as the pipeline encodes it, and with less and with more done to it. Against it stand the untouched ad, and
the ad with neutral text of the same length. A negative change is a gain: fewer jobs stand before the ad. Tests are
paired over the ads.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float32
from scipy.stats import ttest_rel

from lgir.complete.config import CompleteConfig
from lgir.complete.factory import build_completer
from lgir.complete.openai.config import OpenAIConfig
from lgir.core.instructions import neutralise
from lgir.core.phrases import phrases
from lgir.core.records import Completion, Failure
from lgir.core.run import Silent
from lgir.core.sanitize import sanitize
from lgir.data.view import field_columns
from lgir.pipeline.features import make_features
from lgir.pipeline.opened import OpenRun, open_run
from lgir.testing.gullible_model import GullibleModel
from lgir.testing.red_team import RedTeamCase, load_attacks, load_ordinary
from lgir.testing.red_team.outcome import query_of, succeeded
from lgir.testing.scripted_server import scripted_server

Defence = Callable[[str], str]

NEUTRAL = (
    "The building has two floors and a garden behind it. The bus stops around the corner, and there is a small park"
    " across the street. In winter the sun reaches the windows at noon. The walls were painted some years ago, and the"
    " roof is new. A bakery and a post office are near. The street is quiet at night. "
)
"""What stands in a control instead of an attack: sentences that say nothing about work."""


def defended(text: str) -> str:
    """What the pipeline would encode of a stranger's text."""
    return neutralise(sanitize(text).text).text


DEFENCES: dict[str, Defence] = {
    "not sanitized": str,
    "as encoded": lambda text: sanitize(text).text,
    "and neutralised": defended,
}
"""The batcher itself cuts long lists of bare words, in each of them."""


# ── attacks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def complete(cases: Sequence[RedTeamCase], *, beside: bool) -> dict[str, Completion | Failure]:
    """What the completer makes of every attack, behind a model that obeys whatever it can read."""
    results = {}
    with scripted_server(GullibleModel(cases, beside=beside)) as server:
        for language in ("en", "zh"):
            part = [case for case in cases if case.language == language]
            asked = OpenAIConfig(base_url=server.base_url, model="gullible")
            completer = build_completer(CompleteConfig(backend="openai", language=language, openai=asked))
            for case, result in zip(part, completer.complete(map(query_of, part)), strict=True):
                results[case.case_id] = result
    return results


def report_attacks(cases: Sequence[RedTeamCase]) -> None:
    model, alone, beside = GullibleModel(cases), complete(cases, beside=False), complete(cases, beside=True)
    rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in cases:
        part = "development" if case.part == "development" else f"held-out, batch {case.batch}"
        outcome = {
            "attacks": True,
            "obeyed undefended": model.obeyed(case.text) is not None,
            "still legible": model.obeyed(defended(case.text)) is not None,
            "succeeded alone": succeeded(case, alone[case.case_id]),
            "succeeded beside": succeeded(case, beside[case.case_id]),
            "row lost": any(isinstance(results[case.case_id], Failure) for results in (alone, beside)),
        }
        for key in ((part, "all"), (part, case.goal)):
            rows[key].update({name: int(value) for name, value in outcome.items()})
    columns = ["attacks", "obeyed undefended", "still legible", "succeeded alone", "succeeded beside", "row lost"]
    print_table(["part", "goal", *columns], ([*key, *(row[name] for name in columns)] for key, row in rows.items()))


def report_false_alarms(data: Path | None) -> None:
    ordinary = load_ordinary()
    taken = sum(bool(neutralise(sanitize(line).text).spans) for line in ordinary)
    rows = [["ordinary sentences that come close", len(ordinary), 0, taken, ""]]
    if data is not None:
        for name, column in (("jobs", "text"), ("users", "resume")):
            texts = [text for text in pl.read_parquet(data / f"{name}.parquet")[column].to_list() if text]
            begun = time.process_time()
            clean = [sanitize(text).text for text in texts]
            between = time.process_time()
            taken = sum(bool(neutralise(text).spans) for text in clean)
            cost = (
                f"{(between - begun) / len(texts) * 1e3:.3f} + {(time.process_time() - between) / len(texts) * 1e3:.3f}"
            )
            changed = sum(one != other for one, other in zip(texts, clean, strict=True))
            rows.append([f"{data}: {column} of {name}", len(texts), changed, taken, cost])
    print_table(["honest texts", "number", "changed by sanitize", "taken for attacks", "ms per text"], rows)


# ── ranks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Ranks:
    """The ranks of one ad for every user, whatever its text."""

    def __init__(self, run: OpenRun) -> None:
        self._run, self._model = run, run.tower()
        features = make_features(run.material, run.tools, run.batcher, Silent())
        self._users = self._model.user_vectors(features.users)
        self._scores = self._users @ self._model.job_vectors(features.catalogue).T
        self.texts: list[str] = run.material.dataset.jobs["text"].to_list()
        self._posted = features.catalogue.posted

    def of(self, job: int, text: str) -> Float32[np.ndarray, " u"]:
        """The rank of job `job` for every user if its text were `text`; 1 is the first place."""
        columns = field_columns(self._run.material.dataset, np.array([job]))
        posted = None if self._posted is None else self._posted[[job]]
        ids = [self._run.material.dataset.jobs["job_id"][job]]
        batch = self._run.batcher.jobs(ids, [text], columns, posted)
        scores = self._users @ self._model.job_vectors(batch)[0]
        before = (self._scores > scores[:, None]).sum(axis=1, dtype=np.float32)
        return 1 + before - (self._scores[:, job] > scores)


def adaptive_attacks(texts: Sequence[str]) -> dict[str, str]:
    """Stuffing by somebody who knows the catalogue: its most frequent phrases, once and five times over."""
    counts = Counter(phrase for text in texts for phrase in phrases(text).values())
    frequent = [phrase for phrase, _ in counts.most_common(40)]
    return {
        "frequent phrases, 40": "\n".join(frequent),
        "frequent phrases, 8 of them 5 times": "\n".join(frequent[:8] * 5),
    }


def report_ranks(path: Path, data: Path | None, *, ads: int, seed: int) -> None:
    with open_run(path, Silent(), data=data) as run:
        ranks = Ranks(run)
        drawn = np.random.default_rng(seed).choice(len(ranks.texts), size=ads, replace=False)
        families: dict[str, list[str]] = defaultdict(list)
        for case in load_attacks():
            if case.side == "job" and case.language == "en" and (case.goal == "rank" or "stuffing" in case.family):
                families[case.family].append(case.attack)
        for name, attack in adaptive_attacks(ranks.texts).items():
            families[name].append(attack)
        for name, defence in DEFENCES.items():
            print(f"\ndefence: {name}")
            rows, everything = [], []
            for family, attacks in families.items():
                found = np.array([changes(ranks, int(job), attacks, defence) for job in drawn])
                if "stuffing" not in family and "frequent" not in family:
                    everything.append(found)
                rows.append(rank_row(family, len(attacks), found))
            rows.append(rank_row("all but stuffing", len(everything), np.mean(everything, axis=0)))
            print_table(
                ["family", "attacks", "attack - untouched", "p", "filler - untouched", "attack - filler", "p"], rows
            )


def changes(ranks: Ranks, job: int, attacks: Iterable[str], defence: Defence) -> tuple[float, float, float]:
    """Mean rank over users of the ad untouched, attacked, and with neutral text as long as the attack."""
    text = ranks.texts[job]
    attacked, filled = [], []
    for attack in attacks:
        filler = (NEUTRAL * (len(attack) // len(NEUTRAL) + 1))[: len(attack)]
        attacked.append(ranks.of(job, defence(f"{text}\n{attack}")).mean())
        filled.append(ranks.of(job, defence(f"{text}\n{filler}")).mean())
    return float(ranks.of(job, defence(text)).mean()), float(np.mean(attacked)), float(np.mean(filled))


def rank_row(family: str, n: int, found: np.ndarray) -> list[object]:
    untouched, attacked, filled = found.T
    return [
        family,
        n,
        f"{(attacked - untouched).mean():+.1f}",
        paired(attacked, untouched),
        f"{(filled - untouched).mean():+.1f}",
        f"{(attacked - filled).mean():+.1f}",
        paired(attacked, filled),
    ]


def paired(one: np.ndarray, other: np.ndarray) -> str:
    return "no change" if np.array_equal(one, other) else f"{ttest_rel(one, other).pvalue:.3f}"


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="a trained run whose model gives inner products")
    parser.add_argument("--data", type=Path, help="the dataset, where the run does not find it, and for false alarms")
    parser.add_argument("--ads", type=int, default=30, help="ads that are attacked")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of ads")
    given = parser.parse_args()
    report_attacks(list(load_attacks()))
    report_false_alarms(given.data)
    if given.run is not None:
        report_ranks(given.run, given.data, ads=given.ads, seed=given.seed)


if __name__ == "__main__":
    main()
