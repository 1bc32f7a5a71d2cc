"""Snakemake's own messages: which of them are left out, and errors and reasons in few words."""

import re

LEFT_OUT = (
    "Assuming unrestricted shared filesystem usage",
    "Building DAG of jobs",
    "Complete log(s): ",
    "Conda environments: ignored",
    "Config file ",
    "Elapsed time: ",
    "Exiting because a job execution failed",
    "Group jobs: inactive",
    "Job rate limit reached",
    "Reasons:\n",
    "Rules with provenance triggered jobs",
    "Select jobs to execute",
    "Shutting down, this might take some time",
    "Singularity containers: ignored",
    "Some jobs were triggered by provenance information",
    "This was a dry-run",
    "Updating checkpoint dependencies",
    "Using shell: ",
    "Waiting at most ",
)
"""Beginnings of messages that every run has, or that lines of this plugin say better."""

REASONS = {
    "Forced execution": "forced",
    "Rules with neither input nor output files": "has neither input nor output",
    "Rules with a run or shell declaration but no output": "has no output",
    "Missing output files": "output is missing",
    "Incomplete output files": "output is incomplete",
    "Updated input files": "input is newer",
    "Set of input files has changed": "other input files",
    "Code has changed": "the rule's code changed",
    "Params have changed": "parameters changed",
    "Software environment definition has changed": "software environment changed",
}
"""What Snakemake says, and the same in few words."""

AFTER_ANOTHER = "Input files updated by another job"

CHECKSUM = r"'?[0-9a-f]{32,}'?"

LONGEST_VALUES = 80
"""Characters of changed parameters that are shown."""


def is_left_out(message: str) -> bool:
    """Whether a message of Snakemake is not shown."""
    return not message.strip() or message.lstrip().startswith(LEFT_OUT)


def brief_reason(reason: str) -> str:
    """Why a job runs, without lists of files and checksums."""
    found = [brief for said, brief in REASONS.items() if said in reason]
    if "parameters changed" in found:
        found[found.index("parameters changed")] = _changed_parameters(reason)
    if not found and AFTER_ANOTHER in reason:
        found = ["input is made by another job"]
    return ", ".join(found) or reason.partition(":")[0]


def _changed_parameters(reason: str) -> str:
    """The parameters that changed, where they are short; a checksum is that of code."""
    values = re.search(r"before: (.*) now: (.*?)\s*(?:; |$)", reason, re.DOTALL)
    if not values:
        return "parameters changed"
    before, now = (re.sub(rf"{CHECKSUM},?", "", text).strip(" ,") for text in values.groups())
    before, now = (text.replace("<nothing exclusive>", "") for text in (before, now))
    if not before and not now:
        return "the library's code changed" if re.search(CHECKSUM, reason) else "parameters changed"
    changed = f"parameters changed from {before or 'none'} to {now or 'none'}"
    return changed if len(changed) <= LONGEST_VALUES else "parameters changed"


def brief_error(kind: str, text: str) -> str:
    """An error without the places in Snakemake files where it was raised, as it is one in what they were given.

    Other errors than those that are raised to tell a person something are errors in code, and stay as they are.
    """
    inner = re.search(r"^Error:\n  WorkflowError:\n(.*?)\nWildcards:", text, re.MULTILINE | re.DOTALL)
    if inner:
        return "\n".join(line.strip() for line in inner[1].splitlines())
    unparsed = re.search(r"Invalid config definition: .*\(Unparsable value: (.*)\)", text)
    if unparsed:
        return f"--config: found {unparsed[1]}; expected name=value. Targets go before --config"
    unread = re.search(
        r"\A(?:error: )?Traceback .*^\w+Error: \[Errno \d+\] ([^\n]*): '([^\n]*)'\s*\Z", text, re.M | re.DOTALL
    )
    if unread:
        return f"{unread[2]}: {unread[1]}; expected a file or folder that can be used. Check its name and permissions"
    if kind in ("ApiError", "CliException"):
        return text.removeprefix("Error: ").strip()
    if kind == "WorkflowError":
        text = re.sub(r"\AWorkflowError[^\n]*:\n", "", text)
        text = re.sub(r'\n  File "[^\n]*, line \d+, in [^\n]*', "", text)
    return text.strip()


def exit_status(text: str) -> str:
    """How a command ended that wrote no error, from Snakemake's message."""
    status = re.search(r"returned non-zero exit status (\d+)", text)
    killed = re.search(r"died with <Signals\.(\w+): \d+>", text)
    if killed:
        return f"the command was ended by {killed[1]}"
    return f"the command ended with exit status {status[1]}" if status else ""
