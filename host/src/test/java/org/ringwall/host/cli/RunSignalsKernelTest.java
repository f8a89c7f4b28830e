// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.Guard;
import org.ringwall.testkit.KernelTest;

/** Signals, the terminal and the descriptors of a command under {@code ringwall run}. */
@KernelTest
class RunSignalsKernelTest {
    /**
     * A shell that runs the tests in the background ignores INT and QUIT, and its children inherit
     * that.
     */
    private static final List<String> DEFAULTS = List.of("env", "--default-signal");

    @TempDir
    Path dir = Path.of("");

    private String object = "";

    @BeforeEach
    void compile() throws IOException {
        String policy = "signaltest_" + ProcessHandle.current().pid();
        object = Files.write(dir.resolve("deny.o"), ObjectWriter.write(TestObjects.denyPort(policy, 9)))
                .toString();
    }

    @Test
    void everySignalThatJavaCanCatchReachesTheCommand() throws IOException, InterruptedException {
        List<String> names = List.of(
                "HUP", "INT", "USR1", "USR2", "ALRM", "WINCH", "URG", "POLL", "PWR", "VTALRM", "PROF", "XCPU", "STKFLT",
                "ABRT");
        String script = "import signal,sys\n"
                + "def say(n,f): print(signal.Signals(n).name,flush=True)\n"
                + "for n in sys.argv[1:]: signal.signal(getattr(signal,'SIG'+n),say)\n"
                + "signal.signal(signal.SIGTERM,lambda n,f: sys.exit(23))\n"
                + "print('ready',flush=True)\n"
                + "while True: signal.pause()\n";
        List<String> command = new java.util.ArrayList<>(List.of("run", object, "--", "python3", "-c", script));
        command.addAll(names);
        Spawned run = Spawned.by(DEFAULTS, command.toArray(String[]::new));
        BufferedReader said = reader(run);
        assertThat(said.readLine()).isEqualTo("ready");
        for (String name : names) {
            signal(run, name);
            assertThat(said.readLine()).isEqualTo("SIG" + name.replace("POLL", "IO"));
        }
        signal(run, "TERM");
        assertThat(ended(run)).isEqualTo(23);
    }

    @Test
    void theExitStatusReportsTheFatalSignal() throws IOException, InterruptedException {
        for (String name : List.of("HUP", "INT", "TERM", "USR1", "ABRT")) {
            Spawned run = Spawned.by(DEFAULTS, "run", object, "--", "sh", "-c", "echo ready; exec sleep 600");
            assertThat(reader(run).readLine()).isEqualTo("ready");
            signal(run, name);
            int number = List.of("HUP", "INT", "", "", "", "ABRT", "", "", "", "USR1", "", "", "", "", "TERM")
                            .indexOf(name)
                    + 1;
            assertThat(ended(run)).as(name).isEqualTo(128 + number);
        }
    }

    @Test
    void ignoredSignalsStayIgnored() throws IOException, InterruptedException {
        Spawned run = Spawned.by(
                List.of("env", "--ignore-signal=HUP", "--ignore-signal=USR1"),
                "run",
                object,
                "--",
                "sh",
                "-c",
                "echo ready; sleep 2; exit 9");
        assertThat(reader(run).readLine()).isEqualTo("ready");
        signal(run, "HUP");
        signal(run, "USR1");
        assertThat(ended(run)).isEqualTo(9);
    }

    /** The command sends the signal as soon as it runs. */
    @Test
    void aSignalDuringTheStartReachesTheCommand() throws IOException, InterruptedException {
        String script = "trap 'exit 7' USR1; kill -USR1 $PPID; while :; do sleep 0.1; done";
        assertThat(ended(SlowStart.ringwall("run", object, "--", "sh", "-c", script)))
                .isEqualTo(7);
    }

    @Test
    void stopAndContinueApplyToLoaderAndCommand() throws IOException, InterruptedException {
        // The kernel stops a process group only if a parent of it in the same session could
        // continue it.
        String session = "import os,subprocess,sys\nos.setsid()\n"
                + "sys.exit(subprocess.Popen(sys.argv[1:],preexec_fn=os.setpgrp).wait())";
        Spawned run = Spawned.by(
                List.of("python3", "-c", session), "run", object, "--", "sh", "-c", "echo $PPID $$; exec sleep 600");
        String[] pids =
                Optional.ofNullable(reader(run).readLine()).orElseThrow().split(" ", -1);
        long loader = Long.parseLong(pids[0]);
        long command = Long.parseLong(pids[1]);
        signal(loader, "TSTP");
        await(loader, "T");
        await(command, "T");
        signal(loader, "CONT");
        await(loader, "S");
        await(command, "S");
        signal(loader, "TERM");
        assertThat(ended(run)).isEqualTo(143);
    }

    @Test
    void noSignalIsBlockedInTheCommand() throws IOException, InterruptedException {
        Spawned.End end = Spawned.ringwall("run", object, "--", "grep", "SigBlk", "/proc/self/status")
                .end();
        assertThat(end.said()).isEqualTo("SigBlk:\t0000000000000000\n");
    }

    /** The JVM handles QUIT itself; it may print the stacks of its threads. */
    @Test
    void quitToTheLoaderAloneIsNotPassedOn() throws IOException, InterruptedException {
        String command = "trap 'echo has quit' QUIT; trap 'exit 24' TERM; echo ready; while :; do sleep 0.1; done";
        Spawned run = Spawned.ringwall("run", object, "--", "bash", "-c", command);
        BufferedReader said = reader(run);
        assertThat(said.readLine()).isEqualTo("ready");
        signal(run, "QUIT");
        signal(run, "TERM");
        assertThat(said.lines()).doesNotContain("has quit");
        assertThat(ended(run)).isEqualTo(24);
    }

    /** An interactive shell: Ctrl-C and Ctrl-\\ once each, Ctrl-Z, fg, and a typed line. */
    @Test
    void aTerminalControlsTheCommand() throws IOException {
        Path script = dir.resolve("terminal.py");
        Files.writeString(script, """
                import os, pty, sys, time, select
                pid, fd = pty.fork()
                if pid == 0:
                    os.environ['PS1'] = '> '
                    os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])
                text = ''
                def expect(wanted, seconds=60):
                    global text
                    end = time.time() + seconds
                    while wanted not in text:
                        if time.time() > end: sys.exit('no `' + wanted + '` in: ' + text)
                        if select.select([fd], [], [], 0.2)[0]: text += os.read(fd, 4096).decode(errors='replace')
                    seen, text = text.split(wanted, 1)
                    return seen
                def type(line): os.write(fd, line.encode())
                expect('> ')
                type('stty -echo\\n'); expect('> ')
                type(sys.argv[1] + '\\n'); expect('ready')
                type('\\x03'); expect('interrupted')
                time.sleep(1)
                type('\\x1c'); seen = expect('has quit'); assert 'interrupted' not in seen, 'Ctrl-C came twice'
                time.sleep(1)
                type('\\x1a'); seen = expect('Stopped'); assert 'has quit' not in seen, 'it came twice'
                expect('> ')
                type('fg\\n'); time.sleep(1)
                type('word\\n'); expect('read word'); expect('> ')
                type('echo code=$?\\n'); expect('code=5')
                type('exit\\n')
                print('well')
                """);
        String command =
                "trap 'echo interrupted' INT; trap 'echo has quit' QUIT; echo ready; while ! read -r word; do :; done; echo read $word; exit 5";
        List<String> run = Spawned.words("run", object, "--", "bash", "-c", command);
        String typed = run.stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();
        Path start = Files.writeString(dir.resolve("start.sh"), "exec " + typed + "\n");
        List<String> all = new java.util.ArrayList<>(DEFAULTS);
        all.addAll(List.of("python3", script.toString(), "sh " + start));
        assertThat(Command.run(dir, all).succeeded()).endsWith("well\n");
    }

    @Test
    void aSocketAsStandardInputIsRefused() throws IOException {
        String socket = "a, b = socket.socketpair()\n";
        assertThat(python(socket + "run(0, a)")).isEqualTo("""
                        ringwall: standard input is a socket, which the policy would not restrict
                          help: use `</dev/null`, or --inherit-sockets if the command may use it
                        125
                        """);
        assertThat(python("u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nrun(1, u)"))
                .isEqualTo("""
                        ringwall: standard output is a socket, which the policy would not restrict
                          help: use a file or `| cat`, or --inherit-sockets if the command may use it
                        125
                        """);
        assertThat(python(socket + "run(2, a)")).isEqualTo("125\n");
        assertThat(python("run(0, os.pidfd_open(1))"))
                .contains("standard input is `anon_inode:")
                .endsWith("125\n");
        assertThat(python(socket + "run(0, a, '--inherit-sockets')")).isEqualTo("0 1 2\n0\n");
    }

    @Test
    void noOtherDescriptorReachesTheCommand() throws IOException {
        assertThat(python("a, b = socket.socketpair()\np = os.pidfd_open(os.getpid())\n"
                        + "for high in (3, 9, 200, 1000): os.dup2(a.fileno(), high); os.set_inheritable(high, True)\n"
                        + "os.dup2(p, 77)\nrun(0, open('/dev/null'))"))
                .isEqualTo("0 1 2\n0\n");
    }

    /**
     * Runs the command with another file as one of its standard streams, and with all inheritable
     * descriptors.
     */
    private String python(String how) throws IOException {
        List<String> words = Spawned.words("run", object);
        Path script = dir.resolve("start.py");
        Files.writeString(
                script,
                "import os, socket, subprocess, sys\n"
                        + "def run(number, file, *options):\n"
                        + " fd = file if isinstance(file, int) else file.fileno()\n"
                        + " p = subprocess.run(sys.argv[1:] + list(options) + ['--', 'python3', '-c',\n"
                        + "  'import os; print(*sorted(int(n) for n in os.listdir(\"/proc/self/fd\") if os.path.exists(\"/proc/self/fd/\" + n)))'],\n"
                        + "  close_fds=False, **{('stdin', 'stdout', 'stderr')[number]: fd})\n"
                        + " print(p.returncode)\n" + how + "\n");
        List<String> all = new java.util.ArrayList<>(List.of("python3", "-u", script.toString()));
        all.addAll(words);
        return Command.run(dir, all).succeeded();
    }

    private static BufferedReader reader(Spawned run) {
        return new BufferedReader(new InputStreamReader(run.process().getInputStream(), StandardCharsets.UTF_8));
    }

    private static void signal(Spawned run, String name) {
        signal(run.process().pid(), name);
    }

    private static void signal(long pid, String name) {
        Command.run(Path.of("/tmp"), "kill", "-" + name, Long.toString(pid)).succeeded();
    }

    private static int ended(Spawned run) throws InterruptedException {
        return Guard.exit(run.process());
    }

    private static void await(long pid, String state) {
        Guard.await("process " + pid + " is in the state " + state, () -> {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[0].equals(state);
        });
    }
}
