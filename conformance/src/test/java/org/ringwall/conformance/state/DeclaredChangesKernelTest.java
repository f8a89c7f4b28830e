// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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
import org.ringwall.testkit.KernelTest;

/** A test of commands that change a declared policy, and of declared upgrades that wait. */
@KernelTest
class DeclaredChangesKernelTest {
    @TempDir
    Path dir = Path.of("");

    private final ChildCgroup parent = ChildCgroup.make();
    private final TypedCommands commands = new TypedCommands();

    @BeforeEach
    void prepare() throws IOException {
        Files.createDirectory(folder());
        compile(9);
        Files.createDirectory(parent.path().resolve("web"));
        Files.createDirectory(parent.path().resolve("other"));
        declare("");
        commands.declaring(folder());
    }

    @AfterEach
    void clean() {
        commands.remove("synced@main");
        parent.close();
    }

    private Path folder() {
        return dir.resolve("policies.d");
    }

    private Path object() {
        return dir.resolve("synced.o");
    }

    private void declare(String more) throws IOException {
        Files.writeString(folder().resolve("synced.yaml"), "policy: ../synced.o\nplaces: [{path: web}]\n" + more);
    }

    private void compile(int port) throws IOException {
        String text = "policy synced\negress {\n  deny if remote.port == " + port + "\n  default allow\n}\n";
        Files.write(
                object(),
                Compiler.compile(new SourceFile("synced.wall", text), Settings.DEFAULT)
                        .compilation()
                        .orElseThrow()
                        .elf()
                        .toArray());
    }

    private Result sync() {
        try (LoaderHost host = commands.host();
                Sync sync = new Sync(host, folder(), () -> RecordedAdmission.ALL, parent.path())) {
            List<Result> results = sync.run(true, Set.of());
            assertThat(results).hasSize(1);
            return results.get(0);
        }
    }

    private boolean denies(String child, int port) {
        try (Caller caller = Caller.in(parent.path().resolve(child))) {
            return caller.connect(caller.udp(4), "127.0.0.1:" + port) == Errno.EPERM.number();
        }
    }

    private String done(String... words) {
        return String.join("\n", commands.done(words));
    }

    @Test
    void everyCommandThatSyncWouldUndoNamesTheFile() throws IOException {
        String note = "ringwall: note: `synced@main` is declared by `" + folder().resolve("synced.yaml") + "`";
        String web = parent.path().resolve("web").toString();
        String other = parent.path().resolve("other").toString();
        assertThat(done("apply", object().toString(), "--cgroup", web)).contains(note);
        assertThat(done("join", "synced", "--cgroup", other)).contains(note);
        assertThat(done("leave", "synced", "--cgroup", other)).contains(note);
        assertThat(done("monitor", "synced", "--for", "5m")).contains(note);
        assertThat(done("enforce", "synced")).contains(note);
        assertThat(done("apply", object().toString(), "--confirm", "5m")).contains(note);
        assertThat(done("confirm", "synced")).contains(note);
        assertThat(done("status")).doesNotContain(note);
        assertThat(done("apply", object().toString(), "--dry-run")).doesNotContain(note);
        assertThat(done("remove", "synced")).contains(note);
        // Another instance is not declared, and a broken file declares nothing.
        assertThat(done("apply", object().toString(), "--cgroup", web, "--instance", "two"))
                .doesNotContain(note);
        commands.remove("synced@two");
        declare("monitor: yes\n");
        assertThat(done("apply", object().toString(), "--cgroup", web)).doesNotContain(note);
    }

    @Test
    void aDeclaredUpgradeWaitsForConfirmation() throws IOException {
        declare("confirm: 10m\n");
        assertThat(sync().state()).as("the first version").isEqualTo(Result.State.CHANGED);
        assertThat(done("status")).doesNotContain("unconfirmed");
        compile(8);
        Result upgrade = sync();
        assertThat(upgrade.state()).isEqualTo(Result.State.CHANGED);
        assertThat(upgrade.notes())
                .anyMatch(each -> each.contains("unconfirmed: rolls back to the version before in 600s"));
        assertThat(denies("web", 8)).isTrue();
        assertThat(sync().state()).as("it waits").isEqualTo(Result.State.DIFFERENT);
        done("confirm", "synced");
        assertThat(sync().state()).isEqualTo(Result.State.IN_FORCE);
        // A version that is rolled back is not applied again, and new cgroups join that before it.
        compile(7);
        sync();
        done("confirm", "--roll-back", "synced");
        assertThat(denies("web", 7)).isFalse();
        assertThat(denies("web", 8)).isTrue();
    }
}
