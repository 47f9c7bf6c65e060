"""Grading: the case bank, staging, comparison and shrinking; one submission in, one result out."""
