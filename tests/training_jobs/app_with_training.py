"""An app that ends while a training runs; it prints the number of the training's process."""

import time

from core.training_jobs.job import Visitor
from core.training_jobs.queue import training_queue
from core.training_jobs.request import TrainingRequest

queue = training_queue()
job_id = queue.submit(TrainingRequest("softmax", 500, 1), Visitor("a browser", lambda: True))
while not (status := queue.status(job_id)) or not status.rendering:
    time.sleep(0.02)
print(queue.process_id, flush=True)
