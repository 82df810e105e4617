"""Decisions in words: ``sentence`` for one of them, ``explain`` for why a rate is what it is."""

from lrcontrol.decisions.explained import explain
from lrcontrol.decisions.sentences import brief, sentence

__all__ = ["brief", "explain", "sentence"]
