// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;

/** The terminal of a command under {@code ringwall run}, and what the command can do to it. */
@KernelTest
class RunTerminalKernelTest {
    private static final List<String> NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all");

    @TempDir
    Path dir = Path.of("");

    private CallerTerminal terminal;
    private String object = "";

    @BeforeEach
    void compile() throws IOException {
        String policy = "terminaltest_" + ProcessHandle.current().pid();
        object = Files.write(dir.resolve("deny.o"), ObjectWriter.write(TestObjects.denyPort(policy, 9)))
                .toString();
        terminal = new CallerTerminal(dir);
    }

    @AfterEach
    void restore() throws IOException {
        terminal.close();
    }

    private List<String> run(List<String> options, List<String> command) {
        List<String> words = new ArrayList<>(Spawned.words("run", object));
        words.addAll(options);
        words.add("--");
        words.addAll(command);
        return words;
    }

    private static List<String> joined(List<String> one, List<String> other) {
        return Stream.concat(one.stream(), other.stream()).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "no input", "only errors"})
    void theCommandCannotTypeIntoItsCallersTerminal(String files) throws IOException {
        List<String> attack = joined(NOBODY, terminal.typing());
        assertThat(terminal.called(files, attack)).as("without run it can").contains("typed 'TYPED");
        assertThat(terminal.called(files, run(List.of(), attack)))
                .contains("caller: EACCES")
                .contains("steal: EPERM")
                .endsWith("code 0 typed '' modes True\n");
        assertThat(terminal.called(files, run(List.of("--no-pty"), attack)))
                .contains("2: EPERM")
                .doesNotContain("done")
                .endsWith("code 0 typed '' modes True\n");
    }

    /** Without the filter CAP_SYS_ADMIN could use each of these calls. */
    @Test
    void withoutAPseudoTerminalSeccompRefusesTheCallsOfEveryAbi() throws IOException {
        List<String> attack = terminal.typing("calls");
        assertThat(terminal.called("all", attack)).contains("TIOCSTI: done", "upper half: done");
        assertThat(terminal.called("all", run(List.of("--no-pty"), attack)))
                .contains("TIOCSTI: EPERM\nupper half: EPERM\nTIOCLINUX: EPERM\nother: done\n")
                .doesNotContain("x32: done", "32-bit: EFAULT", "ENOSYS")
                .endsWith("typed '' modes True\n");
    }

    @Test
    void theCommandLeadsASessionWithoutATerminal() {
        String script = "import os\nprint(os.getsid(0) == os.getpid() == os.getpgid(0))\n"
                + "try: os.open('/dev/tty', os.O_RDWR)\nexcept OSError as e: print(e.strerror)";
        assertThat(Command.run(dir, run(List.of(), List.of("python3", "-c", script)))
                        .succeeded())
                .isEqualTo("True\nNo such device or address\n");
    }

    @Test
    void jobControlWorks() throws IOException {
        assertThat(terminal.shell("""
                command = "trap 'echo interrupted' INT; trap 'echo has quit' QUIT; echo ready; while ! read -r word; do :; done; echo read $word; exit 148"
                type("$RUN bash -c '" + command.replace("'", "'\\\\''") + "'\\n"); expect('ready')
                type('\\x03'); expect('interrupted')
                time.sleep(1)
                type('\\x1c'); assert 'interrupted' not in expect('has quit')
                time.sleep(1)
                type('\\x1a'); assert 'has quit' not in expect('Stopped'); expect('> ')
                type('stty -a | grep -ow icanon\\n'); expect('icanon'); expect('> ')
                # In the background it stops again, because it reads.
                type('bg\\n'); expect('> '); time.sleep(2); type('jobs\\n'); expect('Stopped'); expect('> ')
                type('fg\\n'); time.sleep(1); type('word\\n'); expect('read word'); expect('> ')
                type('echo code=$?\\n'); expect('code=148'); expect('> ')
                # A command of the background gets the terminal when it is brought to the foreground.
                type("$RUN sh -c 'echo up; read -r x; echo got $x' &\\n"); expect('up'); time.sleep(2)
                type('\\n'); expect('> '); type('fg\\n'); time.sleep(1); type('hey\\n'); expect('got hey'); expect('> ')
                # A shell with jobs of its own.
                type('$RUN bash --norc --noprofile -i\\n'); expect('> '); type('sleep 600\\n'); time.sleep(1)
                type('\\x1a'); expect('Stopped'); expect('> ')
                # A shell that still has a stopped job does not exit at once.
                type('kill -9 %1; disown -a; exit 9\\n'); expect('> ')
                type('echo code=$?\\n'); expect('code=9')
                """, Spawned.words("run", object, "--"))).isEqualTo("well\n");
    }

    @Test
    void aPipelineSharesTheTerminal() throws IOException {
        assertThat(terminal.shell("""
                type("$RUN sh -c 'echo out; read -r x </dev/tty; echo got $x' | sed 's/^/piped /'\\n")
                time.sleep(3); type('answer\\n'); expect('piped out'); expect('piped got answer'); expect('> ')
                type("$RUN sh -c 'echo up >&2; exec sleep 600' | cat\\n"); expect('up'); time.sleep(1)
                type('\\x03'); expect('> '); type('echo code=$?\\n'); expect('code=130'); expect('> ')
                type("$RUN sh -c 'echo up >&2; sleep 2; echo finished' | cat\\n"); expect('up'); time.sleep(0.5)
                type('\\x1a'); expect('Stopped'); expect('> ')
                type('fg\\n'); expect('finished'); expect('finished'); expect('> ')
                type('$RUN seq 1 100000 | tail -1\\n'); expect('100000'); expect('> ')
                type('$RUN seq 1 20000; echo e''nd\\n'); said = expect('end')
                assert [int(n) for n in said.split() if n.isdigit()] == list(range(1, 20001)), 'lost output'
                """, Spawned.words("run", object, "--"))).isEqualTo("well\n");
    }

    @Test
    void sizesReachTheCommand() throws IOException {
        assertThat(terminal.shell("""
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 101, 0, 0))
                type("$RUN bash -c 'trap \\"stty size; exit 4\\" WINCH; stty size; while :; do sleep 0.1; done'\\n")
                expect('33 101')
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 44, 155, 0, 0))
                expect('44 155'); expect('> '); type('echo code=$?\\n'); expect('code=4')
                """, Spawned.words("run", object, "--"))).isEqualTo("well\n");
    }

    /** The command leaves its terminal raw, and processes that print without an end. */
    @Test
    void theTerminalIsRestoredAfterEveryEnd() throws IOException {
        assertThat(terminal.shell("""
                def restored(code):
                    expect('> '); type('echo code=$?; stty -a | grep -ow icanon\\n')
                    expect('code=' + code); expect('icanon'); expect('> ')
                type("$RUN bash -c 'stty raw; (trap \\"\\" HUP; while :; do echo flood; done) & sleep 0.5; exit 4'\\n")
                restored('4')
                for name, code in ('TERM', '143'), ('HUP', '129'), ('INT', '130'), ('USR1', '138'):
                    type("$RUN bash -c 'stty raw; echo p''id $PPID; exec sleep 600'\\n")
                    expect('pid '); monitor = expect('\\n')
                    loader = open('/proc/%d/stat' % int(monitor)).read().rsplit(')', 1)[1].split()[1]
                    os.kill(int(loader), getattr(signal, 'SIG' + name)); restored(code)
                # SIGSTOP of the loader alone, from another terminal.
                type("$RUN sh -c 'echo p''id $PPID; read -r x; echo got $x; exit 6'\\n"); expect('pid ')
                loader = open('/proc/%d/stat' % int(expect('\\n'))).read().rsplit(')', 1)[1].split()[1]
                os.kill(int(loader), signal.SIGSTOP); expect('Stopped'); expect('> ')
                type('fg\\n'); time.sleep(1); type('word\\n'); expect('got word'); restored('6')
                """, Spawned.words("run", object, "--"))).isEqualTo("well\n");
    }

    @Test
    void aHangUpReachesTheCommand() throws IOException {
        Path seen = dir.resolve("seen");
        assertThat(terminal.shell("""
                type("$RUN bash -c 'trap \\"echo hung up >SEEN; exit\\" HUP; echo p''id $PPID; while :; do sleep 0.1; done'\\n")
                expect('pid '); monitor = int(expect('\\n'))
                loader = int(open('/proc/%d/stat' % monitor).read().rsplit(')', 1)[1].split()[1])
                os.close(fd)
                end = time.time() + 120
                while os.path.exists('/proc/%d' % loader) and time.time() < end: time.sleep(0.1)
                assert not os.path.exists('/proc/%d' % loader), 'it still runs'
                """.replace("SEEN", seen.toString()), Spawned.words("run", object, "--")))
                .isEqualTo("well\n");
        assertThat(seen).hasContent("hung up\n");
    }
}
