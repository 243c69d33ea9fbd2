"""The simulator is held to AWS's own service models by AWS's own clients, over real sockets."""
