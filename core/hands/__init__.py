"""Reading hands on real cameras: the photos, samples, trainings and measurements of two models."""
