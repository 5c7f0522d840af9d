"""Streamlit's runtime, as far as uploads ask it."""

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from ui.server.uploads import NOT_KEPT, keep_within_limits


class FakeRuntime:
    """With three sessions, a, b and c."""

    def __init__(self) -> None:
        self.uploaded_file_mgr = MemoryUploadedFileManager("/upload")
        self.active = {"a", "b", "c"}

    def is_active_session(self, session: str) -> bool:
        return session in self.active

    def receive(self, session: str, name: str, size: int) -> None:
        file = UploadedFileRec(name, name, "image/jpeg", bytes(size))
        self.uploaded_file_mgr.add_file(session, file)
        keep_within_limits(self, session)  # type: ignore[arg-type]

    def kept(self, session: str) -> dict[str, int | str]:
        """The bytes of each file of a session, or what its page says of it."""
        files = self.uploaded_file_mgr.file_storage[session].values()
        return {file.name: NOT_KEPT.get(file.data, len(file.data)) for file in files}
