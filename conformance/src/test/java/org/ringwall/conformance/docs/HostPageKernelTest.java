// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.RunningKernel;
import org.ringwall.testkit.Scripts;

/** A test of docs/host.md: compiles its policy and runs its commands in order. */
@KernelTest
class HostPageKernelTest {
    private static final String SLICE = "/sys/fs/cgroup/web.slice";
    private static final String OTHER_SLICE = "/sys/fs/cgroup/db.slice";
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");
    private static final Pattern CONNECTS =
            Pattern.compile("# a process in the cgroup connects to ([0-9.]+):(\\d+): (.+)");
    private static final Pattern COMMAND_OF_HELP = Pattern.compile("^  ([a-z-]+) +[A-Z]", Pattern.MULTILINE);

    private static final String CONNECT = """
            import fcntl, os, struct, sys
            from socket import *
            with socket(AF_INET, SOCK_DGRAM) as lo:
                fcntl.ioctl(lo, 0x8914, struct.pack('16sh22x', b'lo', 1))
            try:
                socket().connect((sys.argv[1], int(sys.argv[2])))
                print('connected')
            except OSError as e:
                print(os.strerror(e.errno))
            """;

    @TempDir
    private Path dir = Path.of("");

    private final ChildCgroup cgroup = ChildCgroup.make();
    private final ChildCgroup other = ChildCgroup.make();
    private TypedCommands commands = new TypedCommands();
    private int code;

    /** The public key of RFC 8032, section 7.1, test 1. */
    private static final String KEY = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
            -----END PUBLIC KEY-----
            """;

    @AfterEach
    void clean() {
        List.of("web@main", "web@second", "port@main", "web@packed").forEach(commands::remove);
        other.close();
        cgroup.close();
    }

    /** Whether this kernel has timers for programs, which the commands for confirmation need. */
    private static final boolean TIMERS = RunningKernel.atLeast(5, 15);

    /** A command and the lines that the page shows after it. */
    private record Shown(String command, List<String> lines) {}

    @Test
    void everyCommandBehavesAsThePageShows() throws IOException {
        Document page = Document.of("docs/host.md");
        commands = new TypedCommands(TrustFiles.below(dir));
        Files.writeString(dir.resolve("release.pub"), KEY);
        SourceFile policy =
                new SourceFile("web.wall", page.blocks("wall", "policy web\n").get(0));
        Files.write(
                dir.resolve("web.o"),
                Compiler.compile(policy, Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
        Files.write(dir.resolve("web.wallpack"), bundle(policy));
        Files.writeString(
                dir.resolve("blocked.list"),
                page.blocks("text", "# blocked.list\n").get(0));
        Files.createDirectory(dir.resolve("policies.d"));
        Path plain = GoldenCase.projectRoot().resolve("testdata/plain");
        Files.copy(plain.resolve("port.o"), dir.resolve("port.o"));
        assertThat(Files.readString(plain.resolve("port.c")))
                .endsWith(page.blocks("c", "#include").get(0));
        Path mount =
                KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine())).mount();
        Files.writeString(
                dir.resolve("policies.d/web.yaml"),
                page.blocks("yaml", "# web.yaml\n")
                        .get(0)
                        .replace("policy: web.o", "policy: ../web.o")
                        .replace("web.slice", mount.relativize(cgroup.path()).toString()));
        Set<String> typed = new LinkedHashSet<>();
        for (Shown shown : shown(page)) {
            perform(shown);
            typed.add(shown.command().split(" ", 2)[0]);
        }
        if (!TIMERS) {
            typed.add("confirm");
        }
        assertThat(typed).as("what `ringwall --help` lists").containsAll(inHelp());
    }

    private byte[] bundle(SourceFile policy) throws IOException {
        Files.writeString(dir.resolve("web.wall"), policy.text());
        return PolicyBundle.compile(
                        "example", "7", List.of(Path.of("web.wall")), List.of(), Options.DEFAULT.withBase(dir))
                .bundle()
                .orElseThrow()
                .content();
    }

    private Set<String> inHelp() {
        Set<String> names = COMMAND_OF_HELP
                .matcher(commands.type(List.of("--help")).text())
                .results()
                .map(command -> command.group(1))
                .collect(Collectors.toSet());
        assertThat(names).contains("apply", "events", "run");
        return names;
    }

    private static List<Shown> shown(Document page) {
        List<Shown> all = new ArrayList<>();
        for (String line : page.blocks("console", "").stream()
                .filter(block -> TIMERS || !block.contains("--confirm"))
                .flatMap(String::lines)
                .toList()) {
            if (line.startsWith("$ ") || line.startsWith("#")) {
                all.add(new Shown(line.replaceFirst("^\\$ (ringwall )?", ""), new ArrayList<>()));
            } else {
                all.get(all.size() - 1).lines().add(line);
            }
        }
        return all;
    }

    private void perform(Shown shown) {
        Matcher connects = CONNECTS.matcher(shown.command());
        if (connects.matches()) {
            assertThat(connect(connects.group(1), connects.group(2)))
                    .as(shown.command())
                    .isEqualTo(connects.group(3));
            return;
        }
        if (shown.command().equals("echo $?")) {
            assertThat(List.of(Integer.toString(code))).isEqualTo(shown.lines());
            return;
        }
        assertThat(shown.command())
                .as("nothing happens of which the test knows nothing")
                .doesNotStartWith("#");
        TypedCommands.Said said = commands.type(words(shown.command()));
        code = said.code();
        // The page cannot show the ends of lines of CSV.
        assertThat(said.text().replace("\r\n", "\n"))
                .as(shown.command())
                .matches(Pattern.compile(
                        shown.lines().stream().map(this::pattern).collect(Collectors.joining())));
        if (!shown.command().startsWith("run ")) {
            // 4 is an answer, as of a comparison.
            assertThat(code != 0 && code != 4)
                    .as(shown.command())
                    .isEqualTo(said.text().contains("\n  help: "));
        }
    }

    /**
     * Returns a pattern for a line, in which `…` matches any text; `…` alone matches any number of
     * lines.
     */
    private String pattern(String line) {
        return line.equals("…")
                ? "(?:.*\\n)*"
                : Stream.of(here(line).split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")) + "\\n";
    }

    private String here(String text) {
        return text.replace(SLICE, cgroup.path().toString())
                .replace(OTHER_SLICE, other.path().toString());
    }

    private List<String> words(String command) {
        UnaryOperator<String> file = word ->
                Set.of("web.o", "port.o", "web.wallpack", "release.pub", "blocked.list", "policies.d", "web.state")
                                .contains(word)
                        ? dir.resolve(word).toString()
                        : here(word);
        return WORD.matcher(command)
                .results()
                .map(HostPageKernelTest::word)
                .map(file)
                .toList();
    }

    private static String word(MatchResult word) {
        return Stream.of(1, 2, 3)
                .map(word::group)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Returns the result of a connect by a process in the cgroup, in a network namespace where no
     * process listens.
     */
    private String connect(String address, String port) {
        return Scripts.run(dir, cgroup.path(), Set.of(Scripts.Namespace.NETWORK), CONNECT, address, port)
                .succeeded()
                .strip();
    }
}
