"""What was agreed between one buyer and one supplier, from wherever it came."""
