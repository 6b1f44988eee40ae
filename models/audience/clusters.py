"""Groups of people who behave alike, found by nobody's definition: online k-means over features.

The first outcomes are kept until there are enough to begin from (k-means++, the best of a few
tries, then Lloyd's steps); from then on River's `KMeans` moves the nearest centre a little towards
each outcome, in units of River's `StandardScaler`. A cluster keeps its number for as long as its
centre lives: centres move, and are never dealt out anew. All of it is numbers, stored as such.

Drift is what moved lately against what is usual, both as decayed averages: the shares of the
clusters (population stability index), and their centres.

Sources: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007; D.
Sculley, "Web-scale k-means clustering", WWW 2010; N. Siddiqi, "Credit Risk Scorecards", 2006.
"""

from collections.abc import Mapping, Sequence
from math import dist, exp2, isfinite, log, sqrt
from typing import Any, NamedTuple

import msgspec
from river import cluster, preprocessing

from models.audience.seeding import first_centres
from models.decision.features import NAMES, TRAITS

COUNT = 6
"""Clusters, unless the settings say otherwise."""
UNKNOWN = -1
"""The cluster of who is in none, as long as none are known."""

_PLACES = tuple(NAMES.index(name) for name in TRAITS)

FIRST = 300
"""Outcomes to begin from."""
_STEP = 0.01
"""Share of the way to an outcome that the nearest centre goes."""
_USUAL_STEP = 0.0005
"""The same for a centre's usual place, which follows the centre."""
_LATELY, _USUALLY = exp2(-1.0 / 512.0), exp2(-1.0 / 8_192.0)
"""What is left of a count after another outcome: half after 512, and half after 8,192."""
_HELD = 0.5
"""Added to each cluster's count, so that an empty one has a share."""

Point = list[float]


class Drift(NamedTuple):
    """By how much what is lately so has left what is usual.

    Attributes:
        shares: Population stability index of the clusters' shares; by rule of thumb below .1 is
            none, above .25 is much.
        centres: How far centres are from their usual places, as a root mean square over features,
            in standard deviations; weighted by the clusters' usual shares.
    """

    shares: float
    centres: float


class Stored(msgspec.Struct, array_like=True):
    """All there is to store; either the first outcomes or the centres are there."""

    count: int = COUNT
    first: list[Point] = []
    seen: int = 0
    means: Point = []
    variances: Point = []
    centres: list[Point] = []
    places: list[Point] = []
    lately: Point = []
    usually: Point = []

    def sound(self) -> bool:
        """Whether it is something that was stored: of the right shape, all numbers finite."""
        width, count = len(TRAITS), len(self.centres)
        points = [*self.first, *self.centres, *self.places]
        scales = [self.means, self.variances] if self.seen else []
        numbers = [n for line in (*points, *scales, self.lately, self.usually) for n in line]
        return (
            all(len(point) == width for point in (*points, *scales))
            and count in (0, self.count)
            and {len(self.places), len(self.lately), len(self.usually)} == {count}
            and all(map(isfinite, numbers))
            and min([0.0, *self.variances, *self.lately, *self.usually]) == 0.0
        )


class Clusters:
    """The clusters, as the trainer keeps them and workers read them.

    Args:
        count: How many there are to be.
    """

    def __init__(self, count: int = COUNT) -> None:
        self.count = count
        self._first: list[Point] = []
        self._scaler = preprocessing.StandardScaler()
        self._means: Any = cluster.KMeans(n_clusters=count, halflife=_STEP, seed=0)
        self._means.centers = {}
        self._places: list[Point] = []
        self._lately: Point = []
        self._usually: Point = []
        self._ready: tuple[list[tuple[float, float]], list[Point]] | None = None

    @property
    def known(self) -> bool:
        """Whether there are clusters yet."""
        return bool(self._places)

    def learn(self, features: Mapping[str, float]) -> None:
        """Learn from an outcome's features, by name; what is missing counts as 0."""
        traits = {name: features.get(name, 0.0) for name in TRAITS}
        self._ready = None
        self._scaler.learn_one(traits)
        if not self.known:
            self._first.append(list(traits.values()))
            if len(self._first) >= FIRST:
                self._begin()
            return
        nearest = self._means.learn_predict_one(self._scaler.transform_one(traits))
        centre, place = self._means.centers[nearest], self._places[nearest]
        for number, name in enumerate(TRAITS):
            place[number] += _USUAL_STEP * (centre[name] - place[number])
        for counts, left in ((self._lately, _LATELY), (self._usually, _USUALLY)):
            for number in range(self.count):
                counts[number] *= left
            counts[nearest] += 1.0

    def _begin(self) -> None:
        scaled = [
            list(self._scaler.transform_one(dict(zip(TRAITS, point, strict=True))).values())
            for point in self._first
        ]
        centres, sizes = first_centres(scaled, self.count)
        self._means.centers = {
            number: dict(zip(TRAITS, centre, strict=True)) for number, centre in enumerate(centres)
        }
        self._places = [list(centre) for centre in centres]
        self._lately, self._usually, self._first = list(sizes), list(sizes), []

    def nearest(self, thousandths: Sequence[int]) -> int:
        """The cluster of a person by features as a pending decision keeps them, or `UNKNOWN`.

        Args:
            thousandths: In the order of `models.decision.features.NAMES`.
        """
        if not self._places:
            return UNKNOWN
        if self._ready is None:
            self._ready = self._scales(), [list(c.values()) for c in self._means.centers.values()]
        scales, centres = self._ready
        point = [
            (thousandths[place] / 1000.0 - mean) * scale
            for place, (mean, scale) in zip(_PLACES, scales, strict=True)
        ]
        distances = [dist(centre, point) for centre in centres]
        return distances.index(min(distances))

    def _scales(self) -> list[tuple[float, float]]:
        means, variances = self._scaler.means, self._scaler.vars
        return [(means[n], 1.0 / sqrt(variances[n]) if variances[n] else 0.0) for n in TRAITS]

    def drift(self) -> Drift:
        """By how much what is lately so has left what is usual; 0 while nothing is known."""
        if not self.known:
            return Drift(0.0, 0.0)
        now, usual = _shares(self._lately), _shares(self._usually)
        stability = sum((n - u) * log(n / u) for n, u in zip(now, usual, strict=True))
        moved = (
            dist(list(centre.values()), place)
            for centre, place in zip(self._means.centers.values(), self._places, strict=True)
        )
        by_share = sum(u * way for u, way in zip(usual, moved, strict=True))
        return Drift(stability, by_share / sqrt(len(TRAITS)))

    def to_stored(self) -> Stored:
        """All of it as numbers."""
        scaler, seen = self._scaler, self._scaler.counts[TRAITS[0]]
        return Stored(
            self.count,
            self._first,
            seen,
            [float(scaler.means[name]) for name in TRAITS] if seen else [],
            [float(scaler.vars[name]) for name in TRAITS] if seen else [],
            [list(centre.values()) for centre in self._means.centers.values()],
            self._places,
            self._lately,
            self._usually,
        )

    @classmethod
    def from_stored(cls, stored: Stored) -> "Clusters":
        """The clusters that `to_stored` gave; they learn and assign on exactly as those would."""
        clusters = cls(stored.count)
        clusters._first, clusters._places = stored.first, stored.places
        clusters._lately, clusters._usually = stored.lately, stored.usually
        centres = enumerate(stored.centres)
        clusters._means.centers = {n: dict(zip(TRAITS, c, strict=True)) for n, c in centres}
        if stored.seen:
            scaler = clusters._scaler
            scaler.counts.update(dict.fromkeys(TRAITS, stored.seen))
            scaler.means.update(zip(TRAITS, stored.means, strict=True))
            scaler.vars.update(zip(TRAITS, stored.variances, strict=True))
        return clusters


def _shares(counts: Point) -> Point:
    total = sum(counts) + _HELD * len(counts)
    return [(count + _HELD) / total for count in counts]
