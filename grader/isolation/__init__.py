"""Isolation: a submission taken in as files, and run by a worker in a process of its own."""
