"""Real servers as child processes, for tests, benchmarks and the demo.

One small port for all of them (`ServerProcess`): start, stop, kill, restart on the same data and
port, and the promise that `start` returns only once the server answers its own protocol.
"""
