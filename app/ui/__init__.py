"""The tray, the window and the prompts: the only package that imports PySide6.

Pure modules hold the decisions and are tested without Qt:
``live_state`` (what is known now), ``tray_model`` (icon, tooltip, menu, clicks), ``chain`` (which hop
fails), ``detail_model`` (what the window tells about one profile), ``texts`` (sentences as data),
``parts`` (what the program gives us).

Everything else draws them. ``front_end`` joins the pieces and is the only place where signals are
connected across windows; ``application.run`` is the entry. Nothing here may block the GUI thread: files,
keyring and everything slow go through ``bridge.Background``; news comes in through ``bridge.EventBridge``.
"""
