"""Writes every result of a play as one JSON object per line to $FLEET_RECORD."""
import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: every result as one JSON object per line
description: Read by the tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"

    def _record(self, status, result, **_):
        line = {"task": result.task.get_name(), "host": result.host.get_name(), "status": status, "result": result.result}
        with open(os.environ["FLEET_RECORD"], "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._record("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._record("skipped", result)
