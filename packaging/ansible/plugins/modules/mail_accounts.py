#!/usr/bin/python
# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Drives the profile-rewriter command: options in, its JSON rows out."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_accounts
short_description: Switch the POP accounts of a host's mail clients to IMAP, and back
version_added: 0.1.0
description:
  - Takes a whole host in one call. Runs the C(profile-rewriter) command there and decides nothing itself.
  - Every change has its patch in the command's journal before the first byte of a profile changes; O(state=rolled_back)
    takes it back.
  - Without O(all_users), O(paths) or O(homes_from), the home of the user that the task runs as.
options:
  state:
    description:
      - V(scanned) lists profiles and their accounts; V(planned) says what a switch would change; V(recorded) lists the
        journal; V(reported) says of each account how far it is, for M(profilerewriter.profile_rewriter.fleet_report); V(tested) logs in to the accounts' servers. None of these changes anything.
      - V(switched) takes POP accounts to IMAP; V(rolled_back) takes changes back; V(recovered) settles interrupted changes;
        V(finished) does what had to wait for the mail client.
    type: str
    choices: [scanned, planned, switched, rolled_back, recovered, finished, tested, recorded, reported]
    default: switched
  all_users:
    description: Every home of the host's user database.
    type: bool
    default: false
  paths:
    description:
      - Homes, profile directories or files, absolute. They are handed over on standard input, so names may hold anything.
      - For V(rolled_back), V(finished) and V(recorded) a limit; without it, the whole journal. An empty list takes nothing back and
        finishes nothing.
    type: list
    elements: str
  homes_from:
    description: A file on the host with homes in it, one in a line or with zero bytes between them.
    type: str
  exclude:
    description: Leave out homes whose path or last name matches; V(*) stands for anything.
    type: list
    elements: str
  match:
    description: Only accounts of this user name, host, domain or user@host; V(*) stands for anything.
    type: str
  client:
    description: Only these mail clients, such as V(thunderbird) and V(evolution).
    type: list
    elements: str
  imap_host:
    description: The IMAP server. Without it, what O(servers) or the command's own facts say of each account's provider.
    type: str
  imap_port:
    description: Its port; 993 with TLS, else 143, when not given.
    type: int
  security:
    description: Transport security; V(tls) when not given.
    type: str
    choices: [none, starttls, tls]
  auth:
    description: Authentication; as the account has it when not given.
    type: str
    choices: [password-cleartext, password-encrypted, GSSAPI, NTLM, TLS-client-cert, OAuth2, none]
  username:
    description: User name on the server, with C(%EMAILADDRESS%), C(%EMAILLOCALPART%) or C(%EMAILDOMAIN%).
    type: str
  path_prefix:
    description: The server folder that holds all others.
    type: str
  servers:
    description: An autoconfig file or a directory of them, on the host, that is asked before the command's own facts.
    type: str
  offline_mail:
    description: Whether clients keep copies of all server mail; the client's choice when not given.
    type: bool
  fix_smtp:
    description: Set outgoing servers right, too.
    type: bool
    default: false
  allow_weaker:
    description: Permit weaker transport security or authentication than the account has.
    type: bool
    default: false
  keep_pop:
    description: Keep the POP servers of autoconfig files behind IMAP.
    type: bool
    default: false
  limit:
    description: Change this many profiles of the host at most (a canary). The same call again goes on with the rest.
    type: int
  max_failures:
    description:
      - End the run once this many profiles have failed, and then fail the task. Fewer failures are reported and do not
        fail it. Without this option any failure fails the task.
    type: int
  require_backup:
    description: Refuse accounts without a verified, current backup in this directory.
    type: str
  fail_on_refused:
    description: Fail the task also when an account was refused; the others are done all the same.
    type: bool
    default: false
  lock_timeout:
    description: Seconds to wait for another run that works on the same profile.
    type: float
  stop_clients:
    description: Ask running clients to close, where they have a command for that.
    type: bool
    default: false
  client_is_closed:
    description: Your word that clients are closed where locks prove nothing (network file systems, profiles of Windows or macOS).
    type: bool
    default: false
  allow_links:
    description: Take homes and profiles that are symbolic links to their user's own directories.
    type: bool
    default: false
  changes:
    description:
      - Ids of changes to take back, to finish or to test. An empty list is none of them, and nothing is done.
      - For V(rolled_back), without this option, O(run), O(last) and O(since), all of them; for V(finished), without this one.
      - For V(tested), exactly the accounts that these changes have switched, whichever home they are in. Their incoming servers decide
        whether the task fails; an account that could not be tested is in RV(refused).
    type: list
    elements: str
  run:
    description: Take back this run.
    type: str
  since:
    description:
      - Take back whatever was switched after the change with this id, in how many runs ever; V(start) for all that is recorded.
      - The playbooks use it, C(switch) notes the last change of a host before it begins.
    type: str
  last:
    description: Take back the last run that switched anything.
    type: bool
    default: false
  leave_on_server:
    description: Restore POP accounts so that they leave mail on the server.
    type: bool
    default: false
  fetch_again:
    description: Take changes back although POP will fetch again what was uploaded.
    type: bool
    default: false
  target:
    description: Test the servers that a switch would take POP accounts to, not those that accounts have.
    type: bool
    default: false
  login:
    description: Test with a login.
    type: bool
    default: true
  timeout:
    description: Seconds for one answer of a server.
    type: float
  online:
    description: Ask the account's server where the client's files do not prove that its first synchronisation is done.
    type: bool
    default: false
  password:
    description: The password of the one account that is tested or asked for. It is handed over by a pipe.
    type: str
  password_command:
    description: A shell command on the host that prints the password of the account in its environment.
    type: str
  libsecret:
    description: Take passwords from the users' own keyrings.
    type: bool
    default: false
  ca_file:
    description: Trust the certificate authorities in this file, too.
    type: str
  state_dir:
    description: Directory of the journal; the command's own choice when not given (C(/var/lib/profile-rewriter) as root).
    type: str
  executable:
    description: The command, a name to be looked for in the search path or an absolute path.
    type: str
    default: profile-rewriter
attributes:
  check_mode:
    support: full
    description:
      - The same C(changed), counts and refusals as the run, told from C(plan), for undo from C(rollback --dry-run), else from C(history) and C(doctor).
      - Two things only a run can tell, and a warning says so - what O(require_backup) refuses, and what
        O(stop_clients) makes possible.
  diff_mode:
    support: full
    description: The command's own unified diff. Files that hold secrets are listed by key.
  platform:
    support: full
    platforms: posix
    description: Linux hosts with the command installed.
author:
  - ProfileRewriter contributors (@profilerewriter)
notes:
  - The task fails when the command cannot go on, when it was interrupted, and on failures by O(max_failures). Refusals (a
    running client, no known server) do not fail it unless O(fail_on_refused); RV(refused) has them, for C(failed_when).
  - Ansible keeps a module's parameters in a file of mode 0600 on the host while the task runs, O(password) among them, unless
    pipelining is on.
"""

EXAMPLES = r"""
- name: What would change?
  profilerewriter.profile_rewriter.mail_accounts:
    state: planned
    all_users: true
    match: pop.example.net
    imap_host: imap.example.net

- name: Five profiles first
  profilerewriter.profile_rewriter.mail_accounts:
    all_users: true
    match: pop.example.net
    imap_host: imap.example.net
    limit: 5
    max_failures: 1
  register: switch

- name: Whoever has the client open is not an error, anything else that is refused is
  profilerewriter.profile_rewriter.mail_accounts:
    all_users: true
  register: switch
  failed_when: switch.failed or switch.refused | rejectattr('reason', 'eq', 'client-running') | list

- name: Do their servers answer?
  profilerewriter.profile_rewriter.mail_accounts:
    state: tested
    changes: "{{ switch.backup_ids }}"
    login: false
    fail_on_refused: true

- name: Take that back
  profilerewriter.profile_rewriter.mail_accounts:
    state: rolled_back
    changes: "{{ switch.backup_ids }}"

- name: Does the new server let Alice in?
  profilerewriter.profile_rewriter.mail_accounts:
    state: tested
    paths: [/home/alice]
    password: "{{ alice_password }}"
"""

RETURN = r"""
msg:
  description: What happened, in one sentence.
  type: str
  returned: always
summary:
  description:
    - Counts. For V(switched), V(rolled_back), V(recovered) and V(finished) accounts C(applied), C(undone), C(unchanged),
      C(refused), C(conflict), C(failed), and C(reasons), how many for each reason.
    - For the other states the members of the command's own summary.
  type: dict
  returned: when the command came to its end
  sample: {applied: 3, undone: 0, unchanged: 1, refused: 1, conflict: 0, failed: 0, reasons: {client-running: 1}}
changes:
  description:
    - The accounts that were (in check mode would be) changed, with C(home), C(client), C(profile), C(account), C(status),
      C(change), C(warnings). For V(planned) the command's rows with files and edits.
  type: list
  elements: dict
  returned: always
backup_ids:
  description:
    - Ids of the changes that were made, each with its patch in the journal; O(changes) takes them. Of those that are
      (or would be) taken back for V(rolled_back). Empty in check mode for V(switched).
  type: list
  elements: str
  returned: always
run:
  description: The id of the run, for O(run).
  type: str
  returned: when something was switched
refused:
  description: Accounts and profiles that were left as they are, with C(status), C(reason) and C(text).
  type: list
  elements: dict
  returned: always
failures:
  description: Those of RV(refused) that count for O(max_failures).
  type: list
  elements: dict
  returned: always
ended_by:
  description: V(limit) or V(max-failures) where that ended the run before it had been everywhere.
  type: str
  returned: always
rows:
  description: The command's rows for V(scanned), V(tested), V(recorded) and V(reported).
  type: list
  elements: dict
  returned: for these states
rc:
  description: The command's exit status; in check mode what the run's would be.
  type: int
  returned: always
code:
  description: The command's code where it could not go on.
  type: str
  returned: when it could not
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.command import Command, CommandFailure
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.foretell import foretell_by_journal, foretell_switch, foretell_undo
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.journal import nothing, switched_since, whole_journal
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.options import COMMANDS, arguments_of, misplaced, selects_nothing, usage_error
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.outcome import Outcome
from ansible_collections.profilerewriter.profile_rewriter.plugins.module_utils.tested import test_changes

CHOICES = dict(
    state=["scanned", "planned", "switched", "rolled_back", "recovered", "finished", "tested", "recorded", "reported"],
    security=["none", "starttls", "tls"],
    auth=["password-cleartext", "password-encrypted", "GSSAPI", "NTLM", "TLS-client-cert", "OAuth2", "none"],
)


def argument_spec():
    return dict(
        state=dict(type="str", choices=CHOICES["state"], default="switched"),
        all_users=dict(type="bool", default=False),
        paths=dict(type="list", elements="str"),
        homes_from=dict(type="str"),
        exclude=dict(type="list", elements="str"),
        match=dict(type="str"),
        client=dict(type="list", elements="str"),
        imap_host=dict(type="str"),
        imap_port=dict(type="int"),
        security=dict(type="str", choices=CHOICES["security"]),
        auth=dict(type="str", choices=CHOICES["auth"]),
        username=dict(type="str"),
        path_prefix=dict(type="str"),
        servers=dict(type="str"),
        offline_mail=dict(type="bool"),
        fix_smtp=dict(type="bool", default=False),
        allow_weaker=dict(type="bool", default=False),
        keep_pop=dict(type="bool", default=False),
        limit=dict(type="int"),
        max_failures=dict(type="int"),
        require_backup=dict(type="str"),
        fail_on_refused=dict(type="bool", default=False),
        lock_timeout=dict(type="float"),
        stop_clients=dict(type="bool", default=False),
        client_is_closed=dict(type="bool", default=False),
        allow_links=dict(type="bool", default=False),
        changes=dict(type="list", elements="str"),
        run=dict(type="str"),
        since=dict(type="str"),
        last=dict(type="bool", default=False),
        leave_on_server=dict(type="bool", default=False),
        fetch_again=dict(type="bool", default=False),
        target=dict(type="bool", default=False),
        login=dict(type="bool", default=True),
        timeout=dict(type="float"),
        online=dict(type="bool", default=False),
        password=dict(type="str", no_log=True),
        password_command=dict(type="str", no_log=True),
        libsecret=dict(type="bool", default=False),
        ca_file=dict(type="str"),
        state_dir=dict(type="str"),
        executable=dict(type="str", default="profile-rewriter"),
    )


def main():
    module = AnsibleModule(
        argument_spec=argument_spec(),
        supports_check_mode=True,
        mutually_exclusive=[
            ("all_users", "paths", "homes_from"),
            ("changes", "run", "last", "since"),
            ("password", "password_command", "libsecret"),
        ],
    )
    refuse_wrong_options(module)
    command = Command(module)
    try:
        outcome = nothing(module.params["state"]) if selects_nothing(module.params) else perform(module, command)
    except CommandFailure as failure:
        module.fail_json(**failure.result)
    result = outcome.result()
    if module._diff:
        result["diff"] = dict(prepared=outcome.diff)
    # Said in either case: without a word Ansible takes every status but 0 for a failure.
    result["failed"] = outcome.has_failed(module.params)
    module.exit_json(**result)


def refuse_wrong_options(module):
    """What the command would not refuse by itself, or could take for something else."""
    state = module.params["state"]
    wrong = misplaced(module.params, argument_spec())
    if wrong:
        module.fail_json(msg="no option of state=%s: %s" % (state, ", ".join(wrong)))
    wrong = usage_error(module.params)
    if wrong:
        module.fail_json(msg=wrong, rc=64, code="usage")
    for path in module.params["paths"] or []:
        if not os.path.isabs(path) or "\0" in path:
            module.fail_json(msg="paths takes absolute paths, not %r" % path)
    for name in ("changes", "since"):
        value = module.params[name]
        for identifier in value if isinstance(value, list) else [value]:
            if identifier is not None and not identifier.isalnum():
                module.fail_json(msg="%s takes ids of changes, not %r" % (name, identifier))
    password = module.params["password"]
    if password is not None and (not password or "\n" in password or "\0" in password):
        module.fail_json(msg="password must be one line that is not empty")


def perform(module, command):
    state = module.params["state"]
    if state == "tested" and module.params["changes"] is not None:
        return test_changes(module, command)
    if module.params["since"] is not None:
        module.params["changes"] = switched_since(module.params["since"], whole_journal(command))
        if not module.params["changes"]:
            return nothing(state)
    if module.check_mode and state == "switched":
        warn_of_what_only_a_run_tells(module)
        return foretell_switch(module, command)
    if module.check_mode and state == "rolled_back":
        return foretell_undo(module, command)
    if module.check_mode and state in ("recovered", "finished"):
        return foretell_by_journal(module, command)
    answer = command.run([COMMANDS[state], "--json"], *arguments_of(module.params, state))
    outcome = Outcome(state, answer)
    if module._diff:
        outcome.diff = diff(module, command, outcome)
    return outcome


def diff(module, command, outcome):
    if outcome.state == "planned":
        return command.text(["plan"], *arguments_of(module.params, "planned"))
    if outcome.state in ("switched", "rolled_back", "recovered", "finished"):
        return command.diff_of_changes(outcome.changed_rows)
    return ""


def warn_of_what_only_a_run_tells(module):
    if module.params["require_backup"] is not None:
        module.warn("check mode does not look into require_backup; the run may refuse more")
    if module.params["stop_clients"]:
        module.warn("check mode closes no clients; accounts it calls client-running may be switched by the run")


if __name__ == "__main__":
    main()
