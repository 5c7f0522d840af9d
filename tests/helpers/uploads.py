"""Uploads of photos without a browser, as Streamlit's page sends them."""

import secrets
import time
import urllib.error
import urllib.request
from typing import NamedTuple


class Upload(NamedTuple):
    """A PUT request."""

    path: str
    headers: dict[str, str]
    body: bytes


def upload_of(session: str, content: bytes, cookie: str = "", name: bytes = b"a.jpg") -> Upload:
    """An upload of a file's content for a session; ``cookie`` is sent besides Streamlit's own."""
    mask = secrets.token_hex(4)
    token = f"2|{mask}|{secrets.token_hex(16)}|{int(time.time())}"
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\n\r\n' % name
    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "X-Xsrftoken": token,
        "Cookie": f"_streamlit_xsrf={token}; {cookie}",
    }
    path = f"/_stcore/upload_file/{session}/{secrets.token_hex(8)}"
    return Upload(path, headers, head + content + b"\r\n--x--\r\n")


def upload(address: str, session: str, content: bytes, name: bytes = b"a.jpg") -> tuple[int, str]:
    """Send a photo to a server; the status of its answer, and the photo's number."""
    path, headers, body = upload_of(session, content, name=name)
    request = urllib.request.Request(f"{address}{path}", body, headers, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status = int(answer.status)
    except urllib.error.HTTPError as error:
        status = error.code
    return status, path.rpartition("/")[2]
