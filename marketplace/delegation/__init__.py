"""Who may approve what an organisation spends, and what its budgets have left."""
