"""What things cost: each figure beside something run in the same minute, as a ratio."""
