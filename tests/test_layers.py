"""Who imports whom: each module only those of lower layers, and nothing in core Streamlit."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS: list[set[str]] = [
    {
        "core.blocks",
        "core.cross_entropy",
        "core.errors",
        "core.files",
        "core.fused_adam",
        "core.fused_batch_norm",
        "core.places",
        "core.processor",
        "core.progress",
        "core.types",
    },
    {"core.counting", "core.event_log", "core.inference_pool"},
    {
        "core.intervals",
        "core.multinomial",
        "core.occlusion",
        "core.parsing",
        "core.wording",
        "core.photo_guards",
        "core.pooling",
        "core.rounding",
        "core.row_space",
        "core.stability",
    },
    {
        "core.cards",
        "core.epoch_records",
        "core.framing",
        "core.measuring",
        "core.model_spec",
        "core.networks",
        "core.newton",
        "core.recording_facts",
    },
    {
        "core.artifacts",
        "core.near_copies",
        "core.photos",
        "core.prediction",
        "core.renderer",
        "core.zoo",
    },
    {"core.architecture", "core.finding", "core.samples", "core.tasks"},
    {"core.game", "core.preparation", "core.tally"},
    {"core.dataset", "core.self_test"},
    {"core.serving"},
    {"core.field"},
    {"core.calibration", "core.evaluation", "core.export", "core.recognition"},
    {"core.learning_data"},
    {"core.watching"},
    {"core.training"},
    {"core.fitting"},
    {
        "core.drawn_sets",
        "core.field_training",
        "core.questions",
        "core.recording",
        "core.steadying",
        "core.transfer",
    },
    {"core.experiments", "core.mistakes"},
    {"core.replay"},
    {"core.comparison", "core.live_training", "core.walk_figures"},
    {"core.walk"},
    {"core.timed_trainings"},
    {"core.field_benchmarks", "core.learning_benchmarks", "core.training_benchmarks"},
    {"core.benchmarks"},
    {"core.commands"},
    {"core.__main__"},
]
"""From the lowest up. A package stands for all of its modules, which may import each other."""

KERAS_USERS = {
    "core.blocks",
    "core.cross_entropy",
    "core.export",
    "core.field_training",
    "core.fitting",
    "core.fused_adam",
    "core.fused_batch_norm",
    "core.model_spec",
    "core.networks",
    "core.recording",
    "core.training",
    "core.timed_trainings",
    "core.transfer",
    "core.watching",
    "core.zoo",
}

MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "core").rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> tuple[int, str]:
    for number, members in enumerate(LAYERS):
        for member in members:
            if module == member or module.startswith(f"{member}."):
                return number, member
    raise AssertionError(f"{module} is in no layer; add it to LAYERS")


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} uses a relative import"
            assert node.module is not None
            if node.module == "core":
                found |= {f"core.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_imports_only_lower_layers(path: Path) -> None:
    module = dotted(path)
    if module == "core":
        return
    layer, member = layer_of(module)
    for imported in imports_of(path):
        if imported.split(".")[0] != "core" or imported == "core":
            continue
        imported_layer, imported_member = layer_of(imported)
        assert imported_layer < layer or imported_member == member, f"{module} -> {imported}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_core_uses_no_streamlit_and_few_use_keras(path: Path) -> None:
    roots = {imported.split(".")[0] for imported in imports_of(path)}
    assert "streamlit" not in roots
    assert "pickle" not in roots
    if roots & {"keras", "tensorflow"}:
        assert layer_of(dotted(path))[1] in KERAS_USERS


def test_answering_imports_no_tensorflow() -> None:
    code = (
        "import sys, core.recognition, core.zoo, core.__main__ as main\n"
        "core.zoo.all_specs(); main.build_parser()\n"
        "heavy = {'tensorflow', 'keras', 'streamlit'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)


def test_modules_stay_short() -> None:
    long = {
        str(path): lines
        for path in MODULES
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > 320
    }
    assert not long, f"split these: {long}"


def test_the_tracked_models_stay_small() -> None:
    size = sum(path.stat().st_size for path in (ROOT / "models").rglob("*") if path.is_file())
    assert size < 35 * 1024 * 1024
