// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.run;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.ringwall.host.delegation.Confinement;
import org.ringwall.host.terminal.Terminals;
import org.ringwall.host.terminal.UserTerminal;
import org.ringwall.host.words.ExitCode;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.sys.Child;
import org.ringwall.sys.Fd;
import org.ringwall.sys.Pipe;
import org.ringwall.sys.Spawner;
import org.ringwall.sys.SyscallException;
import org.ringwall.sys.Syscalls;
import org.ringwall.sys.Tty;

/**
 * The start of the command of `run`, in a session of its own. A shell enters the cgroup before it
 * executes the command, so that nothing of the command runs outside.
 */
final class CommandStart {
    private static final String EXECUTE = """
            case $1 in
                */*) test -e "$1" ;;
                *) command -v -- "$1" >/dev/null ;;
            esac || {
                printf 'ringwall: there is no command `%s`\\n' "$1" >&2
                echo '  help: write each word by itself: -- COMMAND ARGUMENT' >&2
                exit 127
            }
            exec "$@"
            """;

    /** Its argument is the file `cgroup.procs`; the command follows. */
    private static final String ENTER = "echo $$ > \"$1\" || exit " + ExitCode.RUN_FAILED + "\nshift\n" + EXECUTE;

    /** Reports the leader of the command's process group, the command's own process. */
    private static final String JOB = "echo $$ >&3\nexec 3>&- 4<&-\n" + EXECUTE;

    /**
     * Controls the command as a job of the pseudo-terminal: a process group stops only if a parent
     * in its session could continue it (setpgid(2)). The arguments are the file `cgroup.procs`,
     * `fg` or `bg`, and the script of the job; the command follows. Everything that a policy could
     * deny is opened before the cgroup is entered. 147..150 are the codes of a stop by STOP, TSTP,
     * TTIN and TTOU, or of a command that exits with them, which the reader of the report knows.
     */
    private static final String MONITOR = """
            exec 5>/dev/null 6>&2
            echo $$ >"$1" || exit RUN_FAILED
            how=$2 job=$3
            shift 3
            trap : HUP INT QUIT TERM
            exec 2>&5
            if [ "$how" = fg ]; then
                /bin/sh -c "$job" ringwall "$@" 2>&6 5>&- 6>&-
            else
                /bin/sh -c "$job" ringwall "$@" 2>&6 5>&- 6>&- &
                wait %1
            fi
            code=$?
            while :; do
                case $code in 147 | 148 | 149 | 150) ;; *) exit $code ;; esac
                echo "stopped $code" >&3
                read -r how <&4 || exit $code
                case $how in
                    fg) fg %1 >&5 ;;
                    bg) bg %1 >&5; wait %1 ;;
                    *) exit $code ;;
                esac
                code=$?
            done
            """.replace("RUN_FAILED", Integer.toString(ExitCode.RUN_FAILED));

    /** Variables that Java must not see, and the prefix that bin/launch.sh adds to their names. */
    private static final List<String> HIDDEN = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    private static final String HIDDEN_AS = "RINGWALL_ENV_";

    private final Syscalls syscalls = Syscalls.ofThisMachine();
    private final LoaderHost host;
    private final PrintStream err;
    private final boolean confined;
    private final Terminals terminals;

    /**
     * Creates it.
     *
     * @param confined whether the command is confined as for `--strict`
     */
    CommandStart(LoaderHost host, PrintStream err, boolean confined, Terminals terminals) {
        this.host = host;
        this.err = err;
        this.confined = confined;
        this.terminals = terminals;
    }

    RunChild start(Cgroup fresh, List<String> command) {
        String procs = fresh.path().resolve("cgroup.procs").toString();
        if (terminals.pseudo() && !terminals.numbers().isEmpty()) {
            UserTerminal terminal = new UserTerminal(
                    syscalls, terminals.numbers().get(0), !terminals.numbers().contains(1));
            try {
                Tty.Pair pair = Tty.create(syscalls);
                return onPseudoTerminal(fresh, procs, command, terminal, pair);
            } catch (SyscallException e) {
                terminal.close();
                err.println("ringwall: note: there is no pseudo-terminal for the command (" + e.getMessage()
                        + "); it runs as with --no-pty");
            }
        }
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", ENTER, "ringwall", procs));
        words.addAll(command);
        boolean typing = terminals.pseudo() && terminals.numbers().isEmpty();
        return new PlainChild(syscalls, spawned(fresh, new Spawner(syscalls), words, typing));
    }

    private RunChild onPseudoTerminal(
            Cgroup fresh, String procs, List<String> command, UserTerminal terminal, Tty.Pair pair) {
        boolean first = terminals.undivided() && terminal.controls() && terminal.foreground();
        List<String> words =
                new ArrayList<>(List.of("/bin/sh", "-m", "-c", MONITOR, "ringwall", procs, first ? "fg" : "bg", JOB));
        words.addAll(command);
        Tty.copySize(syscalls, terminal.file(), pair.master());
        Tty.setModes(syscalls, pair.slave(), Tty.modes(syscalls, terminal.file()));
        Pipe reports = Pipe.create(syscalls);
        Pipe orders = Pipe.create(syscalls);
        try (Fd slave = pair.slave();
                Fd reporting = reports.writer();
                Fd ordered = orders.reader()) {
            Spawner spawner = new Spawner(syscalls);
            terminals.numbers().forEach(number -> spawner.withTerminal(number, slave));
            Child monitor = spawned(fresh, spawner.with(3, reporting).with(4, ordered), words, true);
            Pipe.neverWait(syscalls, reports.reader());
            Pipe.neverWait(syscalls, orders.writer());
            MonitorLines lines = new MonitorLines(syscalls, reports.reader(), orders.writer());
            PtyChild child = new PtyChild(syscalls, monitor, lines, pair.master(), terminal);
            if (first) {
                terminal.take();
            }
            return child;
        }
    }

    /** Starts the words, if need be in a thread with restrictions that they inherit. */
    private Child spawned(Cgroup fresh, Spawner spawner, List<String> words, boolean typing) {
        Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        List<byte[]> encoded =
                words.stream().map(word -> word.getBytes(charset)).toList();
        List<byte[]> environment = environment(charset);
        Callable<Child> start = () -> spawner.start(encoded, environment);
        Callable<Child> typed = typing ? start : () -> Confinement.withoutTyping(syscalls, start);
        try {
            return confined ? new Confinement(syscalls).start(fresh, typed) : typed.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new HostException("cannot start `/bin/sh`: " + e.getMessage(), "install a POSIX shell");
        }
    }

    /** Returns the environment of this process as it was given, with the hidden variables. */
    private static List<byte[]> environment(Charset charset) {
        List<byte[]> variables = new ArrayList<>();
        try {
            byte[] all = Files.readAllBytes(Path.of("/proc/self/environ"));
            for (int from = 0, to = 0; to < all.length; to++) {
                if (all[to] == 0) {
                    variables.add(shown(Arrays.copyOfRange(all, from, to)));
                    from = to + 1;
                }
            }
        } catch (IOException e) {
            System.getenv().forEach((name, value) -> variables.add(shown((name + "=" + value).getBytes(charset))));
        }
        return variables;
    }

    private static byte[] shown(byte[] variable) {
        String text = new String(variable, java.nio.charset.StandardCharsets.ISO_8859_1);
        boolean hidden = HIDDEN.stream().anyMatch(name -> text.startsWith(HIDDEN_AS + name + "="));
        return hidden ? Arrays.copyOfRange(variable, HIDDEN_AS.length(), variable.length) : variable;
    }
}
