"""Release: stubs from the solutions, and the student repository made of them."""
