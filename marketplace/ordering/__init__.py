"""Orders: from a draft through approval and acceptance to their last day."""
