"""Predicts the next value of a short series, with bounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Series = NDArray[np.float64]

LEAST = 3
"""The minimum number of values for a prediction."""

PERIOD = 7
"""The days of a week; weekdays are distinguished from two weeks on."""

WIDTH = 3.0
"""Half the width of the bounds over a long history, in standard deviations of the residuals."""

TOLERANCE = 0.01
"""The bounds are never closer to the expected value than this share of it: a steady series may move a little."""

CAUTION = 4.0
"""How much wider the bounds are for a short history: this over the number of values beyond those fitted."""


@dataclass(frozen=True, slots=True)
class Forecast:
    expected: float
    lower: float
    upper: float


def predict(values: Sequence[float], *, share: bool = False) -> Forecast | None:
    """The value after ``values`` (oldest first, evenly spaced), or None for fewer than three.

    Expected: the median slope between all pairs of values, continued (Theil and Sen), plus, from 14 values on, the
    median of what the same weekday deviated from that line. Bounds: the prediction interval of a line, ±3 standard
    deviations of what remains unexplained and more where the history is short; the deviation is 1.2533 times the mean
    absolute one, without the largest tenth, so that an odd day does little harm. They are never closer than 1 % of the
    expected value. Where no earlier value is negative the lower bound isn't either; a ``share`` stays in [0, 1].
    None too where values are so large that their sums are no numbers any more.
    """
    import numpy as np

    if len(values) < LEAST:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        found = _predicted(values, share)
    return found if math.isfinite(found.lower) and math.isfinite(found.upper) else None


def _predicted(values: Sequence[float], share: bool) -> Forecast:
    import numpy as np

    count = len(values)
    y = np.asarray(values, dtype=np.float64)
    t = np.arange(count, dtype=np.float64)
    first, second = np.triu_indices(count, k=1)
    slope = float(np.median((y[second] - y[first]) / (t[second] - t[first])))
    rest = y - slope * t
    level = float(np.median(rest))
    rest = rest - level
    season = 0.0
    fitted, unsure = 2, 1 / count
    if count >= 2 * PERIOD:
        weekdays = np.array([np.median(rest[day::PERIOD]) for day in range(PERIOD)])
        rest = rest - weekdays[np.arange(count) % PERIOD]
        season = float(weekdays[count % PERIOD])
        fitted, unsure = fitted + PERIOD, unsure + PERIOD / count
    expected = level + slope * count + season
    distance = (count - t.mean()) ** 2 / float(((t - t.mean()) ** 2).sum())
    free = max(count - fitted, 1)
    half = WIDTH * (1 + CAUTION / free) * _spread(rest, free) * float(np.sqrt(1 + unsure + distance))
    half = max(half, TOLERANCE * abs(expected))
    lower, upper = expected - half, expected + half
    if bool((y >= 0).all()):
        lower = max(lower, 0.0)
    if share:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Forecast(expected, lower, upper)


def _spread(rest: "Series", free: int) -> float:
    """The standard deviation of what remains, corrected for what was fitted to it."""
    import numpy as np

    count = len(rest)
    sizes = np.sort(np.abs(rest))[: count - count // 10]
    return 1.2533 * float(sizes.mean()) * float(np.sqrt(count / free))
