"""A visitor's session without a browser: Streamlit's own messages over a websocket."""

from collections.abc import Iterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection


def answers_of_page(socket: ClientConnection, name: str, seconds: float) -> Iterator[ForwardMsg]:
    """Ask for a page; its messages up to the end of its script, each in at most that time."""
    message = BackMsg()
    message.rerun_script.page_name = name
    yield from answers_to(socket, message, seconds)


def answers_to(socket: ClientConnection, message: BackMsg, seconds: float) -> Iterator[ForwardMsg]:
    """Send a message; the answers up to the end of the page's script, each in at most that time."""
    socket.send(message.SerializeToString())
    yield from answers_until_finished(socket, seconds)


def answers_until_finished(socket: ClientConnection, seconds: float) -> Iterator[ForwardMsg]:
    """The answers up to the end of the page's script, each in at most that time."""
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


def open_for_photos(socket: ClientConnection) -> tuple[str, str]:
    """Open the first page to upload photos; the session's number and the widget's."""
    message = BackMsg()
    message.rerun_script.query_string = "source=Upload"
    answers = list(answers_to(socket, message, seconds=60))
    (session,) = filter(None, (each.new_session.initialize.session_id for each in answers))
    (widget,) = filter(None, (each.delta.new_element.file_uploader.id for each in answers))
    return session, widget


def with_photo(widget: str, *files: str) -> BackMsg:
    """What the page sends once a photo is uploaded, or several."""
    message = BackMsg()
    message.rerun_script.query_string = "source=Upload"
    state = message.rerun_script.widget_states.widgets.add(id=widget)
    for file in files:
        state.file_uploader_state_value.uploaded_file_info.add(file_id=file, name="a.jpg", size=1)
    return message
