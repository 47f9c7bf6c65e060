"""Programs: what is run on the submission and on torch, and where its inputs come from."""
