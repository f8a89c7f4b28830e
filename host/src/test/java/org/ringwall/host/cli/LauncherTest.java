// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;

/** {@code bin/ringwall} as root, started in a folder that another user has prepared. */
@KernelTest
class LauncherTest {
    private static final Pattern OPENED =
            Pattern.compile("(?:openat\\([^,]*, |open\\(|creat\\(|execve\\()\"([^\"]*)\"(.*)");

    @TempDir
    Path directory = Path.of("");

    private Path hostile = Path.of("");
    private Installation installed = new Installation(Path.of(""));

    @BeforeEach
    void install() throws IOException {
        installed = Installation.in(directory);
        hostile = Files.createDirectories(directory.resolve("hostile"));
        Files.setAttribute(hostile, "unix:mode", 0777);
        installed.shell(directory, Map.of(), "\"$RINGWALL\" status").succeeded();
    }

    /** Returns the folders of libraries that only root can write, and the installation itself. */
    private List<String> trusted() throws IOException {
        return List.of(
                "/lib",
                "/usr/lib",
                "/usr/local/",
                "/etc/ld.so.",
                Path.of(System.getProperty("java.home")).toRealPath() + "/",
                installed.root() + "/");
    }

    @ToolTest("strace")
    @Test
    void aStartCreatesNoFileAndLoadsNothingFromElsewhere() throws IOException {
        Path log = directory.resolve("calls");
        Map<String, String> environment =
                Map.of("TMPDIR", hostile.toString(), "LOG", log.toString(), "CLASSPATH", hostile.toString());
        Command status = installed.shell(
                hostile,
                environment,
                "umask 0; exec strace -f -qq -s 300 -o \"$LOG\" -e"
                        + " trace=open,openat,creat,execve,mkdir,mkdirat,rename,renameat2,link,linkat,symlink,symlinkat,mknodat"
                        + " \"$RINGWALL\" status");
        assertThat(status.succeeded()).isEqualTo("no policy is in force\n");
        List<String> calls = Files.readAllLines(log);
        assertThat(calls).anyMatch(call -> call.contains(String.valueOf(stub())));
        for (String call : calls) {
            assertThat(call).doesNotContain("mkdir", "rename", "link(", "mknod");
            Matcher opened = OPENED.matcher(call);
            if (opened.find()) {
                String path = opened.group(1);
                if (opened.group(2).contains("O_CREAT")) {
                    assertThat(path).as(call).isEqualTo("/dev/null");
                }
                if (path.contains(".so")) {
                    assertThat(trusted()).as(call).anyMatch(path::startsWith);
                }
                assertThat(path).as(call).doesNotStartWith(hostile.toString());
            }
        }
    }

    private Path stub() {
        try {
            return installed.stub();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void failsWithoutItsNativeLibrary() throws IOException {
        Path stub = installed.stub();
        Files.delete(stub);
        Map<String, String> environment = Map.of("TMPDIR", hostile.toString());
        Command status = installed.shell(directory, environment, "cd \"$TMPDIR\" && exec \"$RINGWALL\" status");
        assertThat(status)
                .isEqualTo(new Command(
                        3,
                        "ringwall: the native library is missing: `" + stub + "`\n  help: rm -rf '"
                                + installed.library()
                                + "', then install ringwall again, or in a checkout: mvn -Dquickly package\n"));
        assertThat(hostile).isEmptyDirectory();
    }

    @Test
    void aLibraryThatOthersCanWriteIsNotLoaded() throws IOException {
        Files.setAttribute(installed.stub(), "unix:mode", 0666);
        refused("the native library is not loaded: `" + installed.stub() + "` can be written by other users");
    }

    @Test
    void aLibraryOfAnotherUserIsNotLoaded() throws IOException {
        Files.setAttribute(installed.stub(), "unix:uid", 4242);
        refused("the native library is not loaded: `" + installed.stub() + "` belongs to uid 4242");
    }

    @Test
    void underSudoTheFilesOfItsCallerAreTrusted() throws IOException {
        Files.setAttribute(installed.stub(), "unix:uid", 4242);
        Files.setAttribute(installed.jar(), "unix:uid", 4242);
        refused("root does not run it: `" + installed.jar() + "` belongs to uid 4242");
        installed
                .shell(hostile, Map.of("SUDO_UID", "4242"), "\"$RINGWALL\" status")
                .succeeded();
    }

    @Test
    void rootRunsNoJarThatOthersCanReplace() throws IOException {
        for (Path path :
                List.of(installed.jar(), installed.module().resolve("lib"), installed.module(), installed.root())) {
            Object mode = Files.getAttribute(path, "unix:mode");
            Files.setAttribute(path, "unix:mode", Files.isDirectory(path) ? 0757 : 0646);
            refused("root does not run it: `" + path + "` can be written by other users");
            Files.setAttribute(path, "unix:mode", mode);
        }
        Path library = installed.module().resolve("lib/ringwall-bpf.jar");
        Path elsewhere = Files.move(library, hostile.resolve("bpf.jar"));
        Files.createSymbolicLink(library, elsewhere);
        refused("root does not run it: `" + library + "` is a symbolic link");
    }

    /** Classes from jars, and jffi's search for its library, would take most of a short command. */
    @Test
    void aStartReadsItsClassesFromTheArchive() throws IOException {
        Path log = directory.resolve("classes");
        Path launcher = installed.root().resolve("bin/launch.sh");
        String script = Installation.read(launcher);
        assertThat(script).contains("-Xlog:disable");
        Files.writeString(launcher, script.replace("-Xlog:disable", "-Xlog:class+load:file=" + log));
        installed.shell(directory, Map.of(), "\"$RINGWALL\" status").succeeded();
        List<String> classes = Files.readAllLines(log);
        assertThat(classes).hasSizeGreaterThan(500);
        assertThat(classes.stream().filter(line -> !line.contains("shared objects file")))
                .hasSizeLessThan(20);
        assertThat(classes).noneMatch(line -> line.contains(" java.util.logging.") || line.contains(".StubLoader"));
    }

    /** The archive of classes is the same with and without the libraries of {@code metrics}. */
    @Test
    void metricsHasLibrariesOfItsOwn() throws IOException {
        List<Path> before = archives();
        assertThat(before).hasSize(1);
        String client = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                + "s.sendall(b'GET /metrics HTTP/1.1\\r\\nConnection: close\\r\\nAccept: application/openmetrics-text\\r\\n\\r\\n')\n"
                + "print(s.makefile().read())";
        String script = "\"$RINGWALL\" metrics --listen \"unix:$1\" & for i in $(seq 300); do [ -S \"$1\" ] && break; "
                + "sleep 0.1; done; python3 -c \"$2\" \"$1\"; kill $!; wait $!";
        Path socket = directory.resolve("socket");
        Command metrics = installed.shell(directory, Map.of(), script, socket.toString(), client);
        assertThat(metrics.status()).isEqualTo(143);
        assertThat(metrics.output())
                .contains("serving metrics at unix:" + socket + "\n", "HTTP/1.1 200 OK\n", "# EOF\n");
        assertThat(socket).doesNotExist();
        assertThat(archives()).isEqualTo(before);
        Path library;
        try (Stream<Path> all = Files.list(installed.module().resolve("lib-metrics"))) {
            library = all.findFirst().orElseThrow();
        }
        Files.setAttribute(library, "unix:mode", 0646);
        Command refused = installed.shell(directory, Map.of(), "\"$RINGWALL\" metrics --listen 127.0.0.1:0");
        assertThat(refused.output()).startsWith("ringwall: root does not run it: `" + library + "` can be written");
        installed.shell(directory, Map.of(), "\"$RINGWALL\" status").succeeded();
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> all = Files.list(installed.module())) {
            return all.filter(path -> path.toString().endsWith(".jsa")).toList();
        }
    }

    @Test
    void aRefusedRunExitsWith125() throws IOException {
        Files.setAttribute(installed.jar(), "unix:mode", 0646);
        assertThat(installed
                        .shell(directory, Map.of(), "\"$RINGWALL\" run x.o -- true")
                        .status())
                .isEqualTo(125);
    }

    private void refused(String message) {
        Command status = installed.shell(directory, Map.of(), "\"$RINGWALL\" status");
        assertThat(status.output()).startsWith("ringwall: " + message + "\n  help: ");
        assertThat(status.status()).isEqualTo(3);
    }

    @Test
    void javaOptionsInTheEnvironmentAreIgnored() {
        for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
            Map<String, String> environment = Map.of(name, "-javaagent:" + hostile.resolve("agent.jar"));
            assertThat(installed
                            .shell(hostile, environment, "\"$RINGWALL\" status")
                            .succeeded())
                    .isEqualTo("no policy is in force\n");
        }
    }

    @Test
    void javaOptionsInTheEnvironmentReachTheCommand() throws IOException {
        String object = object().toString();
        for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
            Map<String, String> environment = Map.of(name, "-javaagent:x y 'z'", "OBJECT", object);
            String script = "\"$RINGWALL\" run \"$OBJECT\" -- sh -c 'printenv " + name + "; env | grep RINGWALL_ENV'";
            assertThat(installed.shell(hostile, environment, script).output()).isEqualTo("-javaagent:x y 'z'\n");
        }
    }

    @Test
    void closedDescriptorsBecomeDevNullForTheCommand() throws IOException {
        String script = "\"$RINGWALL\" run \"$OBJECT\" -- sh -c 'readlink /proc/$$/fd/0 /proc/$$/fd/2' <&- 2>&-";
        assertThat(installed
                        .shell(hostile, Map.of("OBJECT", object().toString()), script)
                        .succeeded())
                .isEqualTo("/dev/null\n/dev/null\n");
    }

    private Path object() throws IOException {
        String policy = "launchtest_" + ProcessHandle.current().pid();
        return Files.write(directory.resolve("deny.o"), ObjectWriter.write(TestObjects.denyPort(policy, 9)));
    }

    /** Interrupts every second call of every thread, as a signal to the loader would. */
    @ToolTest("strace")
    @Test
    void interruptedSystemCallsAreRetried() throws IOException {
        String inject = "";
        for (String call : List.of("flock", "bpf", "pidfd_open", "prlimit64", "clock_gettime")) {
            inject += " -e inject=" + call + ":error=EINTR:when=1+2";
        }
        String script = "strace -f -qq -o \"$LOG\" -e trace=flock,bpf" + inject
                + " \"$RINGWALL\" run \"$OBJECT\" -- sh -c 'exit 7'";
        Path log = directory.resolve("interrupted");
        Command run = installed.shell(hostile, Map.of("OBJECT", object().toString(), "LOG", log.toString()), script);
        assertThat(run).isEqualTo(new Command(7, ""));
        assertThat(Installation.read(log))
                .contains("flock(", "= -1 EINTR (Interrupted system call) (INJECTED)", "bpf(BPF_LINK_CREATE");
    }

    @Test
    void quitDoesNotPrintStacksIntoTheOutputOfTheCommand() throws IOException {
        String script = "\"$RINGWALL\" run \"$OBJECT\" -- sh -c 'kill -QUIT $PPID; sleep 0.5; exit 4'";
        assertThat(installed.shell(hostile, Map.of("OBJECT", object().toString()), script))
                .isEqualTo(new Command(4, ""));
    }
}
