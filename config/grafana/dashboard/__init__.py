"""The dashboard as typed Python: ``python -m dashboard > dashboards/lrcontrol.json`` remakes it."""
