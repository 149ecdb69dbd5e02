"""Counting patterns at some spots: first what can reach the minimum at all, then only that, without sorting.

A pattern needs one entry of each axis, so no pattern reaches the minimum at a spot where one of its entries does not
(the downward closure of Agrawal and Srikant 1994). Entries are found to reach it by counters over bit masks, and what
is left is added up in one small table per spot. Entries that mean the same visits at a spot are counted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import begins_run, expand_ranges, place_in_run, run_starts
from ..behaviors import Library, Patterns
from ..facets import Facets

_WORD_BITS = 64
_MAX_CELLS = 2_000_000


@dataclass(frozen=True)
class Layout:
    """Where the entries of who, when and what lie in as few 64-bit words as hold them: `size` entries from `shift`."""

    word: tuple[int, ...]
    shift: tuple[int, ...]
    size: tuple[int, int, int]

    @classmethod
    def of(cls, library: Library) -> Layout:
        """Return the layout of a library."""
        size = (len(library.who), len(library.when), len(library.what))
        word, shift = [0], [0]
        for before, own in zip(size[:-1], size[1:]):
            fits = shift[-1] + before + own <= _WORD_BITS
            word.append(word[-1] if fits else word[-1] + 1)
            shift.append(shift[-1] + before if fits else 0)
        return cls(tuple(word), tuple(shift), size)

    def pack(self, facets: Facets) -> list[np.ndarray]:
        """Return the masks of the facets as words."""
        words = [np.zeros(len(facets.rows), np.uint64) for _ in range(self.word[-1] + 1)]
        for word, shift, mask in zip(self.word, self.shift, (facets.who, facets.when, facets.what)):
            words[word] |= mask << np.uint64(shift)
        return words

    def axis(self, words: list[np.ndarray], axis: int) -> np.ndarray:
        """Return the mask of one axis (0 who, 1 when, 2 what), its first entry in bit 0."""
        mask = words[self.word[axis]] >> np.uint64(self.shift[axis])
        return mask if self.size[axis] == _WORD_BITS else mask & np.uint64((1 << self.size[axis]) - 1)


@dataclass(frozen=True)
class Seen:
    """Visits in windows, sorted by spot (dense numbers), window and device: `words` as packed by a Layout."""

    spot: np.ndarray
    window: np.ndarray
    device: np.ndarray
    words: list[np.ndarray]

    def take(self, rows: np.ndarray) -> Seen:
        """Return some rows, given by their numbers in order."""
        return Seen(self.spot[rows], self.window[rows], self.device[rows], [word[rows] for word in self.words])


@dataclass(frozen=True)
class _Table:
    """All patterns that can be made of the entries reaching the minimum, spot after spot.

    Per axis: `entry` int64 the entries of each spot one after the other, `start` int64 (spots,) where a spot's begin,
    `rank` int64 (spots, 64) the place of an entry among its spot's, `count` int64 (spots,). `first` int64 (spots + 1,):
    row of each spot's first pattern.
    """

    entry: list[np.ndarray]
    start: list[np.ndarray]
    rank: list[np.ndarray]
    count: list[np.ndarray]
    first: np.ndarray


@dataclass(frozen=True)
class Twins:
    """WHO entries that the very same visits of a spot match: they are counted once, under the first of them.

    `counted` uint64 (spots,): the entries that are. Entry e of spot s stands for `entry[start[64 s + e] :
    start[64 s + e + 1]]`, itself among them.
    """

    counted: np.ndarray
    entry: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, spot: np.ndarray, who: np.ndarray) -> Twins:
        """Find them among visits sorted by spot (dense numbers) with the masks `who`."""
        spots = int(spot[-1]) + 1 if len(spot) else 0
        found = np.flatnonzero(_unpacked(who))
        key = spot[found // _WORD_BITS] * np.int64(_WORD_BITS) + found % _WORD_BITS
        number = np.random.default_rng(len(who)).integers(1, 2**63, len(who), dtype=np.uint64)
        own = np.flatnonzero(np.bincount(key, minlength=spots * _WORD_BITS))
        total = _sum_numbers(key, number, found // _WORD_BITS, (spots * _WORD_BITS, 1), own)[:, 0]
        order = np.lexsort((total, own // _WORD_BITS))
        own, total = own[order], total[order]
        begins = begins_run(own // _WORD_BITS, total)
        first = own[begins][np.cumsum(begins) - 1]
        order = np.argsort(first, kind="stable")
        size = np.bincount(first, minlength=spots * _WORD_BITS)
        bits = np.packbits((size > 0).reshape(spots, _WORD_BITS), axis=1, bitorder="little")
        counted = bits.view("<u8").ravel().astype(np.uint64)
        return cls(counted, own[order] % _WORD_BITS, np.concatenate(([0], np.cumsum(size))))

    def rows_of(self, spot: np.ndarray, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return, for rows of spots and entries that were counted, (row, entry) of all entries they stand for."""
        key = spot * _WORD_BITS + who
        row, member = expand_ranges(self.start[key], self.start[key + 1])
        return row, self.entry[member]


Counted = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def count_block(
    seen: Seen, twins: Twins, layout: Layout, asked: np.ndarray, number: np.ndarray, windows: int, min_devices: int
) -> list[Counted]:
    """Return parts of spot, pattern, devices int32 (n, windows) and evidence uint64 (n, windows), sorted.

    Only patterns that reach `min_devices` in some window and are `asked` (bool per pattern) are returned. `number`
    uint64 is the random number of each device, whose sum over the devices is the evidence.
    """
    spots = int(seen.spot[-1]) + 1 if len(seen.spot) else 0
    reaching = [_reaching(seen, word, spots, min_devices) for word in seen.words]
    others = np.uint64(~((1 << layout.size[0]) - 1) & (1 << _WORD_BITS) - 1)
    reaching[0] &= twins.counted | others
    masked = [word & own[seen.spot] for word, own in zip(seen.words, reaching)]
    seen = _without_repeats(Seen(seen.spot, seen.window, seen.device, masked))
    table = _make_table(reaching, layout)
    wanted = np.searchsorted(table.first, np.arange(0, table.first[-1] * windows + _MAX_CELLS, _MAX_CELLS) // windows)
    cuts = np.unique(np.append(np.minimum(wanted, spots), spots))
    rows = np.searchsorted(seen.spot, cuts)
    return [
        _count_part(
            seen.take(np.arange(*ends)), table, (begin, end), twins, layout, asked, number, windows, min_devices
        )
        for ends, begin, end in zip(zip(rows[:-1], rows[1:]), cuts[:-1], cuts[1:])
    ]


def _count_part(
    seen: Seen, table: _Table, spots: tuple[int, int], twins: Twins, layout: Layout, asked: np.ndarray,
    number: np.ndarray, windows: int, min_devices: int,
) -> Counted:  # fmt: skip
    begin, end = (int(table.first[spot]) for spot in spots)
    cell, device = _cells(seen, table, layout, windows)
    cell -= begin * windows
    size = (end - begin) * windows
    devices = np.bincount(cell, minlength=size).reshape(-1, windows)
    kept = np.flatnonzero(devices.max(axis=1, initial=0) >= min_devices)
    spot, (who, when, what) = _patterns(table, kept + begin)
    row, who = twins.rows_of(spot, who)
    spot, pattern = spot[row], Patterns(*layout.size).number(who, when[row], what[row])
    order = np.lexsort((pattern, spot))
    order = order[asked[pattern[order]]]
    row = row[order]
    evidence = _sum_numbers(cell, number, device, (end - begin, windows), kept)
    devices = devices[kept].astype(np.int32)
    return spot[order].astype(np.int32), pattern[order].astype(np.int32), devices[row], evidence[row]


def _sum_numbers(
    cell: np.ndarray, number: np.ndarray, member: np.ndarray, shape: tuple[int, int], rows: np.ndarray
) -> np.ndarray:
    """Return the sum (modulo 2^64) of `number[member]` in each cell of some rows of a table, uint64."""
    total = np.zeros((len(rows), shape[1]), np.uint64)
    # Sums of halves of 32 bits are exact in float64 for up to two million members of a cell.
    for shift in (np.uint64(0), np.uint64(32)):
        half = ((number >> shift) & np.uint64(0xFFFFFFFF)).astype(np.float64)
        table = np.bincount(cell, half.take(member), shape[0] * shape[1]).reshape(shape)
        total += table[rows].astype(np.uint64) << shift
    return total


def _reaching(seen: Seen, word: np.ndarray, spots: int, min_devices: int) -> np.ndarray:
    """Return per spot the bits that at least `min_devices` devices have in some window, uint64 (spots,)."""
    begin = np.flatnonzero(begins_run(seen.spot, seen.window, seen.device))
    reaching = np.zeros(spots, np.uint64)
    if len(begin) == 0:
        return reaching
    mask = np.bitwise_or.reduceat(word, begin)
    start, size = run_starts(seen.spot[begin], seen.window[begin])
    order = np.flatnonzero(size >= min_devices)
    order = order[np.argsort(-size[order], kind="stable")]
    start, size = start[order], size[order]
    # counter[k]: bits seen in more than k devices so far; the largest groups first, so that those left are a slice.
    counter = [np.zeros(len(start), np.uint64) for _ in range(min_devices)]
    live = np.searchsorted(-size, -np.arange(1, int(size.max(initial=0)) + 1), "right")
    for place, count in enumerate(live.tolist()):
        own = mask[start[:count] + place]
        for level in range(min(place, min_devices - 1), 0, -1):
            counter[level][:count] |= counter[level - 1][:count] & own
        counter[0][:count] |= own
    spot = seen.spot[begin[start]]
    by_spot = np.argsort(spot, kind="stable")
    first, _ = run_starts(spot[by_spot])
    if len(first):
        reaching[spot[by_spot[first]]] = np.bitwise_or.reduceat(counter[-1][by_spot], first)
    return reaching


def _without_repeats(seen: Seen) -> Seen:
    """Drop visits whose patterns are all among those of the same device's visit just before or after in the window."""
    same = ~begins_run(seen.spot, seen.window, seen.device)[1:]
    in_last, in_next = same.copy(), same.copy()
    for word in seen.words:
        in_last &= word[1:] & ~word[:-1] == 0
        in_next &= word[:-1] & ~word[1:] == 0
    drop = np.zeros(len(seen.spot), bool)
    drop[1:] = in_last
    drop[:-1] |= in_next & ~in_last  # of two equal visits the first stays
    return seen.take(np.flatnonzero(~drop))


def _make_table(reaching: list[np.ndarray], layout: Layout) -> _Table:
    """Return the table of the entries `reaching` the minimum, words per spot."""
    entry, start, rank, count = [], [], [], []
    for axis in range(3):
        bits = _unpacked(layout.axis(reaching, axis)).reshape(-1, _WORD_BITS)
        entry.append(np.flatnonzero(bits) % _WORD_BITS)
        rank.append(np.cumsum(bits, axis=1, dtype=np.int64) - bits)
        count.append(bits.sum(axis=1, dtype=np.int64))
        start.append(np.cumsum(count[-1]) - count[-1])
    first = np.concatenate(([0], np.cumsum(count[0] * count[1] * count[2])))
    return _Table(entry, start, rank, count, first)


def _cells(seen: Seen, table: _Table, layout: Layout, windows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell (row of the table * windows + window) and device of every pattern, device and window once."""
    rows = len(seen.spot)
    lists = [_entries(seen.words, layout, axis) for axis in range(3)]
    steps = [table.rank[axis][seen.spot[row], entry] for axis, (row, entry, _) in enumerate(lists)]
    # First the pairs of when and what of each visit, then each who with all of the pairs of its visit.
    (when_row, when, _), (_, what, what_start) = lists[1], lists[2]
    owner, member = expand_ranges(what_start[when_row], what_start[when_row + 1])
    pair = (steps[1] * table.count[2][seen.spot[when_row]])[owner] + steps[2][member]
    pair_start = np.concatenate(([0], np.cumsum(np.bincount(when_row[owner], minlength=rows))))
    who_row, who, _ = lists[0]
    spot = seen.spot[who_row]
    base = (table.first[spot] + steps[0] * (table.count[1] * table.count[2])[spot]) * windows + seen.window[who_row]
    one, other = expand_ranges(pair_start[who_row], pair_start[who_row + 1])
    cell, row = base.take(one), who_row.take(one)
    cell += (pair * windows).take(other)
    place = place_in_run(run_starts(seen.spot, seen.window, seen.device)[1])
    later = np.flatnonzero((place > 0).take(row))
    one, other = one[later], other[later]
    entries = (who.take(one), when.take(owner.take(other)), what.take(member.take(other)))
    again = later[_counted_before(seen, layout, row[later], entries, place)]
    if len(again):
        fresh = np.ones(len(cell), bool)
        fresh[again] = False
        kept = np.flatnonzero(fresh)
        cell, row = cell.take(kept), row.take(kept)
    return cell, seen.device.take(row)


def _counted_before(
    seen: Seen, layout: Layout, row: np.ndarray, entries: tuple[np.ndarray, ...], place: np.ndarray
) -> np.ndarray:
    """Return which patterns, given by the `row` that has them and their entries, an earlier visit of the device has.

    `place` numbers each row among those of the same device, spot and window.
    """
    masks = [layout.axis(seen.words, axis) for axis in range(3)]
    bits = [np.uint64(1) << entry.astype(np.uint64) for entry in entries]
    left = np.arange(len(row))
    found = [left[:0]]
    for back in range(1, int(place.max(initial=0)) + 1):
        left = left.take(np.flatnonzero(place.take(row.take(left)) >= back))
        earlier = row.take(left) - back
        has = np.ones(len(left), bool)
        for mask, bit in zip(masks, bits):
            has &= mask.take(earlier) & bit.take(left) != 0
        found.append(left[has])
        left = left[~has]
    return np.concatenate(found)


def _entries(words: list[np.ndarray], layout: Layout, axis: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and entry of all entries of an axis that rows have, and where each row's begin (rows + 1,)."""
    width = -(-layout.size[axis] // 8) * 8
    found = np.flatnonzero(_unpacked(layout.axis(words, axis), width))
    row = found // width
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(words[0])))))
    return row, found - row * width, start


def _unpacked(mask: np.ndarray, width: int = _WORD_BITS) -> np.ndarray:
    """Return the lowest `width` bits (a multiple of 8) of every word one after the other, bool."""
    octets = mask.astype("<u8", copy=False).view(np.uint8).reshape(len(mask), 8)[:, : width // 8]
    return np.unpackbits(np.ascontiguousarray(octets), bitorder="little").view(bool)


def _patterns(table: _Table, row: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the spot and the entries (who, when, what) of rows of the table."""
    spot = np.searchsorted(table.first, row, "right") - 1
    rest = row - table.first[spot]
    entries = []
    for axis in range(3):
        below = np.ones(len(row), np.int64)
        for other in range(axis + 1, 3):
            below *= table.count[other][spot]
        place, rest = rest // below, rest % below
        entries.append(table.entry[axis][table.start[axis][spot] + place])
    return spot, entries
