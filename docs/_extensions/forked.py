"""Kernels for executed cells, forked from one process that has imported what the cells import.

Each page has a kernel of its own, which sees nothing of the other pages. A fork spares it the imports, a third of the time
that all cells take. The process it is forked from holds modules alone and never runs a cell.
"""

import os
from importlib.metadata import EntryPoint
from multiprocessing import get_context
from typing import Any

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

NAME = "forked"
IMPORTED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ntk_symbolic.sklearn",
    "ntk_symbolic.proofs",
    "ntk_symbolic.calculus",
    "ntk_symbolic.conventions",
    "ntk_symbolic.finite.compare",
    "ntk_symbolic.pages.activation_page",
    "sklearn.datasets",
    "sklearn.gaussian_process",
    "sklearn.model_selection",
    "sklearn.svm",
)


class Forked:
    """A process of `multiprocessing` with the methods of `subprocess.Popen`, which Jupyter calls."""

    stdin = stdout = stderr = None

    def __init__(self, process: Any):
        self._process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


class Provisioner(LocalProvisioner):
    """Jupyter's own, with a fork in place of a new interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        server = get_context("forkserver")
        server.set_forkserver_preload(list(IMPORTED))
        process = server.Process(target=run, args=(self.parent.connection_file, kwargs["cwd"], kwargs["env"]))
        process.start()
        self.process, self.pid = Forked(process), process.pid
        self.pgid = process.pid  # see setsid
        return self.connection_info


def run(connection: str, folder: str, environment: dict[str, str]) -> None:
    """The kernel, in a process group of its own; it ends when the process that it was forked from ends."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    IPKernelApp.launch_instance(argv=["-f", connection, f"--IPKernelApp.parent_handle={os.getppid()}"])


def fork_kernels() -> None:
    """Every kernel that this process starts from now on is a fork."""
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:{Provisioner.__name__}", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME
