# Copyright: ProfileRewriter contributors
# Apache License 2.0 (see LICENSE)
"""Which options each state takes, and how the command spells them."""

from __future__ import annotations

COMMANDS = dict(
    scanned="scan",
    planned="plan",
    switched="apply",
    rolled_back="rollback",
    recovered="recover",
    finished="finish",
    tested="test",
    recorded="history",
    reported="report",
)

READS_HOMES = {"scanned", "planned", "switched", "tested", "reported"}
SWITCHES = {"planned", "switched", "tested", "reported"}
CHANGES = {"switched", "rolled_back", "recovered", "finished"}
EVERY = set(COMMANDS)

# option: the states that take it, and the command's word for it
FLAGS = dict(
    all_users=(READS_HOMES, "--all-users"),
    fix_smtp=({"planned", "switched", "reported"}, "--fix-smtp"),
    allow_weaker=(SWITCHES, "--allow-weaker"),
    keep_pop=({"planned", "switched", "reported"}, "--keep-pop"),
    stop_clients=(CHANGES, "--stop-clients"),
    client_is_closed=(CHANGES | {"scanned", "planned", "reported"}, "--client-is-closed"),
    allow_links=(EVERY - {"recorded"}, "--allow-links"),
    last=({"rolled_back"}, "--last"),
    leave_on_server=({"rolled_back"}, "--leave-on-server"),
    fetch_again=({"rolled_back"}, "--yes"),
    target=({"tested"}, "--target"),
    online=({"finished"}, "--online"),
    libsecret=({"tested"}, "--libsecret"),
)
VALUES = dict(
    homes_from=(READS_HOMES, "--homes-from"),
    exclude=(READS_HOMES, "--exclude"),
    match=(READS_HOMES | {"rolled_back", "finished"}, "--match"),
    client=(READS_HOMES | {"rolled_back", "finished"}, "--client"),
    imap_host=(SWITCHES, "--imap-host"),
    imap_port=(SWITCHES, "--imap-port"),
    security=(SWITCHES, "--security"),
    auth=(SWITCHES, "--auth"),
    username=(SWITCHES, "--username"),
    path_prefix=(SWITCHES, "--path-prefix"),
    servers=(SWITCHES, "--servers"),
    limit=({"switched"}, "--limit"),
    max_failures=({"switched", "rolled_back"}, "--max-failures"),
    require_backup=({"switched"}, "--require-backup"),
    lock_timeout=(CHANGES, "--lock-timeout"),
    run=({"rolled_back"}, "--run"),
    timeout=({"tested"}, "--timeout"),
    password_command=({"tested", "finished"}, "--password-command"),
    ca_file=({"tested", "finished"}, "--ca-file"),
    state_dir=(EVERY, "--state"),
)
# Those that are spelled in a way of their own.
OTHERS = dict(
    paths=EVERY - {"recovered"},
    changes={"rolled_back", "finished"},
    offline_mail={"planned", "switched", "reported"},
    login={"tested"},
    password={"tested", "finished"},
    fail_on_refused=EVERY,
)


def misplaced(params, spec):
    """Options that were given and that the state does not take."""
    state = params["state"]
    states = dict(OTHERS)
    states.update((name, row[0]) for name, row in list(FLAGS.items()) + list(VALUES.items()))
    return sorted(
        name
        for name, allowed in states.items()
        if state not in allowed and params[name] != spec[name].get("default") and params[name] is not None
    )


def arguments_of(params, state):
    """Arguments, standard input and password for the command of a state. Options that it does not take are left out."""
    words = [flag for name, (states, flag) in FLAGS.items() if state in states and params[name]]
    for name, (states, flag) in VALUES.items():
        if state not in states or params[name] is None:
            continue
        for value in params[name] if isinstance(params[name], list) else [params[name]]:
            words.append("%s=%s" % (flag, value))
    if state in OTHERS["offline_mail"] and params["offline_mail"] is not None:
        words.append("--offline-mail=" + ("yes" if params["offline_mail"] else "no"))
    if state == "tested" and not params["login"]:
        words.append("--no-login")
    if state == "rolled_back" and not (params["changes"] or params["run"] or params["last"]):
        words.append("--all")
    password = params["password"] if state in OTHERS["password"] else None
    paths = params["paths"]
    if paths is not None and state in READS_HOMES:
        # By standard input: as many as there are, and whatever they are called.
        return words + ["--homes-from=-"], "".join(path + "\0" for path in paths), password
    if state in OTHERS["changes"]:
        words += ["--"] + (params["changes"] or []) + (paths or [])
    elif state == "recorded":
        words += ["--"] + (paths or [])
    return words, "", password
