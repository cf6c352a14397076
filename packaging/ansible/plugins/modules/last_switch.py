#!/usr/bin/python
# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Notes on the controller what was recorded on hosts before a playbook switches anything there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: last_switch
short_description: Note what was recorded on hosts before a playbook switches anything
version_added: 0.1.0
description:
  - Writes C(last-switch.json) into the directory of the fleet's report. The playbook C(rollback) goes by it, and takes back on each of these
    hosts whatever was switched since. Hosts that are not in it are left alone.
  - The role C(switch) calls it on the controller, before the first change of each batch of hosts.
options:
  dest:
    description: The directory. It is made if it is not there.
    type: path
    required: true
  playbook:
    description: What tells one run of a playbook from another. Hosts of other runs are forgotten; of the same run, the first note is kept.
    type: str
    required: true
  before:
    description: For each host the id of the last change that was recorded there, or V(start) for none.
    type: dict
    required: true
attributes:
  check_mode:
    support: full
    description: Writes nothing.
  diff_mode:
    support: none
    description: There is none.
  platform:
    support: full
    description: The controller.
    platforms: posix
author:
  - ProfileRewriter contributors (@profilerewriter)
"""

EXAMPLES = r"""
- name: Note what was there
  profilerewriter.profile_rewriter.last_switch:
    dest: /srv/reports/mail
    playbook: "2026-11-27T21:00:00Z"
    before: {h1: dembwdhctb, h2: start}
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: always
  sample: /srv/reports/mail/last-switch.json
"""

import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.files import write


def noted(path, playbook):
    """What this run of the playbook has noted before; nothing where the file is another run's."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        return document["before"] if document["playbook"] == playbook else {}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def main():
    module = AnsibleModule(
        argument_spec=dict(
            dest=dict(type="path", required=True),
            playbook=dict(type="str", required=True),
            before=dict(type="dict", required=True),
        ),
        supports_check_mode=True,
    )
    dest, playbook = module.params["dest"], module.params["playbook"]
    path = os.path.join(dest, "last-switch.json")
    try:
        old = noted(path, playbook)
        before = dict(module.params["before"], **old)
        if not module.check_mode:
            os.makedirs(dest, mode=0o700, exist_ok=True)
            write(path, json.dumps(dict(playbook=playbook, before=before), indent=1, sort_keys=True) + "\n")
    except OSError as error:
        module.fail_json(msg="%s cannot be written: %s" % (path, error))
    module.exit_json(changed=before != old, path=path)


if __name__ == "__main__":
    main()
