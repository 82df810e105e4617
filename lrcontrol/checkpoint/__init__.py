"""Checkpoints: everything a restart needs in one file, written so that no crash can spoil it.

Writing: ``content.pack`` (what is to be kept, as bytes), ``content.prove`` (it loads again),
``frame.seal`` (one file), ``store.Store.write`` (durable), as often as ``cadence.Cadence`` says.
Starting: ``recovery.recover`` with ``content.accept``, under a ``disk.Lock``, and
``breaker.InFlight`` for what kills the process again and again.
"""
