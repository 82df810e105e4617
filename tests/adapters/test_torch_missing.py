"""Without torch the error names the extra."""

import subprocess
import sys

CODE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'")

sys.meta_path.insert(0, Missing())
from lrcontrol.adapters.torch_learner import TorchLearner
try:
    TorchLearner(None, None, None)
except ImportError as error:
    print(error)
"""


def test_the_error_names_the_extra():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "torch is not installed: pip install 'lrcontrol[torch]'"
