"""A hostile world for the sender: a network with faults, `kill -9` and SIGSTOP at random points.

    make chaos ARGS="--what bulletins --database postgres --kills 300"

The sender is the real one, in a process of its own; the network is the practice server, which
knows afterwards what it really accepted. `--trouble blind` sends every doubt again instead of
looking back: the control that must double, or the run proves nothing.
"""
