"""What every floor needs and that knows no floor."""
