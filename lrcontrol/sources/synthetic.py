"""The ``synthetic`` source: streams made up on the spot, by River or by us with drift."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from lrcontrol.checks import Count, Invalid, Natural, Positive, Range, check
from lrcontrol.decode import Decoder, Untouched
from lrcontrol.sources.base import Source, SourceFailed
from lrcontrol.sources.drifting import Drift, Drifting, Schedule, Truth
from lrcontrol.sources.iterated import Iterated, Records
from lrcontrol.sources.options import wrapped
from lrcontrol.sources.pairs import chosen, records, single_output

#: exp(709) is the largest that a float holds; River takes exp(4 * position / width) of its drift.
LARGEST_EXPONENT = 709


@dataclass(frozen=True)
class Synthetic:
    """Records that are computed, the same ones for the same seed, without end unless ``limit``.

    Either a generator of River (``generator``, ``arguments``) or our own ``stream``: standard
    normal features x, a target from s = w.x + noise with standard normal weights w, and a change
    of that truth on schedule. Going on at a position is at once for a ``stream``; a generator
    computes all records before it again.

    >>> records = Synthetic(seed=1, stream="linear", features=2).build()
    >>> records.open({})
    >>> records.poll(1, 0).messages[0].y
    1.3860140

    Parameters
    ----------
    seed
        Any whole number; sets everything random here.
    generator
        A class in ``river.datasets.synth``, such as ``Friedman``, ``SEA``, ``Agrawal``.
    arguments
        The generator's own arguments, numbers and strings; not its seeds.
    stream
        ``linear`` (the target is s) or ``logistic`` (the target is whether s > 0).
    features
        Features of a stream.
    noise
        Standard deviation of the noise in s; the features' part has that of sqrt(features).
    drift
        What changes in a stream: ``abrupt`` other weights from ``at`` on; ``gradual`` other weights
        in more and more records, all of them ``width`` records after ``at``; ``recurring`` other
        weights from ``at`` on for ``every`` records, then the first again, and so on;
        ``scale_change`` all features times ``factor`` from ``at`` on (their unit changes, the
        target does not); ``label_noise`` the noise times ``factor`` from ``at`` on; ``none``.
    at
        Record at which the drift begins.
    width
        Records over which a gradual drift goes on.
    every
        Records after which a recurring drift changes back or forth.
    factor
        How much larger the features or the noise become.
    speed
        Records a second at most; as fast as possible where not given.
    limit
        Records after which the stream ends, those before a restart included.
    """

    seed: int
    generator: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    stream: Truth | None = None
    features: Count = 10
    noise: Annotated[float, Range(at_least=0)] = 0.1
    drift: Drift = "none"
    at: Natural = 5000
    width: Count = 1000
    every: Count = 5000
    factor: Positive = 10.0
    speed: Positive | None = None
    limit: Count | None = None

    def __post_init__(self) -> None:
        both = self.generator is not None and self.stream is not None
        neither = self.generator is None and self.stream is None
        drifts = self.stream is None and self.drift != "none"
        check(
            self,
            ("stream", both, "leave it out where there is a generator"),
            ("stream", neither, "give a stream (linear or logistic) or a generator of River"),
            (
                "drift",
                drifts,
                "only a stream drifts on schedule; a generator has its own arguments",
            ),
            ("arguments", bool(self.arguments) and not self.generator, "only for a generator"),
        )

    def build(self) -> Source:
        """Return the source, not yet open."""
        name = self.generator or self.stream or ""
        return wrapped(lambda: Iterated(name, self._load), speed=self.speed, limit=self.limit)

    def decoder(self) -> Decoder:
        """Return what hands its records on."""
        return Untouched()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say what River would refuse; imports River where a generator of it is asked for."""
        try:
            if self.generator:
                _generator(self.generator, self.arguments, self.seed)
        except Invalid as error:
            yield from error.problems

    def _load(self) -> Records:
        if self.stream:
            schedule = Schedule(self.drift, self.at, self.width, self.every, self.factor)
            own = Drifting(self.stream, self.features, self.noise, self.seed, schedule)
            return Records(own.after)
        try:
            found = _generator(str(self.generator), self.arguments, self.seed)
        except Invalid as error:
            raise SourceFailed(str(error)) from error
        return Records(lambda position: records(found, position), found.n_samples)


def _generator(name: str, arguments: dict[str, Any], seed: int) -> Any:
    """Return River's generator with all its seeds set. Raises Invalid."""
    from river.datasets import synth  # seconds to import; only who uses it waits

    kind = chosen(synth, "generator", name)
    known = inspect.signature(kind).parameters
    for key in arguments:
        if key.startswith("seed"):
            raise Invalid(("arguments", f"{key} is set by seed: {seed}; leave it out"))
        if key not in known:
            raise Invalid(("arguments", f"{name} has no {key!r}; it has {', '.join(known)}"))
    seeds = {key: seed for key in known if key.startswith("seed")}
    try:
        found = kind(**arguments, **seeds)
    except (TypeError, ValueError, AttributeError) as error:
        raise Invalid(("arguments", f"{name} refuses them: {error}")) from error
    single_output(found, "generator")
    if {"position", "width"} <= set(known):  # ConceptDriftStream alone has both
        _check_exponent(found.position, found.width)
    return found


def _check_exponent(position: int, width: int) -> None:
    if 4 * position > LARGEST_EXPONENT * width:
        least = 4 * position // LARGEST_EXPONENT
        raise Invalid(
            (
                "arguments",
                f"width: must be > {least}, or River's exp(4 * position / width) overflows; "
                f"got {width}",
            )
        )
