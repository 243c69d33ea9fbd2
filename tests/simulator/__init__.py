"""Tests of the simulator with AWS's own clients and service models, over real sockets."""
