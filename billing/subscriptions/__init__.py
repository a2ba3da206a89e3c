"""What a contract charges, and when."""
