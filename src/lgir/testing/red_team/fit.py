"""Fits the weights of `lgir.core.instruction_model` to the training texts, and says how good they are on unseen ones.

    python -m lgir.testing.red_team.fit            # writes the weights into the package
    python -m lgir.testing.red_team.fit --dry-run  # only says how good they are

Every passage is scored by a model that was fitted without it (five folds). The threshold is where `MOST_FALSE` of the
ordinary passages would be taken for attacks; most of them were written to come close to one. Held-out attacks are never
read.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
from jaxtyping import Bool, Float64
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

import lgir.core
from lgir.core.instruction_model import BIAS, WEIGHTS, features, score, tokens
from lgir.core.instructions import folded_units
from lgir.core.sanitize import sanitize
from lgir.testing.red_team import Passage, load_training

PATH = Path(lgir.core.__file__).with_name(WEIGHTS)
MOST_FALSE = 0.07
FOLDS = 5
_PENALTY = 0.3
"""The inverse strength of the L2 penalty."""
_KNOWN_FROM, _SEEN_FROM = 5, 3
"""So many sentences must hold a word, or another feature."""
_SMALLEST = 0.03
"""Weights nearer to zero are left out."""


def clean_passages() -> list[Passage]:
    """The training texts as `neutralise` gets them."""
    return [replace(one, text=sanitize(one.text).text) for one in load_training()]


def fitted(passages: Iterable[Passage]) -> dict[str, float]:
    """Weights by feature, the bias of an even chance among them."""
    sentences = {(line, one.attack) for one in passages for line in _lines(one)}
    lines, attack = zip(*sorted(sentences), strict=True)
    counts = Counter(word for line in lines for word in set(tokens(line)))
    known = {word for word, count in counts.items() if count >= _KNOWN_FROM}
    vectors = CountVectorizer(analyzer=partial(features, known=known), binary=True, min_df=_SEEN_FROM, dtype=np.float64)
    matrix = vectors.fit_transform(lines)
    model = LogisticRegression(C=_PENALTY, solver="liblinear", random_state=0).fit(matrix, np.array(attack))
    weights = {
        feature: round(float(weight), 2)
        for feature, weight in zip(vectors.get_feature_names_out(), model.coef_[0], strict=True)
        if abs(weight) >= _SMALLEST or feature in known
    }
    return weights | {BIAS: round(float(model.intercept_[0]), 2)}


def unseen_scores(passages: Sequence[Passage]) -> Float64[np.ndarray, " n"]:
    """The highest score of a sentence of each passage, from a model that was fitted without the passage."""
    folds = np.array([crc32(one.text.encode()) % FOLDS for one in passages])
    scores = np.empty(len(passages))
    for fold in range(FOLDS):
        weights = fitted(one for one, where in zip(passages, folds, strict=True) if where != fold)
        for place in np.flatnonzero(folds == fold).tolist():
            units = folded_units(passages[place].text)
            scores[place] = max((score(line, weights) for line in units), default=weights[BIAS])
    return scores


def threshold(passages: Sequence[Passage], scores: Float64[np.ndarray, " n"]) -> float:
    """From this score on a sentence is taken for an attack."""
    ordinary = np.array([not one.attack for one in passages])
    return float(np.quantile(scores[ordinary], 1 - MOST_FALSE))


def write(weights: Mapping[str, float], path: Path) -> None:
    path.write_text("".join(f"{feature}\t{weight:.2f}\n" for feature, weight in sorted(weights.items())), "utf-8")


def with_threshold(weights: Mapping[str, float], enough: float) -> dict[str, float]:
    """The same weights with a bias that makes `enough` 0."""
    return {**weights, BIAS: round(weights[BIAS] - enough, 2)}


def report(passages: Sequence[Passage], found: Bool[np.ndarray, " n"]) -> Iterator[str]:
    """How many passages of each file are taken for attacks, and of all."""
    attack = np.array([one.attack for one in passages])
    source = np.array([one.source for one in passages])
    for name in sorted(set(source)):
        for kind, part in (("attacks", attack & (source == name)), ("ordinary", ~attack & (source == name))):
            if part.any():
                yield f"{name:16} {kind:8} {part.sum():5} taken {found[part].mean():6.1%}"
    yield f"recall {found[attack].mean():.3f}, precision {attack[found].mean():.3f}"


def _lines(passage: Passage) -> set[str]:
    """Each sentence of a passage, and the whole of it."""
    units = folded_units(passage.text)
    return {*units, " ".join(units)} if units else set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    passages = clean_passages()
    scores = unseen_scores(passages)
    enough = threshold(passages, scores)
    print(*report(passages, scores >= enough), sep="\n")  # noqa: T201
    if not arguments.dry_run:
        weights = with_threshold(fitted(passages), enough)
        write(weights, PATH)
        print(f"{len(weights)} weights, threshold {enough:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
