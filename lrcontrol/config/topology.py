"""How sources and models are joined: that every input exists, and that every source is used.

Looked at in the node tree, so that it is told together with what else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from lrcontrol.config.nodes import List, Map, Mark, Node, Scalar, join
from lrcontrol.config.problems import Problems, nearest

#: Sources named in a message.
NAMES_SHOWN = 12


def join_inputs(root: Node, problems: Problems) -> Node:
    """Return the tree with the inputs that went without saying; notes what does not join up.

    With a single source a model may leave out ``inputs``. A source that no model reads is a
    warning: it would be opened for nothing.
    """
    sources, models = _section(root, "sources"), _section(root, "models")
    if sources is None or models is None:
        return root
    used: set[str] = set()
    before = len(problems.found)
    known = {key.text: key.mark for key, _ in sources.items}
    joined = tuple(
        (key, _with_inputs(model, known, join("models", key.text), problems))
        for key, model in models.items
    )
    for _, model in joined:
        used.update(name.text for name in _inputs(model))
    if len(problems.found) == before:  # else a source may be unused for a slip of the pen
        for name in known.keys() - used:
            problems.add(known[name], join("sources", name), "no model reads it", level="warning")
    return _replaced(root, "models", Map(models.mark, joined))


def _section(root: Node, name: str) -> Map | None:
    node = root.get(name) if isinstance(root, Map) else None
    return node if isinstance(node, Map) else None


def _with_inputs(model: Node, known: Mapping[str, Mark], path: str, problems: Problems) -> Node:
    if not isinstance(model, Map):
        return model
    if model.get("inputs") is None:
        return _with_only_source(model, known, path, problems)
    seen: set[str] = set()
    for i, name in enumerate(_inputs(model)):
        where = join(join(path, "inputs"), i)
        if name.text not in known:
            hint = nearest(name.text, known) or _listed(known)
            problems.add(name.mark, where, f"no source is called {name.text!r:.70}", hint)
        elif name.text in seen:
            problems.add(name.mark, where, f"{name.text} is there already")
        seen.add(name.text)
    return model


def _with_only_source(model: Map, known: Mapping[str, Mark], path: str, problems: Problems) -> Node:
    if len(known) == 1:
        key = Scalar(model.mark, "inputs", "inputs")
        only = List(model.mark, tuple(Scalar(model.mark, name, name) for name in known))
        return Map(model.mark, (*model.items, (key, only)))
    if known:
        message = "missing, with several sources"
        problems.add(model.mark, join(path, "inputs"), message, _listed(known))
    return model


def _inputs(model: Node) -> Iterator[Scalar]:
    inputs = model.get("inputs") if isinstance(model, Map) else None
    for item in inputs.items if isinstance(inputs, List) else ():
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield item


def _listed(names: Iterable[str]) -> str:
    shown = list(islice(names, NAMES_SHOWN))
    return f"there is {', '.join(shown)}" if shown else ""


def _replaced(root: Node, name: str, value: Node) -> Node:
    assert isinstance(root, Map)
    return Map(root.mark, tuple((k, value if k.text == name else v) for k, v in root.items))
