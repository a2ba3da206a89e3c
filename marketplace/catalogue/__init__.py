"""What trusts have to spare: listings, plans, dated capacity, search."""
