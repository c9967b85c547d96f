"""Repeatable randomness: each draw depends only on the seed, a name and the film's number."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import gcd
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.uint64]


@dataclass(frozen=True)
class Draws:
    """Random values of the films, by the name of the draw; arrays are in the films' order."""

    films: Numbers
    seed: int

    def bits(self, name: str) -> Numbers:
        """64 random bits per film."""
        # splitmix64: equal quality whatever the numbers, and the same on every machine.
        z = self.films * np.uint64(0x9E3779B97F4A7C15) + np.uint64(self._key(name))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    def below(self, name: str, bound: int) -> Numbers:
        """A random number per film, 0 to bound - 1."""
        return self.bits(name) % np.uint64(bound)

    def pick(self, name: str, choices: Sequence[str | None]) -> pl.Series:
        """A random choice per film; a choice listed twice comes twice as often."""
        return take(choices, self.below(name, len(choices)))

    def spread(self, name: str, slots: int, ratio: float) -> Numbers:
        """A slot per film, 0 to slots - 1: any run of films is spread evenly, and no slot repeats within `slots` films.

        `ratio` is an irrational number between 0 and 1; spreads of different ratios do not follow each other.
        """
        step = round(slots * ratio)
        while gcd(step, slots) != 1:
            step += 1
        start = self._key(name) % slots
        return (self.films % np.uint64(slots) * np.uint64(step) + np.uint64(start)) % np.uint64(slots)

    def _key(self, name: str) -> int:
        return int.from_bytes(blake2b(f"{self.seed}/{name}".encode(), digest_size=8).digest())


def take(choices: Sequence[str | None], positions: Numbers) -> pl.Series:
    """The choices at the positions."""
    return pl.Series(choices, dtype=pl.String).gather(pl.Series(positions.astype(np.uint32)))


def digits(numbers: Numbers, sizes: Sequence[int]) -> list[Numbers]:
    """Each number as digits of the given sizes, lowest first: below their product, different numbers differ."""
    found = []
    for size in sizes:
        found.append(numbers % np.uint64(size))
        numbers = numbers // np.uint64(size)
    return found
