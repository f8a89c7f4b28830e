// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.maven.plugin.logging.SystemStreamLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A test of what the goal `compile` compiles again. */
final class IncrementalTest {
    private static final String PLAIN = "policy %s\negress { deny if remote.port == %d; default allow }\n";

    @TempDir
    private Path folder = Path.of("");

    private RecordingLog log = new RecordingLog();
    private Project project = new Project(Path.of(""), log);

    @BeforeEach
    void begin() throws Exception {
        project = new Project(folder, log);
        project.policy("a.wall", PLAIN.formatted("a", 1));
        project.policy("common.wall", "set feed = file \"lists/feed.txt\"\n");
        project.policy("lists/feed.txt", "192.0.2.1\n");
        project.policy(
                "b.wall", "policy b\ninclude \"common.wall\"\negress { deny if remote.ip in feed; default allow }\n");
        compile();
    }

    private CompileMojo goal() {
        log = new RecordingLog();
        project = new Project(folder, log);
        return project.goal(new CompileMojo());
    }

    private void compile() throws Exception {
        goal().execute();
    }

    /** Compiles, and returns the names of the objects that were written. */
    private List<String> rebuilt() throws Exception {
        return rebuilt(goal());
    }

    private List<String> rebuilt(CompileMojo goal) throws Exception {
        Map<String, String> before = keys();
        goal.execute();
        Map<String, String> after = keys();
        List<String> written = new ArrayList<>(after.keySet());
        written.removeIf(name -> Objects.equals(after.get(name), before.get(name)));
        return written;
    }

    private Map<String, String> keys() throws Exception {
        Map<String, String> keys = new TreeMap<>();
        for (String name : Project.files(project.objects())) {
            Path file = project.objects().resolve(name);
            keys.put(name, Files.getAttribute(file, "unix:ino") + " " + Files.getLastModifiedTime(file));
        }
        return keys;
    }

    @Test
    void writesNothingIfNothingHasChanged() throws Exception {
        Path stamp = folder.resolve("target/maven-status/compile/default.stamp");
        FileTime old = FileTime.from(Instant.now().minusSeconds(1000));
        Files.setLastModifiedTime(stamp, old);
        assertThat(rebuilt()).isEmpty();
        assertThat(log.of("info")).containsExactly("Nothing to compile - all objects are up to date");
        assertThat(Files.getLastModifiedTime(stamp)).isEqualTo(old);
        Files.setLastModifiedTime(project.sources().resolve("a.wall"), FileTime.from(Instant.now()));
        assertThat(rebuilt()).as("only the time has changed").isEmpty();
    }

    @Test
    void compilesPoliciesThatDependOnAChange() throws Exception {
        project.policy("a.wall", PLAIN.formatted("a", 2));
        assertThat(rebuilt()).containsExactly("a.o");
        assertThat(log.of("info")).containsExactly("1 policy compiled to " + project.objects());
        project.policy("lists/feed.txt", "192.0.2.2\n");
        assertThat(rebuilt()).containsExactly("b.o");
        project.policy("common.wall", "set feed = { 192.0.2.3 }\n");
        assertThat(rebuilt()).containsExactly("b.o");
        project.policy("lists/feed.txt", "192.0.2.4\n");
        assertThat(rebuilt()).as("the list is no longer read").isEmpty();
    }

    @Test
    void detectsAChangeThatKeepsLengthAndTime() throws Exception {
        Path file = project.sources().resolve("a.wall");
        // The build begins before this time, however long it takes to begin.
        FileTime time = FileTime.from(Instant.now().plusSeconds(1000));
        Files.setLastModifiedTime(file, time);
        compile();
        project.policy("a.wall", PLAIN.formatted("a", 7));
        Files.setLastModifiedTime(file, time);
        assertThat(rebuilt()).containsExactly("a.o");
    }

    @Test
    void detectsAChangeThatKeepsTheTimeDuringALongBuild() throws Exception {
        Path file = project.sources().resolve("a.wall");
        String warned = "policy a\negress {\n  deny if uid == %1$d\n  deny if uid == %1$d\n  default allow\n}\n";
        project.policy("a.wall", warned.formatted(1));
        CompileMojo goal = goal();
        goal.setLog(new SystemStreamLog() {
            @Override
            public void warn(CharSequence content) {
                try {
                    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
                    Thread.sleep(2_500);
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        goal.execute();
        FileTime time = Files.getLastModifiedTime(file);
        project.policy("a.wall", warned.formatted(2));
        Files.setLastModifiedTime(file, time);
        assertThat(rebuilt()).containsExactly("a.o");
    }

    @Test
    void compilesAgainAfterAChangeOfSettingsOrOfTheObject() throws Exception {
        CompileMojo other = goal();
        Parameters.set(other, "endian", "big");
        assertThat(rebuilt(other)).containsExactly("a.o", "b.o");
        assertThat(rebuilt()).containsExactly("a.o", "b.o");
        Files.delete(project.objects().resolve("a.o"));
        assertThat(rebuilt()).containsExactly("a.o");
        Files.write(project.objects().resolve("b.o"), "\u007fELF".getBytes(StandardCharsets.US_ASCII));
        assertThat(rebuilt()).containsExactly("b.o");
    }

    @Test
    void compilesAgainWithChangedParams() throws Exception {
        project.policy("a.wall", """
            policy a
            param p : port in 1..9 = 1
            egress { deny if remote.port == p; default allow }
            """);
        compile();
        CompileMojo goal = goal();
        Parameters.set(goal, "params", Map.of("p", "2"));
        byte[] before = Files.readAllBytes(project.objects().resolve("a.o"));
        goal.execute();
        assertThat(Files.readAllBytes(project.objects().resolve("a.o"))).isNotEqualTo(before);
        CompileMojo unused = goal();
        Parameters.set(unused, "params", Map.of("p", "2", "q", "3"));
        assertThatThrownBy(unused::execute).hasMessageContaining("has a param `q`");
        assertThatThrownBy(unused::execute).as("also if all is up to date").hasMessageContaining("has a param `q`");
    }

    @Test
    void reportsAnErrorUntilItIsCorrected() throws Exception {
        project.policy("a.wall", "policy a\negress { }\n");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(this::compile).hasMessage("1 of 2 policies have errors, see above");
            assertThat(log.of("error")).singleElement().asString().contains("a.wall:[2,");
        }
        project.policy("a.wall", PLAIN.formatted("a", 1));
        assertThat(rebuilt()).containsExactly("a.o");
        project.policy("b.wall", PLAIN.formatted("b", 1));
        assertThatThrownBy(this::compile)
                .as("common.wall is included no longer")
                .hasMessage("1 of 3 policies have errors, see above");
        assertThat(log.of("error")).singleElement().asString().contains("common.wall:[");
    }

    @Test
    void repeatsWarningsOfUnchangedPolicies() throws Exception {
        project.policy("a.wall", "policy a\negress {\n  deny if uid == 1\n  deny if uid == 1\n  default allow\n}\n");
        compile();
        List<String> warnings = log.of("warn");
        assertThat(warnings).singleElement().asString().contains("[4,3]", "[W0701]", "\n");
        compile();
        assertThat(log.of("warn")).isEqualTo(warnings);
    }

    @Test
    void ignoresAStampThatItCannotRead() throws Exception {
        for (String text : List.of("", "ringwall-stamp-1\tkey\nPOLICY", "\u0000\n", "other 3\n")) {
            Files.writeString(folder.resolve("target/maven-status/compile/default.stamp"), text);
            assertThat(rebuilt()).containsExactly("a.o", "b.o");
        }
    }
}
