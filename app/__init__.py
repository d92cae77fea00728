"""RelayTray: a tray application that reaches GPU servers through the person's own relay.

Layers, downwards only (checked by import-linter, see pyproject.toml):

    __main__ -> main -> ui | cli -> tunnel | provision -> transport
             -> socks | storage | secrets | export | system -> sentences -> core | resource_files | log_setup

Importing this package, or any module of it, has no side effect.
"""

__version__ = "0.1.0"
