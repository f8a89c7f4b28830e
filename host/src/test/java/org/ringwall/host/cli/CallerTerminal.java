// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.ringwall.testkit.Command;

/** A terminal of a test's own, and programs that call commands on it. */
final class CallerTerminal implements AutoCloseable {
    /** The setting of Linux 6.2 and newer that permits TIOCSTI without a capability. */
    private static final Path LEGACY = Path.of("/proc/sys/dev/tty/legacy_tiocsti");

    /**
     * A session leader that starts a command with some of its standard files on the terminal, as a
     * shell does, and prints what can be read from the terminal after it.
     */
    private static final String CALLER = """
            import os, pty, sys, select, termios, subprocess
            pid, fd = pty.fork()
            if pid == 0:
                modes = termios.tcgetattr(0)
                modes[3] &= ~termios.ECHO
                termios.tcsetattr(0, termios.TCSANOW, modes)
                before = termios.tcgetattr(0)
                os.environ['CALLER'] = os.ttyname(0)
                files = {'all': {}, 'no input': {'stdin': subprocess.PIPE},
                    'only errors': {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE}}[sys.argv[1]]
                said, _ = (command := subprocess.Popen(sys.argv[2:], **files)).communicate()
                print((said or b'').decode(), end='')
                typed = ''
                while select.select([0], [], [], 0.5)[0]: typed += os.read(0, 999).decode()
                print('code', command.returncode, 'typed', repr(typed), 'modes', termios.tcgetattr(0) == before)
                sys.stdout.flush()
                os._exit(0)
            said = b''
            try:
                while part := os.read(fd, 4096): said += part
            except OSError: pass
            print(said.decode().replace('\\r', ''), end='')
            """;

    /** Puts a line into each terminal that the process can open. */
    private static final String TYPE = """
            import ctypes, errno, fcntl, mmap, os, platform, sys, termios
            libc = ctypes.CDLL(None, use_errno=True)
            letter = ctypes.create_string_buffer(b'x', 64)
            def attempt(name, action):
                try:
                    action()
                    print(name + ': done')
                except OSError as e:
                    print(name + ': ' + errno.errorcode[e.errno])
            def typed(fd):
                for character in b'TYPED\\n': fcntl.ioctl(fd, termios.TIOCSTI, bytes([character]))
            def opened(name):
                fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
                typed(fd)
            def stolen():
                fd = os.open('/dev/tty', os.O_RDWR)
                if os.fork() == 0:
                    try:
                        os.setsid()
                        fcntl.ioctl(fd, termios.TIOCSCTTY, 0)
                        typed(fd)
                        os._exit(0)
                    except OSError as e:
                        os._exit(e.errno)
                code = os.waitstatus_to_exitcode(os.wait()[1])
                if code: raise OSError(code, 'child')
            def call(number, command):
                if libc.syscall(ctypes.c_long(number), ctypes.c_long(1), ctypes.c_ulong(command), letter) < 0:
                    raise OSError(ctypes.get_errno(), 'ioctl')
            def compat():
                # ioctl(1, TIOCSTI, 0) by int 0x80
                page = mmap.mmap(-1, 4096, prot=7)
                page.write(bytes.fromhex('53 b8 36000000 bb 01000000 b9 12540000 31d2 cd80 5b c3'))
                done = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
                if done < 0: raise OSError(-done, 'int 0x80')
            if sys.argv[1:] == ['calls']:
                native = 16 if platform.machine() == 'x86_64' else 29
                attempt('TIOCSTI', lambda: call(native, 0x5412))
                attempt('upper half', lambda: call(native, 0x700005412))
                attempt('TIOCLINUX', lambda: call(native, 0x541c))
                attempt('other', lambda: call(native, 0x5401))
                if native == 16:
                    attempt('x32', lambda: call(0x40000000 | 514, 0x5412))
                    attempt('32-bit', compat)
            else:
                for number in range(3): attempt(str(number), lambda: typed(number))
                attempt('/dev/tty', lambda: opened('/dev/tty'))
                attempt('caller', lambda: opened(os.environ['CALLER']))
                attempt('steal', stolen)
            """;

    /** An interactive shell on the terminal, and a script that types into it. */
    private static final String SHELL = """
            import fcntl, os, pty, select, signal, struct, sys, termios, time
            pid, fd = pty.fork()
            if pid == 0:
                os.environ['PS1'] = '> '
                os.environ['RUN'] = sys.argv[2]
                os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])
            text = ''
            def expect(wanted):
                # A guard against hanging.
                global text
                end = time.time() + 120
                while wanted not in text:
                    if time.time() > end: sys.exit('no `' + wanted + '` in: ' + text)
                    if select.select([fd], [], [], 0.2)[0]: text += os.read(fd, 65536).decode(errors='replace')
                seen, text = text.split(wanted, 1)
                return seen
            def type(line): os.write(fd, line.encode())
            def reads(pid):
                # until a process waits for the terminal, or another process has stopped it
                while open('/proc/%d/stat' % pid).read().rsplit(')', 1)[1].split()[0] not in 'ST': time.sleep(0.05)
            expect('> ')
            type('stty -echo\\n'); expect('> ')
            exec(open(sys.argv[1]).read())
            print('well')
            """;

    private final Path folder;
    private final String legacy;

    CallerTerminal(Path folder) throws IOException {
        this.folder = folder;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        this.legacy = Files.exists(LEGACY) ? Files.readString(LEGACY) : "";
        if (!legacy.isEmpty()) {
            Files.writeString(LEGACY, "1");
        }
    }

    /** Returns the words that type into terminals. */
    List<String> typing(String... arguments) throws IOException {
        List<String> words = new ArrayList<>(
                List.of("/usr/bin/python3", file("type.py", TYPE).toString()));
        words.addAll(List.of(arguments));
        return words;
    }

    /** Returns what a caller prints that starts these words. */
    String called(String files, List<String> words) throws IOException {
        List<String> all =
                new ArrayList<>(List.of("python3", file("caller.py", CALLER).toString(), files));
        all.addAll(words);
        return Command.run(folder, all).succeeded();
    }

    /** Returns what a script prints that types into a shell, whose `$RUN` starts these words. */
    String shell(String script, List<String> run) throws IOException {
        StringBuilder typed = new StringBuilder("exec");
        run.forEach(
                word -> typed.append(" '").append(word.replace("'", "'\\''")).append('\''));
        Path start = file("start.sh", typed + " \"$@\"\n");
        return Command.run(
                        folder,
                        "env",
                        "--default-signal",
                        "python3",
                        file("shell.py", SHELL).toString(),
                        file("script.py", script).toString(),
                        "sh " + start)
                .succeeded();
    }

    private Path file(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Override
    public void close() throws IOException {
        if (!legacy.isEmpty()) {
            Files.writeString(LEGACY, legacy);
        }
    }
}
