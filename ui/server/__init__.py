"""What the server has once for all visitors: models, the queue of inference, health and metrics."""
