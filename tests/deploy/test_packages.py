"""What is installed: in the image nothing for training, everywhere one version of each package."""

import re
import tomllib

from tests.helpers.browser import ROOT


def test_the_image_has_all_that_serving_needs_and_nothing_for_training() -> None:
    lock = (ROOT / "requirements-serving.lock").read_text(encoding="utf-8")
    assert "streamlit==" in lock
    for heavy in ("tensorflow", "keras", "scikit-learn", "matplotlib", "pytest"):
        assert f"\n{heavy}==" not in lock
    container = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER (?!0|root)", container, re.MULTILINE)
    for needed in re.findall(r"^COPY (?!--from)(.+) \S+$", container, re.MULTILINE):
        for path in needed.split():
            assert (ROOT / path).exists()


def locked(name: str) -> dict[str, str]:
    """The version of each package in a lock; every one has the sums of its files."""
    entries = re.split(r"\n(?=\S)", (ROOT / f"{name}.lock").read_text(encoding="utf-8").strip())
    versions = {}
    for entry in entries:
        found = re.match(r"([a-z0-9-]+)==([^\s;]+)", entry)
        assert found, entry
        assert "--hash=sha256:" in entry
        versions[found[1]] = found[2]
    return versions


def pinned(name: str) -> list[str]:
    """The packages that a list names itself, each with its version."""
    lines = (ROOT / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if re.match(r"[a-z]", line)]


def test_every_package_is_locked_to_one_version_and_hashed() -> None:
    serving = pinned("requirements-serving")
    train = [*serving, *pinned("requirements")]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    cluster = [*train, *pinned("requirements-cluster")]
    groups = settings["dependency-groups"]
    everything = locked("requirements-dev")
    for name, wanted in {
        "requirements-serving": serving,
        "requirements": train,
        "requirements-cluster": cluster,
        "requirements-dev": [*cluster, *pinned("requirements-dev")],
        "requirements-uv": groups["uv"],
        "requirements-node": groups["node"],
    }.items():
        versions = locked(name)
        assert dict(each.split("==") for each in wanted).items() <= versions.items()
        assert all(everything.get(each, version) == version for each, version in versions.items())
