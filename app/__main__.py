"""The way in: ``relaytray``, ``python -m app``, and this file itself, which needs no PYTHONPATH.

``relaytray proxy`` is started by ssh for every connection: it asks the running program first, before
anything heavy is imported.
"""

import sys


def _find_package() -> None:
    """Started as a file, this folder is on the path, where ``secrets`` would hide the standard module."""
    folder, _, _ = __file__.replace("\\", "/").rpartition("/")
    here = sys.path[0].replace("\\", "/") if sys.path else ""
    if here == folder:
        del sys.path[0]
    sys.path.insert(0, folder.rpartition("/")[0] or "/")


def main() -> int:
    """Run the command line; returns the exit code."""
    if sys.argv[1:] == ["run-xray-core"]:  # by ourselves, where there is no Python to start
        from app.transport.cores.finder import run_packaged

        return run_packaged(sys.stdin.read())
    if "proxy" in sys.argv:
        from app.cli.proxy_command import proxy_through_running

        code = proxy_through_running(sys.argv[1:])
        if code is not None:
            return code
    from app.main import main as whole_program

    return whole_program(sys.argv[1:])


if __name__ == "__main__":
    if not __package__:
        _find_package()
    sys.exit(main())
