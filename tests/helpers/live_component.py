"""The live camera's component alone on a page: no server, answers given by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.helpers.browser import TIMEOUT
from ui.live.camera import CSS, HTML, SCRIPT

_ADDRESS = "http://localhost:9/live"
_HARNESS = """
import mount from "/script.js";
window.sent = [];
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
const data = { size: 320, maxPerSecond: 1000, keeping: true, prompt: null, keepsakes: [],
  engine: null, onDevice: false, skeleton: true, observationsPerSecond: 0, result: null };
const parentElement = document.querySelector("#root");
const setTriggerValue = (name, value) => window.sent.push(value);
// Gives nothing back: a function that an expression gives, Playwright would call.
window.update = (given) => {
  window.leave = mount({ parentElement, setTriggerValue, data: Object.assign(data, given) });
};
window.result = (given) => ({
  sequence: window.sent.at(-1)?.sequence, message: "", spoken: "", hands: [], seen: null,
  milliseconds: 5, ...given });
// The answers to these frames end a trial.
window.endTrials = (sequences) => {
  data.keepsakes = [...data.keepsakes, ...sequences.map(
    (sequence, index) => ({ sequence, name: `00${data.keepsakes.length + index}.jpg` }))];
};
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


@contextmanager
def component_alone(browser: Browser) -> Iterator[Page]:
    """Open a page that is nothing but the component."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.route(_ADDRESS, lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
    page.route(
        "**/script.js", lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript")
    )
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
