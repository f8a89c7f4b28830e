// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.compiler.pipeline.Compiler;
import org.ringwall.compiler.pipeline.Settings;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.host.sync.Result;
import org.ringwall.host.sync.Sync;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Soak;

/** A property test that no content of one declaration affects what the others declare. */
@KernelTest
class MutatedDeclarationsKernelTest {
    private static final int FILES = 10;
    private static final int MUTATIONS = Soak.size(300, 1000);
    private static final int REBOOT_EACH = 50;
    private static final int PORT = 9;

    private static final String POLICY = """
            policy synced
            param closed : port in 1..1023 = 9
            egress {
              deny if remote.port == closed
              default allow
            }
            """;

    /** Values that are likely to be wrong somewhere, in place of any word of a file. */
    private static final List<String> NASTY = List.of(
            "",
            "blue.1",
            "-1",
            "null",
            "~",
            "*",
            "?",
            "..",
            "../../..",
            "/",
            "/dev/zero",
            "/dev/null",
            "2999-01-01T00:00:00Z",
            "+999999999-12-31T23:59:59-18:00",
            "-999999999-01-01T00:00:00Z",
            "{}",
            "[]",
            "&a [*a]",
            "*nothing",
            "!!java.lang.Object []",
            "\"\\0\"",
            "\"\\ud800\"",
            "'a\u0085b'",
            "[".repeat(20_000),
            "{a: ".repeat(20_000),
            "x".repeat(5_000),
            "a/".repeat(3_000),
            "-.slice",
            "99999999999999999999999999",
            "0x8000000000000000",
            "---\n---",
            "...",
            "|\n  x",
            "? [a, b]\n: c");

    @TempDir
    Path dir = Path.of("");

    private final ChildCgroup parent = ChildCgroup.make();
    private final TypedCommands commands = new TypedCommands();

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectory(folder());
        Files.write(
                dir.resolve("synced.o"),
                Compiler.compile(new SourceFile("synced.wall", POLICY), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
        for (int i = 0; i < FILES; i++) {
            Files.createDirectory(parent.path().resolve("place" + i));
            Files.writeString(file(i), declaration(i));
        }
    }

    @AfterEach
    void clean() {
        removeAll();
        parent.close();
    }

    private void removeAll() {
        try (LoaderHost host = commands.host()) {
            host.instances().forEach(name -> host.remover().remove(name));
        }
    }

    private Path folder() {
        return dir.resolve("policies.d");
    }

    private Path file(int i) {
        return folder().resolve("p" + i + ".yaml");
    }

    private static String declaration(int i) {
        return "# The declaration of one policy.\npolicy: ../synced.o\ninstance: " + (char) ('a' + i)
                + "-instance\nplaces:\n  - path: place" + i + "\n  - unit: nothing" + i
                + "@*.service\nparams: { closed: 9 }\nmonitor: { until: 2020-01-01T00:00:00Z, reason: over }\n"
                + "accept-foreign: false\nrequired: true\n";
    }

    /** Returns a text that differs from a declaration, as far as chance allows. */
    private static byte[] mutated(Random random, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(6)) {
            case 0 -> java.util.Arrays.copyOf(bytes, at);
            case 1 -> {
                bytes[at] = (byte) random.nextInt(256);
                yield bytes;
            }
            case 2 -> {
                bytes[at] = (byte) "\n\t:,{}[]\"'#&*!|>%@`-? \0".charAt(random.nextInt(23));
                yield bytes;
            }
            case 3 -> {
                List<String> lines = new ArrayList<>(text.lines().toList());
                String line = lines.get(random.nextInt(lines.size()));
                if (random.nextBoolean()) {
                    lines.remove(line);
                } else {
                    lines.add(random.nextInt(lines.size()), line);
                }
                yield String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
            }
            default -> {
                String[] words = text.split("(?<=[ {},])|(?=[ {},\n])");
                words[random.nextInt(words.length)] = NASTY.get(random.nextInt(NASTY.size()));
                yield String.join("", words).getBytes(StandardCharsets.UTF_8);
            }
        };
    }

    @Test
    void nineFilesHoldWhateverTheTenthContains() throws IOException {
        Random random = new Random(20_260_101);
        try (LoaderHost host = commands.host();
                Sync sync = new Sync(host, folder(), () -> RecordedAdmission.ALL, parent.path())) {
            sync.settlesAfter(Duration.ZERO);
            assertThat(sync.run(true, Set.of())).extracting(Result::state).containsOnly(Result.State.CHANGED);
            int before = -1;
            for (int n = 0; n < MUTATIONS; n++) {
                int victim = random.nextInt(FILES);
                byte[] content = mutated(random, declaration(victim));
                Files.write(file(victim), content);
                boolean boot = n % REBOOT_EACH == 0;
                if (boot) {
                    removeAll();
                }
                String what = "mutation " + n + ":\n" + new String(content, StandardCharsets.ISO_8859_1);
                Set<Result.State> states = boot ? Set.of(Result.State.CHANGED) : Set.of(Result.State.IN_FORCE);
                holds(sync, host, victim, before, states, what);
                Files.writeString(file(victim), declaration(victim));
                removeOthers(host);
                before = victim;
            }
        }
        try (LoaderHost host = commands.host();
                Sync sync = new Sync(host, folder(), () -> RecordedAdmission.ALL, parent.path())) {
            sync.run(true, Set.of());
        }
        assertThat(IntStream.range(0, FILES).filter(this::denies).count()).isEqualTo(FILES);
    }

    /**
     * Brings the host to the files.
     *
     * @param victim the mutated file
     * @param before the file that was mutated before, whose policy may have to be restored
     * @param states the states that the policies of the others may be in
     */
    private void holds(Sync sync, LoaderHost host, int victim, int before, Set<Result.State> states, String what) {
        List<Result> results;
        try {
            results = sync.run(true, Set.of());
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(what, e);
        }
        Map<InstanceName, InstanceStatus> status =
                host.status().stream().collect(Collectors.toMap(InstanceStatus::name, Function.identity()));
        for (int i = 0; i < FILES; i++) {
            if (i != victim) {
                Path file = file(i);
                assertThat(results.stream().filter(result -> result.file().equals(file)))
                        .as(what)
                        .extracting(Result::state)
                        .hasSize(1)
                        .isSubsetOf(i == before ? List.of(Result.State.IN_FORCE, Result.State.CHANGED) : states);
                InstanceStatus found = Objects.requireNonNull(status.get(name(i)), what);
                assertThat(found.enforced()).as(what).isTrue();
                assertThat(found.places())
                        .extracting(InstanceStatus.At::cgroup)
                        .contains(parent.path().resolve("place" + i).toString());
            }
        }
    }

    private static InstanceName name(int i) {
        return new InstanceName("synced", (char) ('a' + i) + "-instance");
    }

    /** Removes what a mutation has put in force under another name. */
    private void removeOthers(LoaderHost host) {
        List<InstanceName> declared = IntStream.range(0, FILES)
                .mapToObj(MutatedDeclarationsKernelTest::name)
                .toList();
        host.instances().stream()
                .filter(name -> !declared.contains(name))
                .forEach(name -> host.remover().remove(name));
    }

    private boolean denies(int i) {
        try (Caller caller = Caller.in(parent.path().resolve("place" + i))) {
            return caller.connect(caller.udp(4), "127.0.0.1:" + PORT) == Errno.EPERM.number();
        }
    }
}
