"""Meaning rescues a paraphrase, and never a fact that the source does not hold."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lgir.complete.grounding.entailment import NliModel
from lgir.complete.grounding.ground import ground
from lgir.complete.grounding.semantic import Entailment, SemanticChecker
from lgir.core.errors import BackendError, BadConfig
from lgir.core.records import EngagedJob, Origin, Query, Span, Statement

MEANINGS = ("kitchen chef cook grill meals dishes", "customers guests shoppers people", "night late", "travel trips")


class Topics:
    """A `TextEncoder` whose columns are topics; its vectors are not of length 1, as those of several encoders are."""

    dim = len(MEANINGS) + 1
    fingerprint = "topics"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], /) -> np.ndarray:
        self.asked.extend(texts)
        rows = [[3.0 * any(word in text.lower() for word in topic.split()) for topic in MEANINGS] for text in texts]
        return np.array([[*row, 0.1] for row in rows], dtype=np.float32)


class Never:
    """An `Entailment` that keeps what it was asked and denies it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def entails(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        self.asked.extend(pairs)
        return np.zeros(len(pairs), dtype=np.float32)


RESUME = "I made dishes at Tony's Diner. No late shifts."
QUERY = Query(RESUME, (EngagedJob("a", "Greets shoppers"), EngagedJob("b", "Greets guests"), EngagedJob("c", "Trips")))


def refined(text: str, threshold: float = 0.9, entailment: Entailment | None = None) -> Statement:
    checker = SemanticChecker(Topics(), threshold=threshold, entailment=entailment)
    ((one,),) = checker.refine([ground(text, QUERY)], [QUERY])
    return one


def test_the_sentence_that_means_it_becomes_the_source() -> None:
    assert refined("Prepared meals") == Statement("Prepared meals", Origin.SAID, (Span(None, 0, 29),), 0.5)
    assert refined("Welcomes people") == Statement(
        "Welcomes people", Origin.FROM_JOB, (Span("a", 0, 15), Span("b", 0, 13)), 2 / 3
    )
    assert refined("Prepared meals", threshold=1.1).origin is Origin.INFERRED


@pytest.mark.parametrize(
    "text",
    [
        "Prepared 300 meals",
        "Prepared meals in 2017",
        "Prepared meals at Denny's",
        "Certified chef",
        "Master of kitchen arts, M.A.",
        "Night work",
        "Astronaut",
    ],
)
def test_facts_and_denials_are_not_overridden(text: str) -> None:
    checker = SemanticChecker(Topics(), threshold=0.9)
    before = ground(text, QUERY)
    assert checker.refine([before], [QUERY]) == [before]
    assert any(one.origin is Origin.INFERRED for one in before)


def test_a_fact_beside_the_sentence_is_enough() -> None:
    assert refined("Prepared meals at Tony's Diner").origin is Origin.SAID


def test_what_the_rules_decided_is_not_looked_at() -> None:
    encoder = Topics()
    statements = ground("No late shifts\nLate shifts", QUERY)
    assert [one.contradicted for one in statements] == [False, True]
    assert SemanticChecker(encoder, threshold=0.1).refine([statements], [QUERY]) == [statements]
    assert encoder.asked == []


def test_entailment_has_the_last_word() -> None:
    entailment = Never()
    assert refined("Prepared meals", entailment=entailment).origin is Origin.INFERRED
    assert entailment.asked == [("I made dishes at Tony's Diner", "Prepared meals")]


def test_many_people_at_once_are_as_one_by_one() -> None:
    queries = [QUERY, Query(""), Query("Chef"), *[QUERY] * 600]
    statements = [ground("Prepared meals\nCook", query) for query in queries]
    checker = SemanticChecker(Topics(), threshold=0.9)
    assert checker.refine(statements, queries) == [
        checker.refine([some], [query])[0] for some, query in zip(statements, queries, strict=True)
    ]


def test_any_checked_text_stays_well_formed() -> None:
    query = Query("\ud800 cook\x00", (EngagedJob("j", "厨师\n" * 1000),))
    ((one,),) = SemanticChecker(Topics(), threshold=0.01).refine([ground("Meals \ud800", query)], [query])
    assert one.text


@pytest.fixture(scope="module")
def nli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sequence classifier of random weights, with the three classes of NLI."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("nli")
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cook", "chef", "night"])
    )
    torch.manual_seed(0)
    labels = {0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}
    config = BertConfig(
        vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label=labels, label2id={name: number for number, name in labels.items()}, initializer_range=1.0,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


PAIRS = [
    ("cook chef", "cook"),
    ("night", "chef"),
    ("", ""),
    ("\ud800", "cook \x00"),
    ("cook " * 2000, "night"),
    ("chef", "chef"),
]


def test_a_local_model_gives_the_probability_of_entailment(nli: Path) -> None:
    import torch
    from transformers import BertForSequenceClassification, BertTokenizerFast

    model = NliModel(nli, batch_size=4)
    assert isinstance(model, Entailment)
    found = model.entails(PAIRS)
    assert found.shape == (len(PAIRS),)
    assert ((found >= 0) & (found <= 1)).all()
    assert len(set(found.round(4).tolist())) > 2
    inputs = BertTokenizerFast.from_pretrained(nli)("cook chef", "cook", return_tensors="pt")
    with torch.inference_mode():
        right = BertForSequenceClassification.from_pretrained(nli).eval()(**inputs).logits.softmax(dim=1)[0, 2]
    assert found[0] == pytest.approx(float(right), abs=1e-5)
    np.testing.assert_allclose(NliModel(nli, batch_size=1).entails(PAIRS), found, atol=1e-5)
    assert model.entails([]).shape == (0,)


def test_folders_that_are_no_such_model(nli: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="there is no folder .*nothing.*; name one with a sequence classifier"):
        NliModel(tmp_path / "nothing")
    with pytest.raises(BackendError, match="cannot be loaded"):
        NliModel(tmp_path)
    from transformers import BertForSequenceClassification, BertTokenizerFast

    plain = BertForSequenceClassification.from_pretrained(nli)
    plain.config.id2label = {0: "bad", 1: "so-so", 2: "good"}
    plain.save_pretrained(tmp_path)
    BertTokenizerFast.from_pretrained(nli).save_pretrained(tmp_path)
    with pytest.raises(BadConfig, match="are bad, so-so, good; an NLI model has one class entailment"):
        NliModel(tmp_path)
