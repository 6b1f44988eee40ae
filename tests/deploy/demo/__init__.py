"""Tests of deploy/demo that need no server."""
