"""Id vectors over the graph: who has one, and what a pair that is learned from may know of itself."""

import numpy as np
import pytest
import torch

from lgir.nets.collaboration import Collaboration
from lgir.nets.graph import Graph

PAIRS = np.array([[2, 1], [0, 0], [0, 1], [1, 0], [2, 2], [1, 2], [3, 2]])


@pytest.fixture
def net():
    torch.manual_seed(0)
    found = Collaboration(5, 4, dim=6, layers=2, least=1)
    found.take_edges(PAIRS)
    return found.eval()


def expected(net, pairs):
    return Graph.from_pairs(pairs, 5, 4).propagate(net.E_user.weight, net.E_job.weight, 2)


def assert_equal_pair(found, wanted, net):
    """Users as they are; jobs without any edge in the whole graph have no vector."""
    torch.testing.assert_close(found[0].detach(), wanted[0].detach())
    torch.testing.assert_close(found[1].detach(), wanted[1].detach() * (net.graph.job_degrees > 0)[:, None])


def test_every_pair_knows_its_edge(net):
    places = net.take_edges(PAIRS)
    assert net.graph.edges[torch.from_numpy(places)].tolist() == PAIRS.tolist()


def test_vectors_are_propagated_and_kept_until_weights_move(net):
    users, jobs = net.propagated()
    for found, wanted in zip((users, jobs), expected(net, PAIRS), strict=True):
        torch.testing.assert_close(
            found, wanted.detach() if found is users else wanted * (net.graph.job_degrees > 0)[:, None]
        )
    assert net.propagated()[0] is users
    net.load_state_dict({**net.state_dict(), "E_user.weight": net.E_user.weight.detach() + 1})
    assert not torch.equal(net.propagated()[0], users)


def test_rare_jobs_have_no_vector(net):
    rare = Collaboration(5, 4, dim=6, layers=2, least=3)
    rare.take_edges(PAIRS)
    jobs = rare.eval().propagated()[1]
    degrees = np.bincount(PAIRS[:, 1], minlength=4)
    assert (jobs.abs().sum(dim=1) > 0).tolist() == (degrees >= 3).tolist()


def test_unseen_jobs_are_zero_and_unseen_people_follow_their_history(net):
    assert net.jobs(torch.tensor([-1, 1]))[0].abs().sum() == 0
    rows, history = torch.tensor([-1, 0, -1]), torch.tensor([0, 1, 0, 1])
    e = net.users(rows, history, torch.tensor([0, 2, 4, 4]))
    known = net.propagated()[0][0]
    torch.testing.assert_close(e[1], known)
    # the same history without a row: all but layer 0
    torch.testing.assert_close(e[0], known - net.E_user.weight[0].detach() / 3)
    assert e[2].abs().sum() == 0


def test_the_pairs_that_are_learned_from_are_out_of_the_graph(net):
    left = net.take_edges(PAIRS)[:2]
    nobody = torch.zeros(0, dtype=torch.int64)
    found = net.without(torch.from_numpy(left), nobody, torch.Generator())
    for one, wanted in zip(found, expected(net, PAIRS[2:]), strict=True):
        torch.testing.assert_close(
            one.detach(), wanted.detach() * (1 if one is found[0] else (net.graph.job_degrees > 0)[:, None])
        )


def test_a_negative_job_loses_one_edge_too(net, monkeypatch):
    seen = []
    subgraph = Graph.subgraph
    monkeypatch.setattr(Graph, "subgraph", lambda graph, kept: seen.append(kept) or subgraph(graph, kept))
    places = torch.from_numpy(net.take_edges(PAIRS))
    lost = set()
    for seed in range(30):
        seen.clear()
        net.without(places[:1], torch.tensor([2, 2, 3]), torch.Generator().manual_seed(seed))
        gone = {tuple(edge) for edge in net.graph.edges[~seen[0]].tolist()}
        assert tuple(PAIRS[0]) in gone
        others = gone - {tuple(PAIRS[0])}
        # job 2 loses one of its three edges, job 3 has none to lose
        assert len(others) == 1
        assert next(iter(others))[1] == 2
        lost |= others
    assert len(lost) == 3
