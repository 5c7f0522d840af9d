"""What runs once in the server's process: the models, the queue of inference, health and metrics."""
