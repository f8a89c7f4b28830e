// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.loader.fixtures.TestObjects;
import org.ringwall.loader.model.Failure;
import org.ringwall.loader.model.LoaderException;

final class PolicyObjectTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void readsAnObject() throws IOException {
        Path file = folder.resolve("deny.o");
        Files.write(file, ObjectWriter.write(TestObjects.denyPort("web", 9)));
        PolicyObject object = PolicyObject.read(file);
        assertThat(object.policy()).isEqualTo("web");
        assertThat(object.hooks()).containsExactly("connect4", "connect6");
        assertThat(object.liveSets()).isEmpty();
        assertThat(object.counters()).isEmpty();
    }

    @Test
    void reportsAFileThatIsNotAnObjectWithAHelp() throws IOException {
        Path file = folder.resolve("text.o");
        Files.writeString(file, "policy web\n");
        assertThatThrownBy(() -> PolicyObject.read(file)).isInstanceOfSatisfying(LoaderException.class, e -> {
            assertThat(e.kind()).isEqualTo(Failure.Kind.INPUT);
            assertThat(e).hasMessageContaining("is not a readable BPF object");
            assertThat(e.help()).contains("ringwallc compile");
        });
        assertThatThrownBy(() -> PolicyObject.read(folder.resolve("none.o")))
                .isInstanceOfSatisfying(
                        LoaderException.class, e -> assertThat(e).hasMessageContaining("there is no file"));
        assertThatThrownBy(() -> PolicyObject.read(folder.resolve("agent.wall")))
                .isInstanceOfSatisfying(
                        LoaderException.class, e -> assertThat(e.help()).contains("ringwallc compile"));
    }
}
