"""The wing that speaks HTTP: what the daemon is asked, how it answers, and whom it refuses."""
