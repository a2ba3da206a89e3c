"""A book of double-entry journals for each organisation."""
