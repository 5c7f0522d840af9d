"""Uploads of photos without a browser, as Streamlit's page sends them."""

import secrets
import time
from typing import NamedTuple


class Upload(NamedTuple):
    """A PUT request."""

    path: str
    headers: dict[str, str]
    body: bytes


def upload_of(session: str, content: bytes, cookie: str = "") -> Upload:
    """An upload of a file's content for a session; ``cookie`` is sent besides Streamlit's own."""
    mask = secrets.token_hex(4)
    token = f"2|{mask}|{secrets.token_hex(16)}|{int(time.time())}"
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n'
    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "X-Xsrftoken": token,
        "Cookie": f"_streamlit_xsrf={token}; {cookie}",
    }
    path = f"/_stcore/upload_file/{session}/{secrets.token_hex(8)}"
    return Upload(path, headers, head + content + b"\r\n--x--\r\n")
