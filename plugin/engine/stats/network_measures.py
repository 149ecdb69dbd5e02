"""Measures of a network: centralities, clusters and shortest paths, exact and without any package beside numpy.

Shortest paths are followed from many nodes at once: distances, numbers of paths and dependencies (Brandes 2001, "A
faster algorithm for betweenness centrality") are each brought to rest along all links, which takes as many rounds as
the longest shortest path has links. Values are those of networkx.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Progress, run_starts, work_in_threads

BLOCK_ENTRIES = 1_000_000
"""So many (start, link) pairs are followed at a time by each thread: some 50 MiB of memory."""
DAMPING = 0.85
_ROUNDS, _CLOSE = 5000, 1e-12


@dataclass(frozen=True)
class Graph:
    """A network of `nodes`: rows `source`, `target` int64 and `weight` float64 > 0 of its links, both ways round
    unless it is `directed`; no link twice, none from a node to itself."""

    nodes: int
    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    directed: bool

    def lengths(self, weighted: bool) -> np.ndarray:
        """Return the length of each row: 1, or with `weighted` 1 / weight, so that strong links are short."""
        return 1.0 / self.weight if weighted else np.ones(len(self.weight))


@dataclass(frozen=True)
class Measures:
    """One value per node: `degree`, `in_degree`, `out_degree` int64 links; the centralities float64, as in networkx.

    `betweenness` and `closeness` are normalised (closeness after Wasserman and Faust, over links that come in),
    `eigenvector` has length 1 (0 throughout in a directed network without cycles), `pagerank` sums to 1. `cluster`
    int64: 1 for the largest, 0 for nodes without links.
    """

    degree: np.ndarray
    in_degree: np.ndarray
    out_degree: np.ndarray
    betweenness: np.ndarray
    closeness: np.ndarray
    eigenvector: np.ndarray
    pagerank: np.ndarray
    cluster: np.ndarray


def make_graph(nodes: int, a: np.ndarray, b: np.ndarray, weight: np.ndarray, directed: bool) -> Graph:
    """Return the graph of links from `a` to `b`; without direction each is given once."""
    if not directed:
        a, b, weight = np.concatenate((a, b)), np.concatenate((b, a)), np.concatenate((weight, weight))
    order = np.lexsort((a, b))  # by target, as the rounds gather what comes in
    source, target = (end[order].astype(np.int64) for end in (a, b))
    return Graph(nodes, source, target, weight[order].astype(np.float64), directed)


def measure(graph: Graph, weighted: bool = False, progress: Optional[Progress] = None) -> Measures:
    """Return all measures; with `weighted`, strong links are short and count more. Raises Cancelled."""
    weight = graph.weight if weighted else np.ones(len(graph.weight))
    in_degree, out_degree = (np.bincount(end, minlength=graph.nodes) for end in (graph.target, graph.source))
    betweenness, closeness = _path_measures(graph, graph.lengths(weighted), progress or Progress())
    return Measures(
        degree=in_degree + out_degree if graph.directed else in_degree,
        in_degree=in_degree,
        out_degree=out_degree,
        betweenness=betweenness,
        closeness=closeness,
        eigenvector=_eigenvector(graph, weight),
        pagerank=_pagerank(graph, weight),
        cluster=_numbered(find_clusters(graph, weight), in_degree + out_degree > 0),
    )


def shortest_path(graph: Graph, start: int, end: int, weighted: bool = False) -> np.ndarray:
    """Return the nodes (int64) of a shortest path, both ends included; empty where there is none.

    Among equally short ones it is the one that comes, seen from the end, by the nodes of the lowest numbers.
    """
    length = graph.lengths(weighted)
    distance = _distances(graph, length, np.array([start]))[:, 0]
    if not np.isfinite(distance[end]):
        return np.empty(0, np.int64)
    path = [end]
    while path[-1] != start:
        came = (graph.target == path[-1]) & _is_on_path(
            distance[graph.source] + length, distance[graph.target]
        )
        path.append(int(graph.source[came].min()))
    return np.array(path[::-1], np.int64)


def _distances(graph: Graph, length: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the distances (nodes, starts) float64, inf where there is no way."""
    distance = np.full((graph.nodes, len(starts)), np.inf)
    distance[starts, np.arange(len(starts))] = 0.0
    first, _ = run_starts(graph.target)
    if len(first) == 0:
        return distance
    node = graph.target[first]
    while True:
        way = distance[graph.source]
        way += length[:, None]
        nearest = np.minimum.reduceat(way, first, axis=0)
        known = distance[node]
        if not (nearest < known).any():
            return distance
        distance[node] = np.minimum(known, nearest)


def _is_on_path(way: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return where a way is as short as the distance, to the last digits, which depend on the order of sums."""
    with np.errstate(invalid="ignore"):
        return np.abs(way - distance) <= 1e-12 * distance


def _path_measures(graph: Graph, length: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Return betweenness and closeness of each node."""
    nodes = graph.nodes
    betweenness, far, reached = (np.zeros(nodes) for _ in range(3))
    block = max(1, BLOCK_ENTRIES // max(1, len(graph.source)))

    def follow(begin: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        starts = np.arange(begin, min(begin + block, nodes))
        distance = _distances(graph, length, starts)
        known = np.isfinite(distance)
        dependency = _dependencies(graph, length, starts, distance)
        return dependency, np.where(known, distance, 0.0).sum(axis=1), known.sum(axis=1)

    begins = range(0, nodes, block)
    for begin, found in zip(begins, work_in_threads(follow, begins)):
        progress.step("Following shortest paths", begin / nodes)
        betweenness += found[0]
        far += found[1]
        reached += found[2]
    others = max(nodes - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        closeness = np.where(far > 0, (reached - 1) ** 2 / (far * others), 0.0)
    return betweenness / max(others * (nodes - 2), 1), closeness


def _dependencies(graph: Graph, length: np.ndarray, starts: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return how much of the shortest paths from `starts` leads over each node, ends left out (Brandes 2001)."""
    if len(graph.source) == 0:
        return np.zeros(graph.nodes)
    way = distance[graph.source]
    way += length[:, None]
    on_path = _is_on_path(way, distance[graph.target])
    columns = np.arange(len(starts))
    alone = np.zeros(distance.shape)
    alone[starts, columns] = 1.0
    paths = _at_rest(alone, graph.source, graph.target, on_path)
    back = np.argsort(graph.source, kind="stable")
    # With the share (1 + dependency) / paths of a node, its dependency is paths x the sum of the shares behind it.
    with np.errstate(divide="ignore"):
        one = np.where(paths > 0, 1.0 / paths, 0.0)
    share = _at_rest(one, graph.target[back], graph.source[back], on_path[back])
    dependency = np.where(paths > 0, share * paths - 1.0, 0.0)
    dependency[starts, columns] = 0.0
    return dependency.sum(axis=1)


def _at_rest(fixed: np.ndarray, come: np.ndarray, go: np.ndarray, on_path: np.ndarray) -> np.ndarray:
    """Return values (nodes, starts) that are `fixed` plus the sum of those of `come` over the rows on a path to `go`.

    `go` rises.
    """
    first, _ = run_starts(go)
    node = go[first]
    value = fixed
    while True:
        found = fixed.copy()
        gained = value[come]
        gained *= on_path
        found[node] += np.add.reduceat(gained, first, axis=0)
        if np.array_equal(found, value):
            return found
        value = found


def _eigenvector(graph: Graph, weight: np.ndarray) -> np.ndarray:
    """Return eigenvector centrality (Bonacich 1987) by power iteration; shifted, so that it settles on any network."""
    value = np.full(graph.nodes, 1.0 / np.sqrt(max(graph.nodes, 1)))
    if len(weight) == 0:
        return np.zeros(graph.nodes)
    shift = 0.5 * float(weight.sum()) / graph.nodes
    for _ in range(_ROUNDS):
        came = np.bincount(graph.target, weight * value[graph.source], graph.nodes)
        found = came + shift * value
        found /= np.linalg.norm(found)
        is_settled = np.abs(found - value).max() < _CLOSE
        value = found
        if is_settled:
            break
    growth = float(np.linalg.norm(np.bincount(graph.target, weight * value[graph.source], graph.nodes)))
    # A cycle makes it grow at least by its weakest link; without one it would in the end be 0.
    return value if growth > 0.1 * weight.min() else np.zeros(graph.nodes)


def _pagerank(graph: Graph, weight: np.ndarray) -> np.ndarray:
    """Return PageRank (Page and Brin 1998) with damping 0.85; nodes that lead nowhere lead to all."""
    if graph.nodes == 0:
        return np.empty(0)
    value = np.full(graph.nodes, 1.0 / graph.nodes)
    out = np.bincount(graph.source, weight, graph.nodes)
    share = weight / out[graph.source]
    for _ in range(_ROUNDS):
        flow = np.bincount(graph.target, share * value[graph.source], graph.nodes)
        found = DAMPING * (flow + value[out == 0].sum() / graph.nodes) + (1.0 - DAMPING) / graph.nodes
        is_settled = np.abs(found - value).sum() < _CLOSE
        value = found
        if is_settled:
            break
    return value


def find_clusters(graph: Graph, weight: np.ndarray) -> np.ndarray:
    """Return a cluster number (int64, from 0) per node that makes modularity high; directions do not count.

    Louvain method (Blondel et al. 2008) with nodes always in the same order, so that it gives the same every time. The
    loop is over nodes, of which a network has few.
    """
    label = np.arange(graph.nodes)
    source, target = np.concatenate((graph.source, graph.target)), np.concatenate((graph.target, graph.source))
    weight, nodes = np.concatenate((weight, weight)), graph.nodes
    while True:
        order = np.argsort(source, kind="stable")
        group = np.unique(_moved(source[order], target[order], weight[order], nodes), return_inverse=True)[1]
        label = group[label]
        count = int(group.max(initial=-1)) + 1
        if count == nodes:
            return label
        key, back = np.unique(group[source] * count + group[target], return_inverse=True)
        source, target, weight, nodes = key // count, key % count, np.bincount(back, weight), count


def _moved(source: np.ndarray, target: np.ndarray, weight: np.ndarray, nodes: int) -> np.ndarray:
    """Return the group of each node after moving nodes, one by one, to where modularity gains most; `source` rises."""
    group = np.arange(nodes)
    strength = np.bincount(source, weight, nodes)
    inside, total = strength.copy(), strength.sum()
    border = np.searchsorted(source, np.arange(nodes + 1))
    has_moved = True
    while has_moved:
        has_moved = False
        for node in np.flatnonzero(strength):
            rows = np.arange(border[node], border[node + 1])
            rows = rows[target[rows] != node]
            own = group[node]
            inside[own] -= strength[node]
            choice, back = np.unique(np.append(group[target[rows]], own), return_inverse=True)
            links = np.bincount(back, np.append(weight[rows], 0.0))
            gain = links - inside[choice] * strength[node] / total
            best = int(choice[gain.argmax()])
            if gain.max() <= gain[choice == own][0] + 1e-10 * total:
                best = own
            inside[best] += strength[node]
            group[node] = best
            has_moved |= best != own
    return group


def _numbered(cluster: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """Return clusters numbered from 1 by falling size, 0 for nodes without links."""
    size = np.bincount(cluster[linked], minlength=int(cluster.max(initial=0)) + 1)
    number = np.empty(len(size), np.int64)
    number[np.argsort(-size, kind="stable")] = np.arange(1, len(size) + 1)
    return np.where(linked, number[cluster], 0)
