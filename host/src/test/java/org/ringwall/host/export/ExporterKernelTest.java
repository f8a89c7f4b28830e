// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.fixtures.StateObjects;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.Scripts;

/** An export that ends between any two of its steps, and one that outlives a policy. */
@KernelTest
class ExporterKernelTest {
    private static final String TAG = "rwexporter-" + ProcessHandle.current().pid();
    private static final InstanceName WEB = InstanceName.parse("web");
    private static final Pattern CHANGE = Pattern.compile("\"export\":(\\d+),.*\"changes\":\\{\"tries\":(\\d+)}");
    private static final String SOME = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(int(sys.argv[1])):
                s.connect(('127.0.0.1', 5))
            """;

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(TAG));
    private final Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), TAG);

    @BeforeEach
    void apply() {
        host.applier().apply(new ApplyRequest(StateObjects.web().policy(), "main", List.of(cgroup), Map.of(), false));
    }

    @AfterEach
    void clean() {
        if (host.instances().contains(WEB)) {
            host.remover().remove(WEB);
        }
        host.pins().removeFolder(host.pins().root());
        host.pins().removeFolder(BpffsPins.MOUNT.resolve(TAG));
        host.hierarchy().end(cgroup);
        host.hierarchy().remove(cgroup);
        host.close();
    }

    private void connects(int times) {
        Scripts.run(dir, cgroup.path(), Set.of(), SOME, times).succeeded();
    }

    /** A moment of an export at which its process ends. */
    private enum End {
        BEFORE_STATE,
        BEFORE_OUTPUT,
        WITHIN_OUTPUT,
        AFTER_OUTPUT,
        NEVER
    }

    /** An output after or within which the process ends. */
    private record Ending(ExportFile file, Path path, End end) implements ExportOutput {
        @Override
        public Optional<ExportState.Position> position() {
            if (end == End.BEFORE_STATE) {
                throw new IllegalStateException("killed");
            }
            return file.position();
        }

        @Override
        public void write(ExportState.Pending lines) {
            if (end == End.BEFORE_OUTPUT) {
                throw new IllegalStateException("killed");
            }
            try {
                long before = Files.exists(path) ? Files.size(path) : 0;
                file.write(lines);
                if (end == End.WITHIN_OUTPUT) {
                    byte[] all = Files.readAllBytes(path);
                    int part = (int) (before + (all.length - before) / 2);
                    Files.write(path, java.util.Arrays.copyOf(all, part));
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            if (end != End.NEVER) {
                throw new IllegalStateException("killed");
            }
        }
    }

    private void export(End end) {
        Path path = dir.resolve("out");
        try (CounterReader reader = new CounterReader(host, Optional.empty());
                StateFile state = StateFile.open(dir.resolve("state"))) {
            new Exporter(host, reader, LineFormat.JSON, new Ending(new ExportFile(path), path, end), note -> {})
                    .export(state);
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("killed");
        }
    }

    private List<String> changes() throws IOException {
        return changes(Files.readString(dir.resolve("out")));
    }

    private static List<String> changes(String text) {
        List<String> changes = new ArrayList<>();
        for (String line : text.lines().toList()) {
            Matcher matcher = CHANGE.matcher(line);
            assertThat(matcher.find()).as(line).isTrue();
            changes.add(matcher.group(1) + ": " + matcher.group(2));
        }
        return changes;
    }

    @Test
    void anExportInterruptedAnywhereIsWrittenOnce() throws IOException {
        connects(1);
        export(End.NEVER);
        connects(2);
        export(End.BEFORE_STATE);
        assertThat(changes()).containsExactly("1: 1");
        connects(4);
        export(End.BEFORE_OUTPUT);
        assertThat(changes()).containsExactly("1: 1");
        connects(8);
        export(End.WITHIN_OUTPUT);
        connects(16);
        export(End.AFTER_OUTPUT);
        assertThat(changes()).containsExactly("1: 1", "2: 6");
        connects(32);
        export(End.NEVER);
        assertThat(changes()).containsExactly("1: 1", "2: 6", "3: 56");
        export(End.NEVER);
        assertThat(changes()).containsExactly("1: 1", "2: 6", "3: 56", "4: 0");
    }

    @Test
    void aRenamedFileGetsNoFurtherLines() throws IOException {
        connects(3);
        export(End.NEVER);
        Files.move(dir.resolve("out"), dir.resolve("out.1"));
        connects(5);
        export(End.BEFORE_OUTPUT);
        Files.move(dir.resolve("out"), dir.resolve("out.2"));
        export(End.NEVER);
        assertThat(changes(Files.readString(dir.resolve("out.1")))).containsExactly("1: 3");
        assertThat(changes()).containsExactly("2: 5", "3: 0");
    }

    @Test
    void linesOfOtherProcessesAreNotTruncated() throws IOException {
        connects(3);
        export(End.BEFORE_OUTPUT);
        Files.writeString(dir.resolve("out"), "a line of another process\n");
        assertThatThrownBy(() -> export(End.NEVER))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("another process has changed");
        assertThat(Files.readString(dir.resolve("out"))).isEqualTo("a line of another process\n");
    }

    /**
     * A reader that continues has the last counts of a policy that is removed, and applied again.
     */
    @Test
    void aReaderThatContinuesReadsARemovedPolicyOnceMore() throws IOException {
        Path path = dir.resolve("out");
        try (CounterReader reader = new CounterReader(host, Optional.empty());
                StateFile state = StateFile.open(dir.resolve("state"))) {
            Exporter exporter = new Exporter(host, reader, LineFormat.JSON, new ExportFile(path), note -> {});
            connects(3);
            exporter.export(state);
            connects(4);
            host.remover().remove(WEB);
            apply();
            connects(2);
            exporter.export(state);
            exporter.export(state);
        }
        assertThat(changes()).containsExactly("1: 3", "2: 2", "2: 4", "3: 0");
    }

    /** Counts of another boot have started over. */
    @Test
    void countsStartOverAfterAReboot() throws IOException {
        connects(3);
        export(End.NEVER);
        Path state = dir.resolve("state");
        String text = Files.readString(state);
        Files.writeString(state, text.replaceFirst("export\t1\t[0-9a-f-]+", "export\t1\t00000000-0000"));
        connects(1);
        export(End.NEVER);
        assertThat(changes()).containsExactly("1: 3", "2: 4");
    }
}
