"""Commands as forks of a process that has their libraries loaded."""

import gc
import os
import sys
import traceback


def keep_what_is_loaded():
    """To be called once all is loaded: forks then share its memory, also after a garbage collection."""
    gc.collect()
    gc.freeze()


def exit_code(command, streams, folder, environment):
    """Run a command in a fork, with these streams in place of the standard ones.

    The fork ends at once: taking down all that was loaded would take longer than many commands.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for number, stream in streams.items():
            os.dup2(stream, number)
        command()
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
