"""What is shown and cannot run here, and why. Each command of the program among it is parsed all the same."""
import re

REASONS = [
    (r"profile-rewriter (test|upload)\b", "needs a mail server; Tests/UploadTests and MailCheckTests have one"),
    (r"profile-rewriter .*--online\b", "asks the network; MailCheckTests and Tests/RealClientTests have servers"),
    (r"sudo\b", "changes the machine; Tests/PackageTests installs in a clean Debian"),
    (r"systemctl\b|journalctl\b", "needs systemd; packaging is read by Tests/PackageTests"),
    (r"ansible(-galaxy|-playbook|-doc)?\b", "needs ansible-core; Tests/AnsibleTests runs the playbooks"),
    (r"git clone\b", "needs the network"),
    (r"scp\b|ssh\b", "needs a second machine"),
    (r"make\b|scripts/install-dependencies\b", "builds or installs; CI runs the targets"),
    (r"([A-Z_]+=\S+ )*(Tests|Benchmarks|\.build)/", "a test of its own, which `make` runs"),
]

# What a page may run besides the program: it reads, or writes below the world's own directories.
HARMLESS = {"cat", "cd", "cp", "diff", "export", "find", "grep", "head", "ls", "mkdir", "patch", "printf", "sed", "cut"}


def reason(command):
    """Why it does not run here; None if it does."""
    for pattern, why in REASONS:
        if re.match(pattern, command.strip()):
            return why
    first = command.split()[0]
    if first != "profile-rewriter" and first not in HARMLESS:
        raise AssertionError(f"nothing says whether `{first}` may run here: shown/elsewhere.py")
    return None
