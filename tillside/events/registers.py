"""Statements merged field by field so that every order of arrival ends in the same state. Pure; no I/O.

A document holds one *layer* per trust level; a layer holds, for each field, the value with the greatest (stamp, tie), a
last-writer register. Joining two layers is associative, commutative and idempotent, hence so is joining documents.

    {"3": {"at": [1714550400000000, "9f…"], "v": {"status": "shipped"}, "w": {"email": [1714550300000000, "07…"]}}}

`at` is the writer of every field that `w` does not name. What people see is the highest layer; a lower layer only adds fields
the higher ones never stated, and only while the highest is not a full statement (`whole`). The rest of the lower layers is *held*.
"""

from typing import Any

Writer = list[Any]
"""[stamp in microseconds, tie]: the greater one wrote last; the tie is a hash of the content, so equal stamps converge too."""
Layer = dict[str, Any]
Document = dict[str, Layer]


def write(layer: Layer, writer: Writer, fields: dict[str, Any]) -> bool:
    """Join one statement into a layer in place; True when a value changed."""
    if not layer:
        layer.update(at=writer, v=dict(fields), w={})
        return bool(fields)
    known, values, writers = layer["at"], layer["v"], layer["w"]
    if writer > known:
        return _write_newer(layer, writer, fields)
    changed = False
    for name, value in fields.items():
        if name not in values or writer > writers.get(name, known):
            changed = changed or values.get(name) != value
            values[name] = value
            if writer == known:
                writers.pop(name, None)
            else:
                writers[name] = writer
    return changed


def _write_newer(layer: Layer, writer: Writer, fields: dict[str, Any]) -> bool:
    """The common case, an update: the new writer becomes the layer's own, and the fields it left out keep theirs by name."""
    known, values = layer["at"], layer["v"]
    writers = layer["w"]
    kept = {name: writers.get(name, known) for name in values if name not in fields}
    changed = any(values.get(name) != value for name, value in fields.items())
    future = {name: at for name, at in writers.items() if name in fields and at > writer}
    for name, value in fields.items():
        if name not in future:
            values[name] = value
    layer["at"] = writer
    layer["w"] = {**kept, **future}
    return changed


def join(one: Layer, other: Layer) -> Layer:
    """Both layers' statements together."""
    if not one or not other:
        return one or other
    result: Layer = {"at": max(one["at"], other["at"]), "v": {}, "w": {}}
    for name in sorted({*one["v"], *other["v"]}):
        (at, value) = max(((layer["w"].get(name, layer["at"]), layer["v"][name]) for layer in (one, other) if name in layer["v"]), key=_writer)
        result["v"][name] = value
        if at != result["at"]:
            result["w"][name] = at
    return result


def _writer(pair: tuple[Writer, Any]) -> Writer:
    return pair[0]


def join_documents(one: Document, other: Document) -> Document:
    """Both documents together, layer by layer."""
    return {trust: join(one.get(trust, {}), other.get(trust, {})) for trust in sorted({*one, *other})}


def seen(document: Document, *, whole: str | None = None) -> dict[str, tuple[Any, int]]:
    """What people see: field → (value, trust). `whole` names the field whose presence makes a layer a full statement."""
    result: dict[str, tuple[Any, int]] = {}
    for trust in sorted(document, reverse=True):
        for name, value in document[trust]["v"].items():
            result.setdefault(name, (value, int(trust)))
        if whole is not None and whole in document[trust]["v"]:
            break
    return result


def values(document: Document, *, whole: str | None = None) -> dict[str, Any]:
    """What people see, without its trust."""
    if len(document) == 1:
        (layer,) = document.values()
        shown: dict[str, Any] = layer["v"]
        return shown
    return {name: value for name, (value, _) in seen(document, whole=whole).items()}


def held(document: Document, *, whole: str | None = None) -> dict[str, tuple[Any, int]]:
    """What lower trust said and is not shown, because higher trust says otherwise or said everything: field → (value, trust)."""
    shown = seen(document, whole=whole)
    result: dict[str, tuple[Any, int]] = {}
    for trust in sorted(document, reverse=True)[1:]:
        for name, value in document[trust]["v"].items():
            if shown.get(name, (None, -1))[0] != value:
                result.setdefault(name, (value, int(trust)))
    return result
