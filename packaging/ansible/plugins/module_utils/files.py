# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Files of the controller."""

from __future__ import annotations

import os
import tempfile


def write(path, text):
    """The old content or the new one, and readable by nobody else."""
    handle, name = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
