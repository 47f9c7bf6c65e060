"""Feedback: what went wrong, in words that a student can work with."""
