#!/usr/bin/python3
"""The screen by the accessibility bus: screen.py look | press NAME… | click NAME

look prints JSON: {windows: [[program, role, name, text]], alerts: [[program, text]]}. press presses the buttons or chooses the menu
items of these names, one after the other, waiting for each. click clicks at the last row of a tree whose name begins so. Must run in a session with a display (see ../desktop.py).
"""
import json
import sys
import time

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib

ALERTS = {Atspi.Role.ALERT, Atspi.Role.INFO_BAR}
PRESSABLE = {Atspi.Role.PUSH_BUTTON, Atspi.Role.MENU_ITEM}
# Nothing that is looked for is in there, and there may be much.
SKIPPED = {Atspi.Role.TREE_TABLE, Atspi.Role.TABLE, Atspi.Role.DOCUMENT_WEB}
WAITED = 20


def children(node):
    for index in range(node.get_child_count()):
        child = node.get_child_at_index(index)
        if child:
            yield child


def is_showing(node):
    return node.get_state_set().contains(Atspi.StateType.SHOWING)


def labels(node):
    if node.get_role() == Atspi.Role.LABEL and is_showing(node):
        yield node.get_name()
    for child in children(node):
        yield from labels(child)


def alerts(node):
    if not is_showing(node):
        return
    if node.get_role() in ALERTS:
        yield " ".join(labels(node))
    elif node.get_role() not in SKIPPED | {Atspi.Role.MENU_BAR}:
        for child in children(node):
            yield from alerts(child)


def windows():
    for program in children(Atspi.get_desktop(0)):
        for window in children(program):
            yield program, window


def look():
    shown = {"windows": [], "alerts": []}
    for program, window in windows():
        try:
            if is_showing(window):
                said = "" if window.get_role() == Atspi.Role.FRAME else " ".join(labels(window))
                shown["windows"].append([program.get_name(), window.get_role_name(), window.get_name(), said])
                shown["alerts"] += [[program.get_name(), text] for text in alerts(window)]
        except GLib.Error:  # it closed while we looked
            continue
    print(json.dumps(shown))


def find(node, name):
    if node.get_role() in PRESSABLE and node.get_name() == name and node.get_state_set().contains(Atspi.StateType.SENSITIVE):
        return node
    if node.get_role() in SKIPPED:
        return None
    return next(filter(None, (find(child, name) for child in children(node))), None)


def press(name):
    deadline = time.monotonic() + WAITED
    while time.monotonic() < deadline:
        for _, window in windows():
            try:
                node = find(window, name)
            except GLib.Error:
                continue
            if node:
                node.do_action(0)
                return
        time.sleep(0.1)
    sys.exit(f"nothing called {name}")


def rows(node):
    if node.get_role() == Atspi.Role.TABLE_CELL:
        yield node
    for child in children(node):
        yield from rows(child)


def click(name):
    deadline = time.monotonic() + WAITED
    while time.monotonic() < deadline:
        found = [row for _, window in windows() for row in rows(window) if row.get_name().startswith(name)]
        if found:
            place = found[-1].get_component_iface().get_extents(Atspi.CoordType.SCREEN)
            Atspi.generate_mouse_event(place.x + place.width // 2, place.y + place.height // 2, "b1c")
            return
        time.sleep(0.1)
    sys.exit(f"no row called {name}")


if sys.argv[1] == "look":
    look()
elif sys.argv[1] == "click":
    click(sys.argv[2])
else:
    for argument in sys.argv[2:]:
        press(argument)
