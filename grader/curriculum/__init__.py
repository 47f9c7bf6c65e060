"""The curriculum: what the exercises are, and every text, once a language."""
