"""Proofs that take minutes: run by hand, by `make proofs` and every night."""
