"""How money moves: one port, one adapter for each way of paying."""
