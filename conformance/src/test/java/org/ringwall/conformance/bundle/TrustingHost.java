// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.cli.Ringwallc;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.loader.trust.TrustFiles;

/**
 * Tests with both commands and trust files of their own, in a folder of their own. They apply the
 * policy {@code web} to a cgroup of their own.
 */
abstract class TrustingHost {
    /** The folder of the files that the tests name. */
    @TempDir
    protected Path folder = Path.of("");

    /** The cgroup for the policy. */
    protected final ChildCgroup cgroup = ChildCgroup.make();

    /** The commands of the host. */
    protected TypedCommands commands = new TypedCommands();

    @BeforeEach
    final void trustKeysOfTheFolder() {
        commands = new TypedCommands(trustFiles());
    }

    @AfterEach
    final void removeThePolicy() {
        commands.remove("web@main");
        cgroup.close();
    }

    /** Returns the trust files of the host, which are in the folder. */
    protected final TrustFiles trustFiles() {
        return TrustFiles.below(folder);
    }

    /** Returns the path of a file in the folder. */
    protected final String path(String name) {
        return folder.resolve(name).toString();
    }

    /** Returns the output of `ringwallc`, which must end with this exit code. */
    protected static String ringwallc(int code, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertThat(Ringwallc.run(new PrintWriter(out), new PrintWriter(err), words))
                .as(err.toString())
                .isEqualTo(code);
        return out + err.toString();
    }

    /** Returns the output of `ringwall`, which must end with this exit code. */
    protected final String typed(int code, String... words) {
        TypedCommands.Said said = commands.type(List.of(words));
        assertThat(said.code()).as(said.text()).isEqualTo(code);
        return said.text();
    }
}
