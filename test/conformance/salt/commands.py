"""Runs command lines, of a program or of real Salt's `salt-cloud`, and tells what came out. Opens no connection.

    commands.py < {"program": ["node", "bin/salt-cloud"] or null, "env": {…}, "cases": [{"words", "typed", "terminal", "cwd"}, …]}

Answers with a JSON list of {"code", "stdout", "stderr"} in the order asked. Without a program it is Salt's, loaded once and forked
for each line: that saves its second of start-up. On a `terminal` stdout is all that it shows.
"""
import json
import os
import pty
import select
import sys
import time
import traceback

# Seconds that one line may take.
PATIENCE = 120


def load_salt():
    """All that a command loads anyway, so that each fork has it."""
    # pylint: disable=import-outside-toplevel,unused-import
    import salt.cloud.cli
    import salt.cloud.clouds.saltify
    import salt.output.nested
    import salt.scripts


def become(program, words):
    """In the forked process."""
    if program is not None:
        os.execvp(program[0], [*program, *words])
    sys.argv = ["salt-cloud", *words]
    code = 1
    try:
        sys.modules["salt.scripts"].salt_cloud()
        code = 0
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def drained(ends, terminal, typed):
    """What comes out of some ends until all are closed. On a terminal nothing is typed before it is asked for."""
    texts = {end: b"" for end in ends}
    until = time.monotonic() + PATIENCE
    while ends:
        for end in select.select(ends, [], [], max(0, until - time.monotonic()))[0]:
            try:
                read = os.read(end, 65536)
            except OSError:  # A terminal whose other side is closed.
                read = b""
            texts[end] += read
            if read == b"":
                os.close(end)
                ends = [each for each in ends if each != end]
            elif terminal and typed and texts[end].endswith(b"[N/y] "):
                os.write(end, typed)
                typed = b""
        if time.monotonic() > until:
            raise TimeoutError
    return [text.decode().replace("\r\n", "\n") for text in texts.values()]


def in_terminal(program, case):
    pid, end = pty.fork()
    if pid == 0:
        os.chdir(case["cwd"])
        become(program, case["words"])
    [stdout] = drained([end], True, case["typed"].encode())
    return pid, stdout, ""


def through_pipes(program, case):
    pipes = [os.pipe() for _ in range(3)]
    pid = os.fork()
    if pid == 0:
        for number, (read, write) in enumerate(pipes):
            os.dup2(read if number == 0 else write, number)
        os.closerange(3, 256)
        os.chdir(case["cwd"])
        become(program, case["words"])
    (stdin, typing), (out, stdout), (err, stderr) = pipes
    for end in (stdin, stdout, stderr):
        os.close(end)
    try:
        os.write(typing, case["typed"].encode())
    except BrokenPipeError:
        pass
    os.close(typing)
    return (pid, *drained([out, err], False, b""))


def run(program, case):
    pid, stdout, stderr = (in_terminal if case["terminal"] else through_pipes)(program, case)
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "stdout": stdout, "stderr": stderr}


def main():
    asked = json.load(sys.stdin)
    os.environ.clear()
    os.environ.update(asked["env"])
    if asked["program"] is None:
        load_salt()
    json.dump([run(asked["program"], case) for case in asked["cases"]], sys.stdout)


main()
