"""Measures of networks against networkx, against results known by hand, and on networks that are empty or in parts."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.engine.stats import network_measures
from sitelight.plugin.engine.stats.network_measures import Graph, find_clusters, make_graph, measure, shortest_path


def graph_of(network: nx.Graph) -> Graph:
    edges = [(a, b, data.get("weight", 1.0)) for a, b, data in network.edges(data=True)]
    a, b, weight = (np.array(values) for values in zip(*edges)) if edges else (np.empty(0, int),) * 3
    return make_graph(network.number_of_nodes(), a, b, weight, network.is_directed())


def random_network(seed: int) -> nx.Graph:
    rng = np.random.default_rng(shifted(seed))
    nodes, share = int(rng.integers(1, 25)), rng.choice([0.05, 0.15, 0.5, 1.0])
    network = nx.gnp_random_graph(nodes, share, seed=seed, directed=bool(rng.integers(0, 2)))
    for a, b in network.edges:
        network[a][b]["weight"] = float(rng.choice([1.0, 2.0, 4.0, 8.0]))
        network[a][b]["length"] = 1.0 / network[a][b]["weight"]
    return network


def values(found: dict) -> list[float]:
    return [found[node] for node in sorted(found)]


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([1, 40, 10**6]))
def test_measures_are_those_of_networkx(seed, weighted, block):
    network = random_network(seed)
    whole = network_measures.BLOCK_ENTRIES
    try:
        network_measures.BLOCK_ENTRIES = block
        found = measure(graph_of(network), weighted)
    finally:
        network_measures.BLOCK_ENTRIES = whole
    length, weight = ("length", "weight") if weighted else (None, None)
    np.testing.assert_allclose(found.betweenness, values(nx.betweenness_centrality(network, weight=length)), atol=1e-12)
    np.testing.assert_allclose(found.closeness, values(nx.closeness_centrality(network, distance=length)), atol=1e-12)
    pagerank = nx.pagerank(network, weight=weight, tol=1e-14, max_iter=2000)
    np.testing.assert_allclose(found.pagerank, values(pagerank), atol=1e-9)
    assert found.degree.tolist() == [degree for _, degree in network.degree()]
    if network.is_directed():
        assert found.in_degree.tolist() == [degree for _, degree in network.in_degree()]
        assert found.out_degree.tolist() == [degree for _, degree in network.out_degree()]


def test_measures_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(network_measures, "BLOCK_ENTRIES", 200)
    network = nx.gnp_random_graph(60, 0.1, seed=3)
    for number, (a, b) in enumerate(network.edges):
        network[a][b]["weight"] = 1.0 + number % 7 / 3.0
    graph, found = graph_of(network), []
    for number in (1, 2, 5):
        monkeypatch.setattr("sitelight.plugin.engine.base.threads.THREADS", number)
        found.append(measure(graph, True))
    for name, values_of_one in vars(found[0]).items():
        for other in found[1:]:
            np.testing.assert_array_equal(values_of_one, getattr(other, name), err_msg=name)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.booleans())
def test_eigenvector_centrality_is_that_of_networkx_where_it_is_unique(seed, weighted):
    network = random_network(seed)
    is_whole = nx.is_strongly_connected(network) if network.is_directed() else nx.is_connected(network)
    found = measure(graph_of(network), weighted).eigenvector
    if network.number_of_nodes() > 2 and is_whole:
        wanted = values(nx.eigenvector_centrality_numpy(network, weight="weight" if weighted else None))
        np.testing.assert_allclose(found, np.abs(wanted), atol=1e-6)


def test_a_path_and_a_star_worked_out_by_hand():
    path = measure(make_graph(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3), False))
    assert path.betweenness.tolist() == pytest.approx([0, 2 / 3, 2 / 3, 0])
    assert path.closeness.tolist() == pytest.approx([3 / 6, 3 / 4, 3 / 4, 3 / 6])
    star = measure(make_graph(5, np.zeros(4, int), np.arange(1, 5), np.ones(4), False))
    assert star.betweenness.tolist() == [1, 0, 0, 0, 0]
    assert star.eigenvector.tolist() == pytest.approx([np.sqrt(0.5), *[np.sqrt(0.125)] * 4])
    assert star.degree.tolist() == [4, 1, 1, 1, 1]


def test_florentine_families_as_published():
    """Padgett and Ansell 1993; betweenness and closeness as in Wasserman and Faust 1994."""
    network = nx.florentine_families_graph()
    names = list(network)
    found = measure(graph_of(nx.convert_node_labels_to_integers(network)))
    assert names[int(found.betweenness.argmax())] == names[int(found.closeness.argmax())] == "Medici"
    assert found.betweenness.max() == pytest.approx(0.522, abs=0.0005)
    assert found.closeness.max() == pytest.approx(0.560, abs=0.0005)


def test_strong_links_are_short_when_weights_count():
    graph = make_graph(4, np.array([0, 1, 0, 2]), np.array([1, 3, 2, 3]), np.array([1.0, 1.0, 10.0, 10.0]), False)
    assert shortest_path(graph, 0, 3).tolist() == [0, 1, 3]
    assert shortest_path(graph, 0, 3, weighted=True).tolist() == [0, 2, 3]
    assert measure(graph, True).betweenness.tolist() == pytest.approx([1 / 6, 0, 1 / 3, 1 / 6])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.booleans())
def test_shortest_paths_are_as_short_as_those_of_networkx(seed, weighted):
    network = random_network(seed)
    rng = np.random.default_rng(seed)
    start, end = (int(node) for node in rng.integers(0, network.number_of_nodes(), 2))
    path = shortest_path(graph_of(network), start, end, weighted).tolist()
    length = "length" if weighted else None
    if not nx.has_path(network, start, end):
        assert path == []
        return
    assert (path[0], path[-1]) == (start, end)
    covered = sum(network[a][b]["length"] if weighted else 1.0 for a, b in zip(path, path[1:]))
    assert covered == pytest.approx(nx.shortest_path_length(network, start, end, weight=length))
    assert all(network.has_edge(a, b) for a, b in zip(path, path[1:]))


def modularity(network: nx.Graph, label: np.ndarray) -> float:
    return nx.community.modularity(network, [set(np.flatnonzero(label == one).tolist()) for one in np.unique(label)])


def test_planted_clusters_are_found():
    rng = np.random.default_rng(shifted(77))
    network = nx.planted_partition_graph(4, 25, 0.6, 0.02, seed=shifted(77))
    shuffled = rng.permutation(100)
    network = nx.relabel_nodes(network, dict(enumerate(shuffled.tolist())))
    network = nx.Graph(sorted(network.edges))
    network.add_nodes_from(range(100))
    graph = graph_of(network)
    found = measure(graph).cluster
    planted = np.empty(100, int)
    planted[shuffled] = np.arange(100) // 25
    pairs = {(a, b) for a, b in zip(found.tolist(), planted.tolist())}
    assert len(pairs) == 4
    assert sorted(set(found.tolist())) == [1, 2, 3, 4]


def test_the_karate_club_reaches_the_modularity_that_is_known():
    """Zachary 1977; the best known partition has 0.4198 (Brandes et al. 2008)."""
    club = nx.karate_club_graph()
    for a, b in club.edges:
        club[a][b]["weight"] = 1.0
    label = find_clusters(graph_of(club), np.ones(2 * club.number_of_edges()))
    assert modularity(club, label) > 0.40


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_clusters_never_reach_over_parts_and_are_as_good_as_greedy_ones(seed):
    network = random_network(seed).to_undirected()
    graph = graph_of(network)
    label = find_clusters(graph, graph.weight)
    part = {node: number for number, nodes in enumerate(nx.connected_components(network)) for node in nodes}
    for one in np.unique(label):
        assert len({part[node] for node in np.flatnonzero(label == one)}) == 1
    if network.number_of_edges():
        greedy = nx.community.greedy_modularity_communities(network, weight="weight")
        assert modularity(network, label) >= nx.community.modularity(network, greedy) - 0.1
    numbers = measure(graph, True).cluster
    assert (numbers[np.array([degree for _, degree in network.degree()]) == 0] == 0).all()
    sizes = np.bincount(numbers, minlength=1)[1:].tolist()
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("directed", [False, True])
def test_networks_without_links_or_nodes(directed):
    for nodes in (0, 1, 3):
        found = measure(make_graph(nodes, np.empty(0, int), np.empty(0, int), np.empty(0), directed))
        assert found.betweenness.tolist() == found.closeness.tolist() == found.eigenvector.tolist() == [0.0] * nodes
        assert found.cluster.tolist() == [0] * nodes
        assert found.pagerank.sum() == pytest.approx(1.0 if nodes else 0.0)


def test_a_directed_network_without_cycles_has_no_eigenvector_centrality():
    found = measure(make_graph(4, np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3]), np.ones(4), True))
    assert found.eigenvector.tolist() == [0.0] * 4
    assert found.pagerank.argmax() == 3
