"""What is charged, documented and collected. Imports marketplace; marketplace never imports it."""
