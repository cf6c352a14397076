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
    changes={"rolled_back", "finished", "tested"},
    since={"rolled_back"},
    offline_mail={"planned", "switched", "reported"},
    login={"tested"},
    password={"tested", "finished"},
    fail_on_refused=EVERY,
)


# What `tested` takes beside `changes`: these say by themselves which accounts are tested.
BESIDE_CHANGES = {"changes", "login", "timeout", "password", "password_command", "libsecret", "ca_file", "allow_links", "state_dir", "fail_on_refused"}


def misplaced(params, spec):
    """Options that were given and that the state does not take."""
    state = params["state"]
    states = dict(OTHERS)
    states.update((name, row[0]) for name, row in list(FLAGS.items()) + list(VALUES.items()))
    of_changes = state == "tested" and params["changes"] is not None
    return sorted(
        name
        for name, allowed in states.items()
        if (state not in allowed or of_changes and name not in BESIDE_CHANGES)
        and params[name] != spec[name].get("default")
        and params[name] is not None
    )


def usage_error(params):
    """What the command says of options that it does not take so. Check mode runs other commands, which would not say it."""
    for name in ("limit", "max_failures"):
        if params[name] is not None and params[name] < 1:
            return "%s takes a number from 1" % VALUES[name][1]
    timeout = params["lock_timeout"]
    if timeout is not None and not 0 <= timeout < float("inf"):
        return "--lock-timeout takes seconds, 0 or more"
    if params["state"] == "finished" and not params["online"] and (params["password"] or params["password_command"] or params["ca_file"]):
        return "--password-fd, --password-command and --ca-file need --online"
    return None


def selects_nothing(params):
    """Whether a list of what to take back, to finish or to test was given and is empty: that is nothing, not everything."""
    lists = dict(rolled_back=("changes", "paths", "client"), finished=("changes", "paths", "client"), tested=("changes",))
    return any(params[name] == [] for name in lists.get(params["state"], ()))


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
    if state == "rolled_back" and params["changes"] is None and params["run"] is None and not params["last"]:
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
