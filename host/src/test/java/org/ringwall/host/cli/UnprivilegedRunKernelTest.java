// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;

/** {@code ringwall prepare} by root, and {@code ringwall run} by the user for whom it was done. */
@KernelTest
class UnprivilegedRunKernelTest {
    private static final String CONNECT =
            "exec 2>&1; (exec 3<>/dev/udp/127.0.0.1/9) >/dev/null && echo connected || echo denied";

    /** The arguments are the slice and the folder of the delegation. */
    private static final String ATTACK = """
            import ctypes, errno, os, resource, signal, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            slice, mine = sys.argv[1:]
            def call(number, *words):
                done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(word) for word in words])
                if done < 0:
                    raise OSError(ctypes.get_errno(), 'call')
                return done
            def attempt(name, action):
                try:
                    action()
                    print(name + ': done', flush=True)
                except OSError as e:
                    print(name + ': ' + errno.errorcode[e.errno], flush=True)
            def text(value):
                return ctypes.create_string_buffer(value.encode() + b'\\0')
            def forked(action):
                child = os.fork()
                if child == 0:
                    try:
                        action()
                        os._exit(0)
                    except OSError as e:
                        os._exit(e.errno)
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                if code:
                    raise OSError(code, 'child')
            def move():
                with open(slice + '/cgroup.procs', 'w') as procs:
                    procs.write(str(os.getpid()))
            def clone3():
                place = os.open(slice, os.O_RDONLY)
                args = ctypes.create_string_buffer(88)
                struct.pack_into('=Q', args, 0, 0x200000000)
                struct.pack_into('=Q', args, 32, signal.SIGCHLD)
                struct.pack_into('=Q', args, 80, place)
                child = call(435, ctypes.addressof(args), 88)
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
            def compat():
                # getpid by int 0x80; mov eax, 20; int 0x80; ret
                import mmap
                page = mmap.mmap(-1, 4096, prot=7)
                page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
                run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
                done = run()
                if done < 0:
                    raise OSError(-done, 'int 0x80')
            def pins():
                for folder, _, files in os.walk(mine + '/bpf'):
                    for name in files:
                        if '-0' in name:
                            return folder + '/' + name
                raise OSError(errno.ENOENT, 'no pin')
            def get():
                name = text(pins())
                attr = struct.pack('=Q', ctypes.addressof(name)).ljust(64, b'\\0')
                held = ctypes.create_string_buffer(attr, 64)
                return call(321, 7, ctypes.addressof(held), 64)
            def token():
                forked(lambda: (call(308, os.open(mine + '/user', os.O_RDONLY), 0x10000000), make()))
            def make():
                root = os.open(mine + '/bpf', os.O_RDONLY)
                attr = ctypes.create_string_buffer(struct.pack('=II', 0, root), 8)
                call(321, 36, ctypes.addressof(attr), 8)
            def loader():
                up = os.getppid()
                while b'java' not in open('/proc/%d/comm' % up, 'rb').read():
                    up = int(open('/proc/%d/stat' % up).read().rsplit(')', 1)[1].split()[1])
                return up
            def trace():
                # PTRACE_SEIZE of each thread, then PTRACE_DETACH
                for thread in os.listdir('/proc/%d/task' % loader()):
                    call(101, 0x4206, int(thread), 0, 0)
            def descriptor():
                call(438, call(434, loader(), 0), 1, 0)
            def mount():
                def inside():
                    call(272, 0x10000000 | 0x20000 | 0x02000000)
                    kind, place = text('cgroup2'), text('/mnt')
                    call(165, ctypes.addressof(kind), ctypes.addressof(place), ctypes.addressof(kind), 0, 0)
                forked(inside)
            attempt('move', move)
            attempt('clone3', clone3)
            attempt('32-bit', compat)
            attempt('get', get)
            attempt('unpin', lambda: os.unlink(pins()))
            attempt('rename', lambda: os.rename(pins(), mine + '/bpf/x'))
            attempt('token', token)
            attempt('trace', trace)
            attempt('descriptor', descriptor)
            attempt('mount', mount)
            attempt('limit', lambda: resource.prlimit(loader(), resource.RLIMIT_NOFILE, resource.prlimit(loader(), resource.RLIMIT_NOFILE)))
            attempt('stop', lambda: os.kill(loader(), signal.SIGCONT))
            """;

    /** Mounts one socket over the path of another in namespaces of its own, and connects to it. */
    private static final String MOUNT = """
            import ctypes, errno, os, socket, tempfile
            libc = ctypes.CDLL(None, use_errno=True)
            os.chdir(tempfile.mkdtemp())
            service = socket.socket(socket.AF_UNIX)
            service.bind('denied')
            service.listen()
            open('allowed', 'w').close()
            folder = os.getcwd()
            try:
                if libc.unshare(0x10020000) or libc.mount(b'denied', b'allowed', None, 4096, None):
                    raise OSError(ctypes.get_errno(), 'mount')
                socket.socket(socket.AF_UNIX).connect(folder + '/allowed')
                service.accept()
                print('reached')
            except OSError as e:
                print(errno.errorcode[e.errno])
            """;

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall"));
    private Cgroup slice = new Cgroup(Path.of("/nonexistent"), 0);
    private boolean made;
    private OrdinaryUser user = new OrdinaryUser(0, dir, "");
    private String object = "";

    @BeforeEach
    void make() throws IOException {
        RunningKernel.needs(6, 9, "delegation of BPF");
        user = OrdinaryUser.in(dir);
        Path file = dir.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort("ordinary", 9)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        object = file.toString();
        slice = host.hierarchy()
                .create(
                        host.cgroups().own(),
                        "ordinary-" + ProcessHandle.current().pid());
        made = true;
    }

    @AfterEach
    void clean() throws IOException, InterruptedException {
        if (made) {
            prepare("--remove");
            host.hierarchy().end(slice);
            host.hierarchy().remove(slice);
        }
        host.close();
    }

    private Spawned.End prepare(String... more) throws IOException, InterruptedException {
        return Spawned.by(
                        List.of(),
                        Stream.concat(Stream.of("prepare", "--user", Long.toString(user.uid())), Stream.of(more))
                                .toArray(String[]::new))
                .end();
    }

    private Spawned.End prepared() throws IOException, InterruptedException {
        return user.root(
                        host.cgroups().own().path(),
                        "prepare",
                        "--user",
                        Long.toString(user.uid()),
                        "--cgroup",
                        slice.path().toString(),
                        "--accept-host-wide")
                .end();
    }

    private Spawned.End run(String script, String... options) throws IOException, InterruptedException {
        return user.user(
                        slice.path(),
                        Stream.of(Stream.of("run", object), Stream.of(options), Stream.of("--", "bash", "-c", script))
                                .flatMap(words -> words)
                                .toArray(String[]::new))
                .end();
    }

    @Test
    void userRunsCommandsUnderAPolicy() throws IOException, InterruptedException {
        assertThat(prepared()).isEqualTo(new Spawned.End(0, """
                `/run/ringwall/user/UID/bpf` delegates maps and programs of cgroup hooks
                `SLICE` belongs to uid UID
                """.replace("UID", Long.toString(user.uid()))
                .replace("SLICE", slice.toString())));
        assertThat(prepared()).as("again").isEqualTo(new Spawned.End(0, ""));
        Spawned.End end = run("id -u; " + CONNECT + "; exit 7");
        assertThat(end.code()).isEqualTo(7);
        assertThat(end.said())
                .contains(user.uid() + "\n")
                .contains("Operation not permitted")
                .endsWith("denied\n");
        assertThat(host.hierarchy().withDescendants(slice)).containsExactly(slice);
        assertThat(Files.exists(Path.of("/run/ringwall/user/" + user.uid() + "/bpf/ringwall")))
                .isFalse();
        assertThat(prepare("--remove").said())
                .isEqualTo("""
                `SLICE` belongs to root again
                `/run/ringwall/user/UID` was removed
                """.replace("UID", Long.toString(user.uid())).replace("SLICE", slice.toString()));
        assertThat(prepare("--remove")).as("again").isEqualTo(new Spawned.End(0, ""));
        assertThat(Files.getAttribute(slice.path().resolve("cgroup.procs"), "unix:uid"))
                .isEqualTo(0);
    }

    /** A user sees and recovers its own runs, and `status` of root says where to look. */
    @Test
    void policiesOfAUserAreSeenByThatUser() throws IOException, InterruptedException {
        prepared();
        if (RunningKernel.atLeast(6, 15)) {
            // With types, which the user's commands open by the token.
            Files.write(Path.of(object), ObjectWriter.write(TestObjects.denyPorts("ordinary", 9, 12)));
        }
        Spawned run = user.user(
                slice.path(), "run", object, "--", "sh", "-c", "echo ready; exec sleep 600 </dev/null >/dev/null 2>&1");
        BufferedReader lines = run.process().inputReader(StandardCharsets.UTF_8);
        assertThat(lines.lines().anyMatch("ready"::equals)).isTrue();
        Spawned.End own = user.user(slice.path(), "status").end();
        assertThat(own.said()).contains("ordinary@run-").contains("in force");
        assertThat(own.code()).isZero();
        for (List<String> words : List.of(List.of("status", "--check"), List.of("recover"))) {
            Spawned.End end =
                    user.user(slice.path(), words.toArray(String[]::new)).end();
            assertThat(end.code()).as("%s: %s", words, end.said()).isZero();
        }
        assertThat(user.root(host.cgroups().own().path(), "status").end().said())
                .contains("ringwall: note: uid " + user.uid() + " has policies of its own runs; see them with setpriv"
                        + " --reuid=" + user.uid() + " --clear-groups ringwall status\n");
        run.process().destroyForcibly().waitFor();
        host.hierarchy().withDescendants(slice).stream()
                .filter(cgroup -> !cgroup.equals(slice))
                .forEach(host.hierarchy()::end);
        assertThat(user.user(slice.path(), "recover").end().code()).isZero();
        assertThat(host.hierarchy().withDescendants(slice)).containsExactly(slice);
        assertThat(user.root(host.cgroups().own().path(), "status").end().said())
                .doesNotContain("note");
    }

    @Test
    void prepareWarnsOfWhatItGives() throws IOException, InterruptedException {
        assertThat(prepare()).isEqualTo(new Spawned.End(2, """
                ringwall: uid UID could then deny or redirect the connections of every process of this host, because \
                no BPF token is limited to some cgroups
                  help: if this user may do that, add --accept-host-wide
                """.replace("UID", Long.toString(user.uid()))));
        assertThat(prepare("--cgroup", host.cgroups().mount().toString(), "--accept-host-wide")
                        .said())
                .contains("is the root of the cgroups that are visible here");
        assertThat(Files.exists(Path.of("/run/ringwall/user/" + user.uid()))).isFalse();
    }

    @Test
    void withoutPreparationRunSaysWhatToDo() throws IOException, InterruptedException {
        assertThat(run("echo no")).isEqualTo(new Spawned.End(125, """
                ringwall: the user with uid UID may not load BPF programs, and root has not delegated it in this boot
                  help: as root: ringwall prepare --user UID; or run this as root
                """.replace("UID", Long.toString(user.uid()))));
    }

    @Test
    void withoutACgroupOfItsOwnRunSaysWhatToDo() throws IOException, InterruptedException {
        assertThat(user.root(
                                host.cgroups().own().path(),
                                "prepare",
                                "--user",
                                Long.toString(user.uid()),
                                "--accept-host-wide")
                        .end()
                        .code())
                .isZero();
        Spawned.End end = run("echo no");
        assertThat(end.code()).isEqualTo(125);
        assertThat(end.said())
                .contains("cannot create the cgroup")
                .contains("help: run as root, or in a cgroup that is delegated to you");
    }

    @Test
    void commandThatCanLeaveIsReported() throws IOException, InterruptedException {
        prepared();
        String procs = slice.path().resolve("cgroup.procs").toString();
        assertThat(run("true").said())
                .contains("ringwall: warning: the command could leave its cgroup and its policy: uid " + user.uid()
                        + " can write `" + procs + "`; --strict confines it");
        // The warning is true.
        assertThat(run("echo $$ > " + procs + "; " + CONNECT).said()).endsWith("connected\n");
    }

    @Test
    void confinedCommandRunsAsBefore() throws IOException, InterruptedException {
        prepared();
        String work = "cd $(mktemp -d) && mkdir a b && echo x > a/f && mv a/f b/f && rm b/f && rmdir a b && echo ok;"
                + " mkdir $CG/below && echo $$ > $CG/below/cgroup.procs && echo below;";
        String own = "CG=" + host.cgroups().mount() + "$(sed -n s/^0:://p /proc/self/cgroup);";
        Spawned.End end = run(own + work + CONNECT + "; exit 9", "--strict");
        assertThat(end.said()).startsWith("ok\nbelow\n").endsWith("denied\n").doesNotContain("warning");
        assertThat(end.code()).isEqualTo(9);
        assertThat(host.hierarchy().withDescendants(slice)).containsExactly(slice);
    }

    /**
     * What a command can do so that the loader does not end the processes that it leaves: take the
     * rights to the files of the cgroup away, make the cgroup threaded, or limit the loader.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "chmod 000 $CG/cgroup.kill $CG/cgroup.events $CG/cgroup.procs $CG/cgroup.threads",
                "mkdir -p $CG/a/b; chmod 000 $CG/a/b $CG/a $CG",
                "mkdir $CG/a; echo threaded >$CG/a/cgroup.type; echo $! >$CG/a/cgroup.threads; chmod 000 $CG/a",
                "prlimit --pid $LOADER --nofile=0:0 || echo refused"
            })
    void noProcessOutlivesARun(String change) throws IOException, InterruptedException {
        prepared();
        String script = "CG=" + host.cgroups().mount() + "$(sed -n s/^0:://p /proc/self/cgroup); LOADER=$PPID;"
                + " setsid sleep 600 >/dev/null 2>&1 </dev/null & " + change + "; echo left $!; exit 9";
        for (String option : List.of("--strict", "--param")) {
            String[] options = option.equals("--strict") ? new String[] {option} : new String[] {option, "port=9"};
            Spawned.End end = run(script, options);
            long left = Long.parseLong(end.said().replaceAll("(?s).*left ([0-9]+)\n.*", "$1"));
            assertThat(runs(left)).as(end.said()).isFalse();
            if (change.startsWith("prlimit")) {
                assertThat(end.said().contains("refused")).isEqualTo(option.equals("--strict"));
            }
            boolean withoutDescriptors = change.startsWith("prlimit") && !option.equals("--strict");
            // Without descriptors Java cannot load the classes for its messages from a directory.
            assertThat(end.code() == 9).as(end.said()).isNotEqualTo(withoutDescriptors);
            assertThat(user.user(slice.path(), "recover").end().code()).isZero();
            assertThat(host.hierarchy().withDescendants(slice)).containsExactly(slice);
        }
    }

    /** Returns whether the process is running. A zombie is not. */
    private static boolean runs(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/status"))
                    .lines()
                    .noneMatch(line -> line.matches("State:\\s+Z.*"));
        } catch (IOException e) {
            // The process has ended.
            return false;
        }
    }

    /** A command on a terminal, of the loader's own user. */
    @ParameterizedTest
    @ValueSource(strings = {"--strict", "--no-pty", "--inherit-sockets"})
    void theCommandCannotTypeIntoTheTerminalOfItsUser(String option) throws IOException, InterruptedException {
        prepared();
        try (CallerTerminal terminal = new CallerTerminal(dir)) {
            List<String> attack = terminal.typing();
            assertThat(terminal.called("all", user.words(slice.path(), attack)))
                    .as("without run it can")
                    .contains("typed 'TYPED");
            List<String> words =
                    new ArrayList<>(user.words(slice.path(), List.of(), Main.class, "run", object, option));
            words.add("--");
            words.addAll(attack);
            String said = terminal.called("all", words);
            assertThat(said).contains("2: " + (option.equals("--no-pty") ? "EPERM" : "done"));
            assertThat(said)
                    .contains("steal: " + (option.equals("--no-pty") ? "ENXIO" : "EPERM"))
                    .endsWith("code 0 typed '' modes True\n");
        }
    }

    /** Everything by which a command of the loader's own user takes itself out of the policy. */
    @Test
    void confinedCommandCannotLeave() throws IOException, InterruptedException {
        prepared();
        Path script = dir.resolve("attack.py");
        Files.writeString(script, ATTACK);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rw-r--r--"));
        String delegation = "/run/ringwall/user/" + user.uid();
        String attack = "/usr/bin/python3 " + script + " " + slice.path() + " " + delegation + "; " + CONNECT;
        List<String> open = run(attack).said().lines().toList();
        assertThat(open)
                .as("without --strict each attack works")
                .contains("move: done", "clone3: done", "get: done", "unpin: done", "token: done", "trace: done");
        assertThat(run(attack, "--strict").said())
                .isEqualTo("""
                move: EACCES
                clone3: ENOSYS
                32-bit: EPERM
                get: EPERM
                unpin: EACCES
                rename: EACCES
                token: EPERM
                trace: EPERM
                descriptor: EPERM
                mount: EPERM
                limit: EPERM
                stop: SIGNALS
                bash: connect: Operation not permitted
                bash: line 1: /dev/udp/127.0.0.1/9: Operation not permitted
                denied
                """.replace("SIGNALS", RunningKernel.atLeast(6, 12) ? "EPERM" : "done"));
    }

    /** A path that `on connect_unix` allows can be another socket after a mount. */
    @Test
    void confinedCommandMountsNoSocketOverAnother() throws IOException, InterruptedException {
        prepared();
        Path script = dir.resolve("mount.py");
        Files.writeString(script, MOUNT);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rw-r--r--"));
        String mount = "/usr/bin/python3 " + script;
        assertThat(run(mount).said()).as("without --strict").endsWith("reached\n");
        assertThat(run(mount, "--strict").said()).endsWith("EPERM\n").doesNotContain("reached");
    }

    @Test
    void anotherUserCannotUseTheDelegation() throws IOException, InterruptedException {
        prepared();
        OrdinaryUser other = new OrdinaryUser(user.uid() + 1, dir, user.classPath());
        Spawned.End end =
                other.user(slice.path(), "run", object, "--", "echo", "no").end();
        assertThat(end.code()).isEqualTo(125);
        String enter = "nsenter --preserve-credentials --user=/run/ringwall/user/" + user.uid() + "/user id";
        String see = "ls /run/ringwall/user/" + user.uid() + "/bpf";
        Process process = new ProcessBuilder(
                        "setpriv", "--reuid=" + other.uid(), "--clear-groups", "sh", "-c", enter + "; " + see)
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("Operation not permitted")
                .contains("Permission denied");
    }

    /** A bpffs that the user cannot enter is not reported as empty. */
    @Test
    void closedBpffsIsNotReportedAsEmpty() throws IOException, InterruptedException {
        Path closed = Files.createDirectory(
                dir.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (List<String> words : List.of(List.of("status"), List.of("remove", "web"), List.of("events", "web"))) {
            List<String> all =
                    new ArrayList<>(List.of(closed.resolve("ringwall").toString()));
            all.addAll(words);
            Spawned.End end = user.user(slice.path(), List.of(), PinnedElsewhere.class, all.toArray(String[]::new))
                    .end();
            assertThat(end.said())
                    .as("%s", words)
                    .isEqualTo("ringwall: the policies on this host belong to root\n  help: run as root\n");
            assertThat(end.code()).isEqualTo(3);
        }
        assertThat(user.user(
                                slice.path(),
                                List.of(),
                                PinnedElsewhere.class,
                                closed.resolve("ringwall").toString(),
                                "doctor")
                        .end()
                        .said())
                .contains("policies: cannot be examined: the policies on this host belong to root");
    }

    /** A root's `run` of a command of another user cannot be left, whatever was delegated. */
    @Test
    void commandOfAnotherUserUnderRootCannotLeave() throws IOException, InterruptedException {
        prepared();
        String id = Long.toString(user.uid());
        Path pins = BpffsPins.MOUNT.resolve("ringwall");
        String attack = "own=$(sed -n s/^0:://p /proc/self/cgroup); "
                + "for up in $(find " + host.cgroups().mount() + " -name cgroup.procs); do"
                + " case $up in *$own/*) ;; *) echo $$ 2>/dev/null > $up && echo \"left to $up\";; esac; done; "
                + "ls " + pins + "; rm -rf " + pins + "; " + CONNECT;
        Spawned.End end = user.root(
                        host.cgroups().own().path(),
                        "run",
                        object,
                        "--",
                        "setpriv",
                        "--reuid=" + id,
                        "--regid=" + id,
                        "--clear-groups",
                        "bash",
                        "-c",
                        attack)
                .end();
        assertThat(end.said())
                .doesNotContain("left to")
                .contains("Permission denied")
                .endsWith("denied\n");
    }

    @Test
    void nextRunRemovesWhatAKilledOneLeft() throws IOException, InterruptedException {
        prepared();
        Spawned first = user.user(slice.path(), "run", object, "--", "sh", "-c", "echo ready; exec sleep 600");
        try (var lines = first.process().inputReader()) {
            assertThat(lines.lines().anyMatch("ready"::equals)).isTrue();
            first.process().destroyForcibly().waitFor();
        }
        assertThat(run("true").code()).isZero();
        Path pins = Path.of("/run/ringwall/user/" + user.uid() + "/bpf/ringwall");
        assertThat(pins).as("its command still runs").exists();
        List<Cgroup> all = host.hierarchy().withDescendants(slice);
        assertThat(all).hasSize(2);
        host.hierarchy().end(all.get(1));
        assertThat(run("true").code()).isZero();
        assertThat(pins).doesNotExist();
        assertThat(host.hierarchy().withDescendants(slice)).containsExactly(slice);
    }
}
