"""The peers: each a module that runs in a process of its own and measures itself."""
