package org.ringwall.loader.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.apply.BpffsPins;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.apply.StateObjects;
import org.ringwall.loader.cgroup.Cgroup;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;

/** What docs/host.md shows, typed in its order. */
@KernelTest
class HostPageKernelTest {
    private static final String TAG = "rwpage-" + ProcessHandle.current().pid();
    private static final Path PINS = BpffsPins.MOUNT.resolve(TAG);
    private static final Pattern BLOCK =
            Pattern.compile("^```console\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final String CONNECTS = "# a process in the cgroup connects to 127.0.0.1:9";

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(PINS);
    private final Cgroup cgroup = host.cgroups().create(host.cgroups().own(), TAG);

    @AfterEach
    void clean() {
        if (Files.exists(PINS.resolve("v1/web@main"))) {
            host.remover().remove(InstanceName.parse("web"));
        }
        host.cgroups().end(cgroup);
        host.cgroups().remove(cgroup);
        host.close();
    }

    /** A command and the lines that the page shows behind it. */
    private record Shown(String command, List<String> lines) {}

    @Test
    void everyCommandSaysWhatThePageShows() throws Exception {
        Files.write(dir.resolve("web.o"), StateObjects.web().file());
        List<Shown> all = shown(Files.readString(GoldenCase.projectRoot().resolve("docs/host.md")));
        assertThat(all).hasSizeGreaterThan(25);
        for (Shown shown : all) {
            if (shown.command().equals(CONNECTS)) {
                Typed.connect(cgroup);
            } else {
                assertThat(type(shown.command()).lines().toList())
                        .as(shown.command())
                        .zipSatisfy(
                                shown.lines(),
                                (said, expected) -> assertThat(said).matches(pattern(expected)));
            }
        }
        for (String command : List.of(
                "run",
                "apply",
                "status",
                "remove",
                "recover",
                "live",
                "table",
                "counters",
                "rates",
                "events",
                "monitor",
                "enforce")) {
            assertThat(Grammar.commandLine("").getSubcommands()).containsKey(command);
        }
    }

    private static List<Shown> shown(String page) {
        List<Shown> all = new ArrayList<>();
        for (MatchResult block : BLOCK.matcher(page).results().toList()) {
            for (String line : block.group(1).lines().toList()) {
                if (line.startsWith("$ ringwall ") || line.startsWith("#")) {
                    all.add(new Shown(line.replaceFirst("^\\$ ringwall ", ""), new ArrayList<>()));
                } else {
                    all.get(all.size() - 1).lines().add(line);
                }
            }
        }
        return all;
    }

    private Pattern pattern(String expected) {
        StringBuilder pattern = new StringBuilder();
        for (String part :
                expected.replace("/sys/fs/cgroup/web.slice", cgroup.toString()).split("…", -1)) {
            pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(part));
        }
        return Pattern.compile(pattern.toString());
    }

    private String type(String command) {
        List<String> words = WORD.matcher(command)
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .map(word -> word.equals("web.o") ? dir.resolve(word).toString() : word)
                .map(word -> word.equals("/sys/fs/cgroup/web.slice") ? cgroup.toString() : word)
                .toList();
        return new Typed(PINS).said("", words);
    }

    /** One command, and what it says on both streams. */
    record Typed(Path pins) {
        String said(String input, List<String> words) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
            ByteArrayInputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
            new Ringwall(() -> LoaderHost.ofThisMachine(pins), in, stream, stream)
                    .execute(words.toArray(String[]::new));
            return said.toString(StandardCharsets.UTF_8);
        }

        /** A process in the cgroup connects to 127.0.0.1:9, whatever comes of it. */
        static void connect(Cgroup cgroup) throws IOException, InterruptedException {
            String script =
                    "import socket\ns=socket.socket()\ntry:\n s.connect(('127.0.0.1',9))\nexcept OSError:\n pass\n";
            Process child = new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            "echo $$ > \"$0\" && exec \"$@\"",
                            cgroup.path().resolve("cgroup.procs").toString(),
                            "python3",
                            "-c",
                            script)
                    .inheritIO()
                    .start();
            assertThat(child.waitFor()).isZero();
        }
    }
}
