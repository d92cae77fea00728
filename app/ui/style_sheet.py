"""The style sheet: cards, the side list, banners and the main button everywhere, fields where it must.

Fusion's own outlines vanish on dark, so fields are drawn by the sheet where the style is Fusion.
Sizes are ``em`` of the font or small paddings, never fixed heights that could clip a script.
"""

from __future__ import annotations

from dataclasses import asdict

from app.resource_files import icon
from app.ui.tones import Tones

_SHEET = """
QWidget#side {{ background: {side}; border: 0; border-right: 1px solid {border}; }}
QTreeView#places {{ background: transparent; border: 0; outline: 0; color: {text};
    show-decoration-selected: 0; selection-background-color: transparent; }}
QTreeView#places::item {{ padding: 0.45em 0.3em; border-radius: 6px; color: {text}; }}
QTreeView#places::item:selected {{ background: transparent; color: {text}; }}
QTreeView#places::item:disabled {{ color: {muted}; }}
QTreeView#places::branch, QTreeView#places::branch:selected {{ background: transparent; }}
QFrame[card="true"] {{ background: {card}; border: 1px solid {border}; border-radius: 10px; }}
QFrame[paper="true"] {{ background: #ffffff; border: 1px solid {border}; border-radius: 10px; }}
QFrame[banner="bad"] {{ background: {bad_card}; border: 1px solid {bad_border}; border-radius: 10px; }}
QFrame[banner="demo"] {{ background: {selected}; border: 0; border-radius: 8px; }}
QFrame[banner="note"] {{ background: {selected}; border: 0; border-radius: 10px; }}
QFrame[banner="note"] QPushButton[quiet="true"] {{ border-color: {edge}; }}
QListView#ways {{ background: transparent; border: 0; outline: 0; }}
QPlainTextEdit#preview {{ background: {side}; color: {text};
    border: 1px solid {side}; border-radius: 6px; }}
QPlainTextEdit#preview:focus {{ border: 1px solid {accent}; }}
QLabel[role="title"] {{ font-size: 17pt; font-weight: 600; color: {text}; }}
QLabel[role="heading"] {{ font-size: 12pt; font-weight: 600; color: {text}; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="bad"] {{ color: {bad}; }}
QFrame[role="line"] {{ background: {border}; border: 0; max-height: 1px; min-height: 1px; }}
QPushButton[main="true"] {{ background: {accent}; color: {on_accent}; border: 0; border-radius: 7px;
    padding: 8px 22px; font-weight: 600; }}
QPushButton[main="true"]:hover {{ background: {accent_hover}; }}
QPushButton[main="true"]:pressed {{ background: {accent_pressed}; }}
QPushButton[main="true"]:focus {{ border: 2px solid {text}; padding: 6px 20px; }}
QPushButton[main="true"]:disabled {{ background: {border}; color: {off}; }}
QPushButton[quiet="true"] {{ background: transparent;
    border: 1px solid {border}; border-radius: 7px; padding: 6px 12px; color: {text}; }}
QPushButton[quiet="true"]:hover, QPushButton[quiet="true"]:checked {{ background: {selected}; }}
QPushButton[quiet="true"]:focus {{ border: 2px solid {accent};
    padding: 5px 11px; }}
QPushButton[quiet="true"]:disabled {{ color: {off}; }}
QRadioButton[segment="true"] {{ background: transparent; border: 1px solid {edge}; border-radius: 7px;
    padding: 5px 12px; color: {text}; spacing: 0; }}
QRadioButton[segment="true"]::indicator {{ width: 0; height: 0; border: 0;
    background: transparent; image: none; }}
QRadioButton[segment="true"]:hover {{ background: {selected}; }}
QRadioButton[segment="true"]:checked {{ background: {accent}; border-color: {accent}; color: {on_accent}; }}
QRadioButton[segment="true"]:focus {{ border: 2px solid {text}; padding: 4px 11px; }}
QToolButton[bare="true"] {{ background: transparent; border: 0; border-radius: 5px; padding: 4px; }}
QToolButton[bare="true"]:hover {{ background: {selected}; }}
QToolButton[bare="true"]:focus {{ border: 1px solid {accent}; padding: 3px; }}
QToolButton[bare="true"]::menu-indicator {{ image: none; width: 0; }}
QPushButton[quiet="true"]::menu-indicator {{ image: url("{chevron_down}"); width: 0.9em; height: 0.9em;
    subcontrol-origin: padding; subcontrol-position: right center; right: 7px; }}
QScrollArea#page, QScrollArea#page > QWidget > QWidget {{ background: transparent; border: 0; }}
"""

_FUSION_SHEET = """
QLineEdit, QPlainTextEdit, QSpinBox, QComboBox, QTreeWidget {{ background: {field}; color: {text};
    border: 1px solid {edge}; border-radius: 6px; }}
QLineEdit, QSpinBox, QComboBox {{ padding: 4px 8px; min-height: 1.4em; }}
QLineEdit:focus, QSpinBox:focus, QComboBox:focus,
QPlainTextEdit:focus {{ border: 1px solid {accent}; }}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {{ color: {off}; background: {window}; }}
QSpinBox QLineEdit {{ border: 0; padding: 0 0 0 6px; min-height: 0; background: transparent; }}
QComboBox::drop-down {{ border: 0; width: 1.9em; }}
QComboBox::down-arrow, QSpinBox::down-arrow {{ image: url("{chevron_down}"); width: 0.9em; height: 0.9em; }}
QSpinBox::up-arrow {{ image: url("{chevron_up}"); width: 0.9em; height: 0.9em; }}
QSpinBox::up-button, QSpinBox::down-button {{ border: 0; background: transparent; width: 1.9em; }}
QComboBox QAbstractItemView {{ background: {card}; color: {text}; border: 1px solid {border};
    selection-background-color: {selected}; selection-color: {text}; }}
QCheckBox {{ spacing: 0.6em; }}
QCheckBox::indicator, QTreeView::indicator {{ width: 1.1em; height: 1.1em; border: 1px solid {edge};
    border-radius: 4px; background: {field}; }}
QCheckBox::indicator:hover {{ border-color: {accent}; }}
QCheckBox::indicator:focus {{ border: 2px solid {accent}; }}
QCheckBox::indicator:checked,
QTreeView::indicator:checked {{ background: {accent}; border-color: {accent};
    image: url("{tick}"); }}
QCheckBox::indicator:indeterminate {{ background: {accent}; border-color: {accent};
    image: url("{minus}"); }}
QCheckBox::indicator:disabled {{ background: {window}; border-color: {border}; }}
QCheckBox::indicator:checked:disabled {{ background: {off}; border-color: {off}; }}
QCheckBox:disabled {{ color: {off}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QDialogButtonBox QPushButton {{ background: {card}; color: {text}; border: 1px solid {edge};
    border-radius: 7px; padding: 6px 18px; }}
QDialogButtonBox QPushButton:hover {{ background: {selected}; }}
QDialogButtonBox QPushButton:default {{ background: {accent}; color: {on_accent}; border-color: {accent}; }}
QDialogButtonBox QPushButton:default:hover {{ background: {accent_hover}; }}
QDialogButtonBox QPushButton:focus {{ border: 2px solid {accent}; padding: 5px 17px; }}
QDialogButtonBox QPushButton:default:focus {{ border-color: {text}; }}
QDialogButtonBox QPushButton:disabled {{ color: {off}; background: {window}; border-color: {border}; }}
QHeaderView::section {{ background: {side}; color: {muted}; border: 0; padding: 5px 8px; }}
QTreeWidget::item {{ padding: 0.25em 0; }}
QMenu {{ background: {card}; color: {text}; border: 1px solid {border}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 8px; border-radius: 5px; background: transparent; }}
QMenu::item:selected {{ background: {selected}; color: {text}; }}
QMenu::item:disabled {{ color: {off}; }}
QMenu::icon {{ padding-left: 6px; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 5px 8px; }}
QToolTip {{ background: {card}; color: {text}; border: 1px solid {border}; padding: 4px; }}
QScrollBar {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ width: 0.9em; }}
QScrollBar:horizontal {{ height: 0.9em; }}
QScrollBar::handle {{ background: {border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 2.5em; }}
QScrollBar::handle:horizontal {{ min-width: 2.5em; }}
QScrollBar::handle:hover {{ background: {off}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def style_sheet(tones: Tones, *, is_fusion: bool) -> str:
    """The sheet for this look. On systems whose own style looks well its fields are left alone."""
    sheet = _SHEET + _FUSION_SHEET if is_fusion else _SHEET
    return sheet.format(
        **asdict(tones),
        accent_hover=_darkened(tones.accent, 0.9),
        accent_pressed=_darkened(tones.accent, 0.8),
        chevron_down=icon("chevron-down").as_posix(),
        chevron_up=icon("chevron-up").as_posix(),
        tick=icon("tick").as_posix(),
        minus=icon("minus").as_posix(),
    )


def _darkened(color: str, strength: float) -> str:
    parts = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{int(part * strength):02x}" for part in parts)
