"""The app with models whose trainings are made up: ``streamlit run`` it with their folder."""

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pages.replay
import streamlit_app
from core.artifacts.replay import recorded, replay_of
from core.experiments.records.store import read_record

root = Path(sys.argv[1])
page = vars(pages.replay)
page["recorded"] = partial(recorded, root=root)
page["replay_of"] = partial(replay_of, root=root)
page["read_record"] = partial(read_record, root=root / "experiments")
streamlit_app.main()
