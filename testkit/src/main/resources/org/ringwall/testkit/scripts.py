# Reads a request a line, forks, and answers with a line: the status and what was printed. Fields are base64.
# Request: folder, cgroup, CLONE_ flags, script, words. What most scripts import is imported here, once.
import base64, ctypes, errno, fcntl, os, socket, struct, sys, time, traceback

libc = ctypes.CDLL(None, use_errno=True)


def child(folder, cgroup, flags, script, words):
    """Becomes what `cd folder && echo $$ > cgroup/cgroup.procs && exec unshare … python3 -c script words` would be."""
    os.chdir(folder)
    with open(os.path.join(cgroup, 'cgroup.procs'), 'w') as procs:
        procs.write('0')
    if flags and libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    sys.argv = ['-c', *words]
    exec(compile(script, '<script>', 'exec'), {'__name__': '__main__'})
    if 'threading' in sys.modules:
        sys.modules['threading']._shutdown()


def status(error):
    """What the interpreter would end with after this."""
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
    else:
        traceback.print_exception(error)
    return 1


def ended(code):
    """Also for processes that the script forked: they end here, and not in the loop below."""
    try:
        sys.stdout.flush()
    finally:
        os._exit(code)


def forked(output, fields):
    nothing = os.open('/dev/null', os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)
    try:
        folder, cgroup, flags, script, *words = fields
        child(folder, cgroup, int(flags), script, words)
    except BaseException as error:
        ended(status(error))
    ended(0)


for line in sys.stdin.buffer:
    fields = [base64.b64decode(field).decode() for field in line.split(b' ')]
    output = os.memfd_create('output')
    pid = os.fork()
    if pid == 0:
        forked(output, fields)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    printed = os.pread(output, os.fstat(output).st_size, 0)
    os.close(output)
    print(code, base64.b64encode(printed).decode(), flush=True)
