"""What a checkpoint holds, and how it becomes the sections of a frame and models again.

One file holds everything, so that state and position are of one instant and can never disagree.
Writing has three parts for three places: ``pack`` between two records on the thread that learns,
``prove`` and ``frame.seal`` on another one, for they work on bytes alone.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from lrcontrol._version import __version__
from lrcontrol.checkpoint import exact, pickling, portable, probe, state, unpickling
from lrcontrol.checkpoint.frame import Frame, unseal
from lrcontrol.checkpoint.unusable import Unusable

#: What has to be equal for the pickled models to be read; the rest is for people.
BINDING = ("river", "numpy", "python", "machine")
#: Read once: the metadata of a package is a file.
RIVER = version("river")
#: What is said to be wrong where it is the disk's fault or an attacker's, and not a person's.
_DAMAGED = "the section is authentic and not readable"


class Checkpoint(NamedTuple):
    """Everything that a restart needs.

    ``meta`` is plain data: ``config`` (digest of the configuration), ``step``, ``positions``
    (source -> origin -> position), ``counters``, ``command`` (id of the last one), and whatever
    else is to be kept; ``versions`` is added. ``models`` are object graphs by name, each a whole:
    the loop with its model, gain, controller state, windows, guard, task and detector.
    """

    meta: Mapping[str, Any]
    models: Mapping[str, Any]


def versions() -> dict[str, str]:
    """Return what wrote, or reads: a pickle belongs to a River, and floats to a machine.

    Of NumPy and Python the first two numbers, as their patches change neither.
    """
    python = ".".join(platform.python_version_tuple()[:2])
    numpy = ".".join(np.__version__.split(".")[:2])
    ours = {"lrcontrol": __version__, "river": RIVER}
    return {**ours, "numpy": numpy, "python": python, "machine": platform.machine()}


def pack(checkpoint: Checkpoint) -> Frame:
    """Return the checkpoint as a frame; the models are read, and nothing of them is kept.

    The one part that has to keep the models still. Raises what pickling raises.
    """
    sections: dict[str, bytes] = {}
    for name, graph in checkpoint.models.items():
        sections[f"model:{name}"] = pickling.dumps(graph)
    return Frame({**checkpoint.meta, "versions": versions()}, sections)


def prove(
    frame: Frame,
    records: Mapping[str, Sequence[tuple[Mapping[str, Any], Any]]],
    allow: Sequence[str] = (),
) -> Frame:
    """Return the frame with probes and portable forms, every model loaded and found finite.

    ``records`` are, by model, the last ones it learned. Raises Unusable: such a checkpoint must not
    be written. Costs a load and a little; touches no live model, so it may run on another thread.
    """
    sections = dict(frame.sections)
    for name, body in _bodies(frame, "model").items():
        copy = unpickling.loads(body, allow)
        _check_finite(name, copy)
        described = portable.describe(getattr(copy, "model", copy))
        if described is not None:
            sections[f"portable:{name}"] = portable.dumps(described)
        sections[f"probe:{name}"] = exact.dumps(probe.take(copy, records.get(name, ())))
    return frame._replace(sections=sections)


def accept(
    data: bytes,
    keys: Sequence[bytes],
    config: Any = None,
    allow: Sequence[str] = (),
    only: Collection[str] | None = None,
) -> Checkpoint:
    """Return what is in a file once everything about it has been verified. Raises Unusable.

    In this order: its seal and hashes, its versions, its configuration; then per model a copy is
    loaded, scanned for what is not finite, asked its probe and made to learn; and only then is the
    model loaded that is returned. ``config`` is what ``meta`` must have under that name (a digest,
    or one by section), None for anything.
    """
    frame = unseal(data, keys)
    check_versions(frame.meta)
    if config is not None:
        check_config(frame.meta.get("config"), config)
    found = probes(frame)
    models = {}
    for name, body in _bodies(frame, "model").items():
        if only is not None and name not in only:
            continue
        copy = unpickling.loads(body, allow)
        _check_finite(name, copy)
        probe.verify(copy, found(name))
        models[name] = unpickling.loads(body, allow)
    return Checkpoint(frame.meta, models)


def check_versions(meta: Mapping[str, Any]) -> None:
    """Raise Unusable where the models were written by something this installation is not."""
    wrote, reads = meta.get("versions"), versions()
    if not isinstance(wrote, Mapping):
        raise Unusable("header", "it does not say what wrote it")
    differ = [name for name in BINDING if wrote.get(name) != reads[name]]
    if differ:
        listed = ", ".join(f"{name} {wrote.get(name)} (here {reads[name]})" for name in differ)
        river, numpy = wrote.get("river"), wrote.get("numpy")
        how = f"pip install 'river=={river}' 'numpy=={numpy}.*' reads it"
        raise Unusable("versions", f"written by {listed}; {how}")


def check_config(found: Any, config: Any) -> None:
    """Raise Unusable where a checkpoint is for another configuration, naming what differs."""
    if found == config:
        return
    sections = isinstance(found, Mapping) and isinstance(config, Mapping)
    if not sections:
        raise Unusable("configuration", f"written for configuration {found}, and this is {config}")
    names = sorted({*found, *config})
    differ = [name for name in names if found.get(name) != config.get(name)]
    how = "put them back as they were"
    raise Unusable("configuration", f"{', '.join(differ)}: not what it was written for; {how}")


def portables(frame: Frame) -> dict[str, Any] | None:
    """Return by model what can be given to a new one, None unless all of them have that form.

    For a checkpoint of other versions; see ``portable.apply``. Raises Unusable.
    """
    bodies = _bodies(frame, "portable")
    if set(bodies) != set(_bodies(frame, "model")):
        return None
    return {name: portable.loads(body) for name, body in bodies.items()}


def _bodies(frame: Frame, kind: str) -> dict[str, bytes]:
    prefix = f"{kind}:"
    return {
        name.removeprefix(prefix): body
        for name, body in frame.sections.items()
        if name.startswith(prefix)
    }


def probes(frame: Frame) -> Callable[[str], probe.Probe]:
    """Return what gives the probe of a model by its name, or raises Unusable."""
    bodies = _bodies(frame, "probe")
    return lambda name: _probe(bodies.get(name))


def _probe(body: bytes | None) -> probe.Probe:
    if body is None:
        raise Unusable("probe", "it has no probe, so nothing tells whether it loads right")
    parts = _data(body)
    lists = isinstance(parts, list) and all(isinstance(part, list) for part in parts)
    if not lists or len(parts) != len(probe.Probe._fields):
        raise Unusable("content", _DAMAGED)
    return probe.Probe(*parts)


def _data(body: bytes) -> Any:
    try:
        return exact.loads(body)
    except ValueError:
        raise Unusable("content", _DAMAGED) from None


def _check_finite(name: str, copy: Any) -> None:
    found = state.nonfinite(getattr(copy, "model", copy))
    if found:
        raise Unusable("nonfinite", f"model {name} is not finite at {', '.join(found)}")
