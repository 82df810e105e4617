"""Every decision of a log taken again from what was seen, and compared bit for bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lrcontrol.decisions.basis import Basis, Underivable, Written, rebuilt
from lrcontrol.decisions.entry import Entry
from lrcontrol.decisions.journal import moves_state
from lrcontrol.decisions.lines import Head, Unreadable, decoded

#: Why a decision is taken as told: somebody ordered it; the divergence ladder ruled so; the
#: controller decides on each record, from what only its learner sees; no head says where its state
#: stood; or the controller cannot be made again here.
Told = Literal["order", "ladder", "each record", "no state", "unknown controller"]


@dataclass
class Verdict:
    """What came of one model's decisions; ``first`` says what the first disagreement is."""

    derived: int = 0  # taken again, and equal
    told: Counter[Told] = field(default_factory=Counter)
    disagreements: int = 0
    first: str = ""
    why: str = ""  # a controller cannot be made again

    @property
    def entries(self) -> int:
        """All decisions."""
        return self.derived + self.told.total() + self.disagreements

    def disagrees(self, what: str) -> None:
        """Note a disagreement."""
        self.disagreements += 1
        self.first = self.first or what


@dataclass
class Replay:
    """What came of a whole log."""

    models: dict[str, Verdict] = field(default_factory=dict)
    missing: int = 0  # entries whose numbers are skipped
    torn: int = 0  # last lines of files that were not written to their end
    unreadable: list[str] = field(default_factory=list)  # other lines, and what is wrong with them

    @property
    def agrees(self) -> bool:
        """Whether nothing disagrees and every line could be read."""
        return not self.unreadable and not any(v.disagreements for v in self.models.values())


class Rederived:
    """Takes lines in the order in which they were written; ``replay`` is what came of them."""

    def __init__(self, allow: Collection[str] = ()) -> None:
        self.replay = Replay()
        self._allow = allow
        self._tracks: dict[str, _Track] = {}
        self._number = 0  # of the last entry, 0 where the next may have any

    def take(self, line: Entry | Head) -> None:
        """Take a line."""
        if isinstance(line, Head):
            self._head(line)
            return
        if self._number and line.number != self._number + 1:
            self.replay.missing += max(line.number - self._number - 1, 0)
            self.lose()
        self._number = line.number
        self._track(line.model).take(line)

    def lose(self) -> None:
        """Note that something is missing here: no state is known until the next head."""
        for track in self._tracks.values():
            track.lose()

    def _head(self, head: Head) -> None:
        if head.why == "began":
            self._number = 0
        for name, basis in head.models.items():
            same = head.why == "rotated" or (head.why == "began" and name in head.steps)
            self._track(name).stand(basis, self._allow, same)

    def _track(self, model: str) -> _Track:
        if model not in self._tracks:
            verdict = self.replay.models.setdefault(model, Verdict())
            self._tracks[model] = _Track(verdict)
        return self._tracks[model]


class _Track:
    """One model on its way through the log."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._basis: Basis | None = None
        self._rate: float | None = None  # in force, None where that is not known
        self._state: Any = None
        self._known = False  # whether the state is

    def lose(self) -> None:
        self._known, self._rate = False, None

    def stand(self, data: Written, allow: Collection[str], same: bool) -> None:
        """Stand where a head says; ``same`` where that is what was derived, too."""
        before, known = self._basis, self._known
        try:
            basis = self._basis = rebuilt(data, allow)
        except Underivable as error:
            self._basis, self._verdict.why = None, str(error)
            self.lose()
            return
        goes_on = same and known and before and before.controller == basis.controller
        if goes_on and repr(self._state) != repr(basis.state):
            at = f"step {basis.step}: a head has the state {basis.state!r}"
            self._verdict.disagrees(f"{at}, derived is {self._state!r}")
        self._state, self._known = basis.state, basis.derivable
        self._rate = basis.rate if basis.derivable else None

    def take(self, entry: Entry) -> None:
        """Take a decision: derive it, or look at what can be looked at."""
        told = self._told(entry)
        problem = _broken(entry) or self._gap(entry)
        if told is None and not problem:
            problem = self._derived(entry)
        elif told == "each record" and not problem:
            problem = self._outside(entry)
        if problem:
            self._verdict.disagrees(f"decision {entry.number} at step {entry.step}: {problem}")
        elif told is None:
            self._verdict.derived += 1
        else:
            self._verdict.told[told] += 1
        if moves_state(entry) or problem:
            self._known = False
        moving = self._basis is not None and not self._basis.derivable and entry.actor
        self._rate = None if moving else entry.applied

    def _told(self, entry: Entry) -> Told | None:
        if entry.actor or entry.reason == "manual":
            return "order"
        if entry.reason == "diverged":
            return "ladder"
        if self._basis is None:
            return "unknown controller" if self._verdict.why else "no state"
        if not self._basis.derivable:
            return "each record"
        return None if self._known and entry.seen is not None else "no state"

    def _gap(self, entry: Entry) -> str:
        each = self._basis is not None and not self._basis.derivable
        moved = self._rate is not None and not _same(entry.before, self._rate)
        if not moved or (each and (entry.actor or entry.reason == "manual")):
            return ""
        return f"it begins at the rate {entry.before!r}, the one before it left {self._rate!r}"

    def _outside(self, entry: Entry) -> str:
        assert self._basis is not None
        low, high = self._basis.limits.low, self._basis.limits.high
        if low <= entry.applied <= high or entry.applied == entry.before:
            return ""
        return f"it applied {entry.applied!r}, outside the limits {low!r} to {high!r}"

    def _derived(self, entry: Entry) -> str:
        basis = self._basis
        assert basis is not None
        assert entry.seen is not None
        proposal, self._state = basis.controller.update(entry.seen, self._state)
        applied, limit = basis.limits.apply(proposal.rate, entry.before)
        derived = (proposal.rate, proposal.reason, applied, limit, dict(proposal.terms))
        logged = (entry.asked, entry.reason, entry.applied, entry.limit, dict(entry.terms))
        names = ("asked", "reason", "applied", "limit", "terms")
        apart = [
            f"{name} is {has!r} in the log, derived is {is_!r}"
            for name, has, is_ in zip(names, logged, derived, strict=True)
            if not _same(has, is_)
        ]
        return "; ".join(apart)


def _broken(entry: Entry) -> str:
    before, applied = entry.before, entry.applied
    did = "raise" if applied > before else "lower" if applied < before else "keep"
    if entry.action == did:
        return ""
    return f"it says {entry.action}, the rate went from {before!r} to {applied!r}"


def _same(one: Any, other: Any) -> bool:
    # repr tells every bit of a number, and takes one NaN for another.
    return one == other or repr(one) == repr(other)


def replayed(files: Iterable[Path], allow: Collection[str] = ()) -> Replay:
    """Return what comes of replaying files of a log, oldest first. Raises OSError."""
    rederived = Rederived(allow)
    for path in files:
        with path.open("rb") as file:
            _replay_file(rederived, str(path), file)
    return rederived.replay


def _replay_file(rederived: Rederived, path: str, file: Iterable[bytes]) -> None:
    for number, line in enumerate(file, 1):
        try:
            rederived.take(decoded(line))
        except Unreadable as error:
            rederived.lose()
            if line.endswith(b"\n"):
                rederived.replay.unreadable.append(f"{path}:{number}: {error}")
            else:
                rederived.replay.torn += 1


def entries(files: Iterable[Path]) -> Iterator[Entry | Head]:
    """Return what can be read of files of a log, oldest first. Raises OSError."""
    for path in files:
        with path.open("rb") as file:
            for line in file:
                try:
                    yield decoded(line)
                except Unreadable:
                    continue
