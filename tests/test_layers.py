"""Who imports whom: each module only those of lower layers, and nothing in core Streamlit."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS: list[set[str]] = [
    {
        "core.zoo._blocks",
        "core.training.losses",
        "core.common.errors",
        "core.common.files",
        "core.training.fused_adam",
        "core.training.fused_batch_norm",
        "core.common.processor",
        "core.common.progress",
        "core.common.types",
    },
    {"core.serving.metrics", "core.serving.logging", "core.serving.scheduler"},
    {
        "core.common.statistics",
        "core.training.multinomial",
        "core.evaluation.occlusion",
        "core.common.serialization",
        "core.common.formatting",
        "core.images.decode_limits",
        "core.images.pooling",
        "core.training.quantization",
        "core.training.gram",
        "core.evaluation.loss_stability",
    },
    {
        "core.artifacts.cards",
        "core.artifacts.epoch_records",
        "core.images.geometry",
        "core.benchmarks.timing",
        "core.zoo._spec",
        "core.zoo._layers",
        "core.training.newton",
        "core.common.environment",
    },
    {
        "core.artifacts.store",
        "core.datasets.near_duplicates",
        "core.images.decoding",
        "core.hands.prediction",
        "core.synthetic",
        "core.zoo",
    },
    {
        "core.artifacts.architecture",
        "core.hands.background_subtraction",
        "core.synthetic.sample_photos",
        "core.live.prompts",
    },
    {"core.live.game", "core.hands.preprocessing", "core.live.trial_log"},
    {"core.datasets", "core.live.self_test"},
    {"core.hands.tflite"},
    {"core.hands"},
    {
        "core.evaluation.calibration",
        "core.evaluation.metrics",
        "core.training.export",
        "core.hands.pipeline",
    },
    {"core.datasets.arrays"},
    {"core.training.callbacks"},
    {"core.training.trainer"},
    {"core.training.logistic_regression"},
    {
        "core.evaluation.synthetic_sets",
        "core.hands_training",
        "core.evaluation.predictors",
        "core.training.publish",
        "core.hands.tracking",
        "core.training.transfer",
    },
    {"core.experiments", "core.evaluation.error_analysis"},
    {"core.artifacts.replay"},
    {"core.reports.comparison", "core.training_jobs", "core.reports.tour_figures"},
    {"core.reports.tour"},
    {"core.benchmarks.timed_training"},
    {"core.benchmarks.hands", "core.benchmarks.logistic", "core.benchmarks.training"},
    {"core.benchmarks.suite"},
    {"core.cli"},
    {"core.__main__"},
]
"""From the lowest up. A package stands for all of its modules, which may import each other."""

KERAS_USERS = {
    "core.zoo._blocks",
    "core.training.losses",
    "core.training.export",
    "core.hands_training",
    "core.training.logistic_regression",
    "core.training.fused_adam",
    "core.training.fused_batch_norm",
    "core.zoo._spec",
    "core.zoo._layers",
    "core.training.publish",
    "core.training.trainer",
    "core.benchmarks.timed_training",
    "core.training.transfer",
    "core.training.callbacks",
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
        "import sys, core.hands.pipeline, core.zoo, core.__main__ as main\n"
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
