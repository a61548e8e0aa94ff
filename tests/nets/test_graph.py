"""Propagation against products with dense matrices, on graphs of any shape."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lgir.nets.graph import Graph

DIM = 3


@dataclass(frozen=True)
class Case:
    """A small graph with vectors; people and jobs without an edge occur, and so do pairs given twice."""

    pairs: np.ndarray
    users: torch.Tensor
    jobs: torch.Tensor
    layers: int

    @property
    def graph(self):
        return Graph.from_pairs(self.pairs, len(self.users), len(self.jobs))

    def dense(self):
        """D^−½·A·D^−½."""
        n_users, n_jobs = len(self.users), len(self.jobs)
        a = np.zeros((n_users + n_jobs, n_users + n_jobs))
        for user, job in self.pairs:
            a[user, n_users + job] = a[n_users + job, user] = 1
        degrees = a.sum(1)
        roots = np.divide(1, np.sqrt(degrees), out=np.zeros_like(degrees), where=degrees > 0)
        return torch.from_numpy(roots[:, None] * a * roots[None])

    def expected(self, users, jobs):
        """The mean of all layers, layer by layer."""
        s, layer = self.dense(), torch.cat([users, jobs])
        layers = [layer]
        for _ in range(self.layers):
            layers.append(s @ layers[-1])
        return torch.stack(layers).mean(0).split([len(users), len(jobs)])


@st.composite
def cases(draw, *, least_layers=0):
    n_users, n_jobs = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    pair = st.tuples(st.integers(0, n_users - 1), st.integers(0, n_jobs - 1))
    pairs = np.array(draw(st.lists(pair, max_size=20)), dtype=np.int64).reshape(-1, 2)
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    users, jobs = (torch.randn(n, DIM, generator=generator, dtype=torch.float64) for n in (n_users, n_jobs))
    return Case(pairs, users, jobs, draw(st.integers(least_layers, 4)))


def assert_close(found, expected):
    """Equal up to the rounding of the edges' weights to 32 bits."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@given(cases())
def test_it_is_the_mean_of_the_layers(case):
    found = case.graph.propagate(case.users, case.jobs, case.layers)
    assert_close(found, case.expected(case.users, case.jobs))


@given(cases(), st.integers(0, 1))
def test_its_gradient_is_that_of_dense_products(case, side):
    """Whichever of the two results the loss uses."""
    gradients = []
    for propagate in (lambda users, jobs: case.graph.propagate(users, jobs, case.layers), case.expected):
        users, jobs = (vectors.clone().requires_grad_() for vectors in (case.users, case.jobs))
        loss = (propagate(users, jobs)[side] ** 3).sum()
        gradients.append(torch.autograd.grad(loss, (users, jobs), allow_unused=True, materialize_grads=True))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_its_gradient_by_differences():
    case = Case(np.array([[0, 0], [0, 1], [1, 1], [3, 1]]), torch.randn(4, 2).double(), torch.randn(3, 2).double(), 3)
    graph = case.graph
    inputs = (case.users.requires_grad_(), case.jobs.requires_grad_())
    assert torch.autograd.gradcheck(lambda users, jobs: graph.propagate(users, jobs, 3), inputs)


def test_one_layer_by_hand():
    """User 0 has jobs 0 and 1, user 1 has job 1; nobody has job 2, and user 2 has none."""
    graph = Graph.from_pairs(np.array([[1, 1], [0, 0], [0, 1]]), 3, 3)
    users, jobs = torch.tensor([[1.0], [10.0], [100.0]]), torch.tensor([[2.0], [4.0], [8.0]])
    of_users, of_jobs = graph.propagate(users, jobs, 1)
    expected_users = [(1 + 2 / 2**0.5 + 4 / 2) / 2, (10 + 4 / 2**0.5) / 2, 50]
    expected_jobs = [(2 + 1 / 2**0.5) / 2, (4 + 1 / 2 + 10 / 2**0.5) / 2, 4]
    torch.testing.assert_close(of_users[:, 0], torch.tensor(expected_users))
    torch.testing.assert_close(of_jobs[:, 0], torch.tensor(expected_jobs))


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(case, random):
    order = list(range(len(case.pairs)))
    random.shuffle(order)
    other = Graph.from_pairs(case.pairs[order], len(case.users), len(case.jobs))
    torch.testing.assert_close(other.edges, case.graph.edges, rtol=0, atol=0)
    assert_close(
        other.propagate(case.users, case.jobs, case.layers), case.graph.propagate(case.users, case.jobs, case.layers)
    )


@given(cases(), st.data())
def test_a_subgraph_has_degrees_of_its_own(case, data):
    edges = case.graph.edges
    kept = torch.tensor(data.draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges))), dtype=torch.bool)
    part = Case(edges[kept].numpy(), case.users, case.jobs, case.layers)
    found = case.graph.subgraph(kept).propagate(case.users, case.jobs, case.layers)
    assert_close(found, part.expected(case.users, case.jobs))


# ── people without a row ────────────────────────────────────────────────────────────────────────────────────────────


@given(cases(least_layers=1))
def test_a_new_person_is_like_a_known_one_without_an_id(case):
    graph = case.graph
    known, _ = graph.propagate(case.users, case.jobs, case.layers)
    _, before = graph.propagate(case.users, case.jobs, case.layers - 1)
    counts = torch.bincount(graph.edges[:, 0], minlength=len(case.users))
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
    found = graph.new_users(graph.edges[:, 1], offsets, before, case.layers)
    torch.testing.assert_close(found, known - case.users / (case.layers + 1), rtol=0, atol=1e-6)


def test_a_history_of_new_people_by_hand():
    """|N_0| = 2, |N_1| = 1; job 2 has no edge, and −1 is a job that training has not seen."""
    graph = Graph.from_pairs(np.array([[0, 0], [1, 0], [1, 1]]), 2, 3)
    jobs = torch.tensor([[1.0], [10.0], [100.0]], requires_grad=True)
    history = torch.tensor([-1, 0, 1, 2, 0, 2])
    found = graph.new_users(history, torch.tensor([0, 4, 4, 5, 6]), jobs, 2)
    two_jobs = (1 / 2 + 10 / 2**0.5) * 2 / 3
    torch.testing.assert_close(found[:, 0], torch.tensor([two_jobs, 0, 2 / 3 / 2**0.5, 0]))
    found[0].sum().backward()
    torch.testing.assert_close(jobs.grad[:, 0], torch.tensor([1 / 3, 2 / 3 / 2**0.5, 0]))


# ── weights ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_edges_are_kept_and_any_number_of_them_is_taken():
    graph = Graph.from_pairs(np.array([[1, 2], [0, 0], [1, 0]]), 2, 3)
    assert list(graph.state_dict()) == ["edges"]
    other = Graph.from_pairs(np.zeros((0, 2), dtype=np.int64), 2, 3)
    users, jobs = torch.randn(2, DIM), torch.randn(3, DIM)
    other.load_state_dict(graph.state_dict())
    assert_close(other.propagate(users, jobs, 3), graph.propagate(users, jobs, 3))


@pytest.mark.parametrize(
    "edges",
    [
        torch.tensor([[0, 3]]),
        torch.tensor([[2, 0]]),
        torch.tensor([[-1, 0]]),
        torch.tensor([[0, 0, 0]]),
        torch.tensor([0, 0]),
        torch.tensor([[0.0, 0.0]]),
    ],
)
def test_edges_of_other_sizes_are_refused_before_anything_changes(edges):
    graph = Graph.from_pairs(np.array([[1, 2]]), 2, 3)
    with pytest.raises(RuntimeError, match="edges: expected pairs .* 2 users and 3 jobs"):
        graph.load_state_dict({"edges": edges})
    assert graph.edges.tolist() == [[1, 2]]


def test_missing_edges_are_refused():
    graph = Graph.from_pairs(np.array([[1, 2]]), 2, 3)
    with pytest.raises(RuntimeError, match="edges"):
        graph.load_state_dict({})
