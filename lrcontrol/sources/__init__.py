"""The wing that does I/O: one source a name, loaded when it is used."""

from __future__ import annotations

#: ``type`` in the configuration -> the settings class, whose fields are the section's keys.
SOURCES = {
    "lines": "lrcontrol.sources.lines:Lines",
    "file": "lrcontrol.sources.file:File",
    "dataset": "lrcontrol.sources.dataset:Dataset",
    "synthetic": "lrcontrol.sources.synthetic:Synthetic",
    "push": "lrcontrol.sources.push:Push",
}
