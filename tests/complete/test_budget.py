"""A budget is never exceeded, and what it leaves out stays open."""

import time
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgir.complete.budget import BoundedCompleter, Budget, Limits, cost
from lgir.complete.llm.config import LlmConfig
from lgir.core.records import Completion, Failure, Provenance, Query
from lgir.testing.completers import people

PRICED = LlmConfig(max_tokens=100, bad_answer_retries=0, price_in=1.0, price_out=2.0)


class Model:
    """Completes with so many tokens a row, several rows at once and the last of them first."""

    fingerprint = "model"

    def __init__(self, tokens_in: int = 500, tokens_out: int = 100, lanes: int = 3) -> None:
        self.tokens, self.lanes, self.asked = (tokens_in, tokens_out), lanes, 0

    def complete(self, queries: Iterable[Query], /) -> Iterator[Completion | Failure]:
        raise NotImplementedError

    def complete_ready(self, queries: Iterable[Query], /) -> Iterator[tuple[int, Completion | Failure]]:
        under_way: list[int] = []
        for number, _ in enumerate(queries):
            self.asked += 1
            under_way.append(number)
            if len(under_way) == self.lanes:
                yield under_way.pop(), self._made()
        while under_way:
            yield under_way.pop(), self._made()

    def _made(self) -> Completion:
        return Completion("x", (), Provenance("m", "m", None, {}, (), *self.tokens))


def run(limits: Limits, n: int = 30, model: Model | None = None) -> tuple[Model, list[Completion | Failure]]:
    asked = model or Model()
    results = list(BoundedCompleter(asked, Budget(limits, PRICED)).complete(people(n)))
    assert len(results) == n, "every row has its result, in order"
    return asked, results


def test_without_limits_everything_is_asked() -> None:
    model, results = run(Limits())
    assert model.asked == 30
    assert all(isinstance(result, Completion) for result in results)


def test_rows_are_counted() -> None:
    model, results = run(Limits(rows=7))
    assert model.asked == 7
    assert [isinstance(result, Completion) for result in results] == [True] * 7 + [False] * 23
    assert results[-1] == Failure("the limit of 7 rows was reached", attempts=0, passing=True)


@given(st.integers(0, 20_000), st.integers(1, 5))
def test_tokens_are_never_exceeded_and_used_as_far_as_they_go(most: int, lanes: int) -> None:
    model, results = run(Limits(tokens=most), model=Model(lanes=lanes))
    used = 600 * model.asked
    assert used <= most
    # a row may take 500 of instructions, 1.5 times its sources and 100 of answer: more of that would have been used
    assert model.asked == 30 or most - used <= 500 + 100 + 200
    assert all(result.passing for result in results if isinstance(result, Failure))


def test_money_is_never_exceeded() -> None:
    model, results = run(Limits(cost=0.0042))
    spent = cost(500 * model.asked, 100 * model.asked, PRICED)
    assert spent is not None
    assert 0 < spent <= 0.0042
    assert results[-1] == Failure("the limit of 0.0042 for costs was reached", attempts=0, passing=True)


def test_tokens_of_failures_count() -> None:
    class Failing(Model):
        def _made(self) -> Failure:  # type: ignore[override]
            return Failure("no", tokens_in=500, tokens_out=100)

    model, _ = run(Limits(tokens=5000), model=Failing())
    assert 0 < model.asked <= 8


def test_when_time_is_over_nothing_is_begun() -> None:
    model, results = run(Limits(deadline=time.monotonic()))
    assert model.asked == 0
    assert results[0] == Failure("the time for this run was over", attempts=0, passing=True)


@pytest.mark.parametrize(("price_in", "price_out"), [(None, 1.0), (1.0, None)])
def test_an_unknown_price_gives_no_cost(price_in: float | None, price_out: float | None) -> None:
    assert cost(1, 1, LlmConfig(price_in=price_in, price_out=price_out)) is None
    assert cost(1_000_000, 500_000, PRICED) == 2.0
