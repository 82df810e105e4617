"""What a daemon keeps: checkpoints written beside learning, and what it goes on from."""
