"""Where trusts list, order and pool: a tower of floors, each using only those below it."""
