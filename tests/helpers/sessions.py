"""A visitor's session without a browser: Streamlit's own messages over a websocket."""

from collections.abc import Iterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection


def answers_of_page(socket: ClientConnection, name: str, seconds: float) -> Iterator[ForwardMsg]:
    """Ask for a page; its messages up to the end of its script, each in at most that time."""
    message = BackMsg()
    message.rerun_script.page_name = name
    socket.send(message.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(socket.recv(timeout=seconds, decode=False))
        yield answer
        if answer.WhichOneof("type") == "script_finished":
            return


def run_page(socket: ClientConnection, name: str = "") -> str:
    """Open a page, by default the first one, until it is drawn; returns the session's number."""
    answers = answers_of_page(socket, name, seconds=60)
    numbers = [answer.new_session.initialize.session_id for answer in answers]
    (number,) = filter(None, numbers)
    return number
