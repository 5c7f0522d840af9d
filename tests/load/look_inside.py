"""What "Look inside" takes: the server for a photo, the page's data, and the browser for a hover.

``python -m tests.load.look_inside``, on an otherwise idle machine.
"""

import json
import tempfile
import time
from pathlib import Path
from statistics import median

import cv2

from core.common.types import Photo
from core.hands.pipeline import HAND_CLASSIFIER
from core.inspection.examples import cut_out
from core.inspection.network import inspect
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import (
    confidently_classified_sample,
    running_app,
    running_browser,
    write_camera_film,
)
from ui.inspection.payload import network_data, unit_data
from ui.inspection.places import first_place

NAMES = ("cnn", "cnn_batch_norm", "hand_side", "dense_batch_norm", "softmax", HAND_CLASSIFIER)
PHOTOS = 12

_HOVER = """(canvas) => {
  const box = canvas.getBoundingClientRect();
  const started = performance.now();
  for (let step = 0; step < 200; step += 1) {
    canvas.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + (step * 7) % box.width, clientY: box.top + (step * 3) % box.height }));
    document.body.offsetHeight; // the layout of what changed
  }
  return (performance.now() - started) / 200;
}"""
_LINK = """(stage) => {
  const tiles = [...stage.querySelectorAll(".tile")];
  const started = performance.now();
  for (const tile of tiles) {
    tile.dispatchEvent(new PointerEvent("pointerenter"));
    document.body.offsetHeight;
  }
  return (performance.now() - started) / tiles.length;
}"""


def measure_server() -> None:
    """Print, for each network, the milliseconds of one thread from photo to data, and its bytes."""
    cv2.setNumThreads(1)
    photos = [Photo(draw_sample(n % 6, "R", n + 1).pixels) for n in range(PHOTOS)]
    for name in NAMES:
        times, sizes = [], []
        for photo in photos:
            started = time.thread_time()
            image = cut_out(photo, "detector" if name == HAND_CLASSIFIER else "own")
            if image is None:
                continue
            shown = inspect(name, image)
            data = {"network": network_data(shown), "unit": unit_data(shown, first_place(shown))}
            sizes.append(len(json.dumps(data)))
            times.append(1e3 * (time.thread_time() - started))
        # The first one loads the model.
        print(f"{name:<18} {median(times[1:]):4.0f} ms   {max(sizes) / 1e3:4.0f} kB", flush=True)


def measure_browser() -> None:
    """Print the milliseconds of the page's thread for a pixel and for a map that is pointed at."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "hand.mjpeg"
        write_camera_film(film, confidently_classified_sample(1, "R"))
        with running_app() as address, running_browser(film) as browser:
            page = browser.new_page(bypass_csp=True)
            page.goto(f"{address}/look_inside?layer=convolution_2&map=29&pixel=5-7")
            page.locator(".outs canvas").first.wait_for()
            page.wait_for_timeout(3000)
            print(f"a pixel  {page.locator('.outs canvas').first.evaluate(_HOVER):.2f} ms")
            print(f"a map    {page.locator('.inside').evaluate(_LINK):.2f} ms")


if __name__ == "__main__":
    measure_server()
    measure_browser()
