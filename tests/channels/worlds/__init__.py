"""One file a network: what stands behind its channel in the tests that every channel must pass.

Each has `open_world(folder, secret)`, a context manager that gives a `World`, and says in its
docstring whether the server is real or ours, and from which description ours was made.
"""
