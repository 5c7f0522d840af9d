"""The live camera's component alone on a page: no server, answers given by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.helpers.browser import TIMEOUT
from ui.live.camera import CSS, HTML, SCRIPT

_ADDRESS = "http://localhost:9/live"
_HARNESS = """
import mount from "/script.js";
window.sent = [];
window.told = [];
window.photos = [];
window.opened = [];
window.wanted = [];
const ask = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
  window.wanted.push(wanted.video);
  if (window.refusal) throw new DOMException("refused", window.refusal);
  if (window.hold) await window.hold;
  const stream = await ask(wanted);
  window.opened.push(...stream.getTracks());
  return stream;
};
const data = { size: 320, photoSize: 640, maxPerSecond: 1000, engine: null, onDevice: false,
  settings: { max_hands: 4, half_life: 0.08, answer: null }, skeleton: true, beside: "",
  task: null, maxResults: 12, confirmed: 0, result: null };
const parentElement = document.querySelector("#root");
const setTriggerValue = (name, value) => {
  if (name === "frame" && (value.rounds || value.trials)) window.told.push(value);
  if (name === "frame" && value.jpeg) window.sent.push(value);
  if (name === "photo") window.photos.push(value);
};
// Gives nothing back: a function that an expression gives, Playwright would call.
window.update = (given) => {
  window.leave = mount({ parentElement, setTriggerValue, data: Object.assign(data, given) });
};
window.result = (given) => ({
  sequence: window.sent.at(-1)?.sequence, message: "", spoken: "", hands: [], seen: null,
  milliseconds: 5, ...given });
window.hand = (fingers, side) => ({ count: `${fingers}`, which: side, sure: "", label: "",
  box: [0.1, 0.2, 0.4, 0.8], observed: { fingers, side, fingers_probability: 1,
  side_probability: 1 }, bars: [], skeleton: { palm: [], fingers: [] } });
window.answer = (given) => window.update({ result: window.result(given) });
window.hide = (hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
// As Streamlit does, which asks the server for the page first.
document.querySelector("a").onclick = (event) => event.preventDefault();
window.update({});
"""
_PAGE = (
    f'<!doctype html><style>{CSS}</style><div id="root">{HTML}</div>'
    '<a href="/other">Another page</a>'
    f'<script type="module">{_HARNESS}</script>'
)


# Reads nothing: it answers what it was told to, in the time that it was told to take.
_WORKER = """
let settings = { milliseconds: 5, hands: [] };
const channel = new BroadcastChannel("worker");
channel.onmessage = ({ data }) => { settings = data; };
self.onmessage = ({ data }) => {
  if (data.base) {
    self.postMessage({ loaded: 4_000_000 });
    setTimeout(() => {
      self.postMessage({ ready: true });
      self.postMessage({ loaded: 13_000_000 });
    }, 500);
    return;
  }
  data.frame.close();
  channel.postMessage({ seen: data.settings, beside: data.beside });
  setTimeout(() => self.postMessage({
    message: "", spoken: "", seen: null, hands: settings.hands,
    milliseconds: settings.milliseconds }), settings.milliseconds);
};
"""
ENGINE = {"base": "/", "script": "worker.js", "models": {}, "bytes": 12_000_000}
"""Of a component that reads frames itself, by a worker that only pretends to."""


def _send_script(script: str, route: Route) -> None:
    route.fulfill(body=script, content_type="text/javascript")


@contextmanager
def component_alone(browser: Browser) -> Iterator[Page]:
    """Open a page that is nothing but the component."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.route(_ADDRESS, lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
    for name, script in (("script", SCRIPT), ("worker", _WORKER)):
        page.route(f"**/{name}.js", partial(_send_script, script))
    page.goto(_ADDRESS)
    page.wait_for_function("typeof window.update === 'function'")
    try:
        yield page
    finally:
        context.close()


def start(page: Page, frames: int = 1) -> None:
    """Start the camera, and wait until that many frames were sent."""
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function(f"window.sent.length >= {frames}")


def sent(page: Page) -> int:
    """How many frames were sent so far."""
    return int(page.evaluate("window.sent.length"))


def answer(page: Page, **given: Any) -> None:
    """Answer the latest frame, or the one with the given number."""
    page.evaluate("given => window.answer(given)", given)
