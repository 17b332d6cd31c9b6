"""Executed cells: their output in one piece, from kernels without network ports that share their imports.

A cell's output arrives in pieces, as fast as the cell prints. MyST-NB's `nb_merge_streams` strips each piece and puts a
newline after it, which breaks lines in two; nbclient joins them unchanged. `whole` refuses a site with an output in pieces.
"""

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from forked import fork_kernels
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.execute import direct
from traitlets.config import Config

SOCKETS = TemporaryDirectory(prefix="cells-")  # an absolute path: the kernel and this process work in different folders
START = 300  # seconds in which a kernel has to start, on a machine that is busy with other things


def _transport() -> Config:
    """Sockets between processes need no port, and no warning that a port is open; Windows has none."""
    if sys.platform == "win32":
        return Config()
    return Config(KernelManager={"transport": "ipc", "ip": str(Path(SOCKETS.name) / "kernel")})


def setup(app):
    if sys.platform == "linux":  # libraries of other systems may not survive a fork
        fork_kernels()
    direct.single_nb_execution = partial(
        single_nb_execution, coalesce_streams=True, startup_timeout=START, config=_transport()
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
