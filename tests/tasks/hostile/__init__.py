"""A hostile world for the sender: a network with faults, and `kill -9` at random points.

    python -m tests.tasks.hostile --kills 300 --database postgres

The sender is the real one, in a process of its own; the network is the practice server, which
knows afterwards what it really accepted. `--blind` sends every doubt again instead of looking
back: the control that must double, or the run proves nothing.
"""
