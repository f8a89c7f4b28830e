// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.loader.fixtures.SignedBundles;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.loader.model.BundleOrigin;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.testkit.KernelTest;

/** Two processes that apply different versions of a signed policy. */
@KernelTest
final class VersionRaceKernelTest {
    private static final int ROUNDS = 20;
    private static final String IN_FORCE = "in force";

    private final SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
    private final String tag = "rwrace-" + ProcessHandle.current().pid();
    private final LoaderHost host = LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve(tag));
    private final Cgroup cgroup = host.hierarchy().create(host.cgroups().own(), tag);

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void trustAKey() {
        TrustFiles.below(folder).add(new TrustedKey(key.publicKey(), List.of(), Optional.empty(), Optional.empty()));
    }

    @AfterEach
    void clean() {
        for (String name : host.pins().list(host.pins().root())) {
            host.remover().remove(InstanceName.parse(name));
        }
        host.pins().removeFolder(host.pins().root());
        host.pins().removeFolder(BpffsPins.MOUNT.resolve(tag));
        host.hierarchy().remove(cgroup);
        host.close();
    }

    private final class Applying implements AutoCloseable {
        private final Process process;
        private final PrintWriter to;
        private final BufferedReader from;

        Applying() throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            AdmittedVersions.class.getName(),
                            BpffsPins.MOUNT.resolve(tag).toString(),
                            folder.toString(),
                            cgroup.path().toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            to = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
            from = process.inputReader(StandardCharsets.UTF_8);
        }

        String said() throws IOException {
            return String.valueOf(from.readLine());
        }

        /** Reads a bundle, which is admitted. */
        void read(int version) throws IOException {
            to.println(SignedBundles.write(folder, Integer.toString(version), key));
            assertThat(said()).isEqualTo("admitted");
        }

        void apply(String instance) {
            to.println(instance);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private String version(String instance) {
        return host.status().stream()
                .filter(each -> each.name().instance().equals(instance))
                .flatMap(each -> each.origin().orElseThrow().bundle().map(BundleOrigin::version).stream())
                .findFirst()
                .orElse("none");
    }

    private String recorded() {
        return Optional.ofNullable(TrustFiles.below(folder).versions().read().get("web"))
                .map(recorded -> recorded.version().toString())
                .orElse("none");
    }

    @Test
    void aVersionThatWasAdmittedIsRefusedOnceAHigherOneIsInForce() throws IOException {
        try (Applying one = new Applying();
                Applying other = new Applying()) {
            for (String instance : List.of(InstanceName.MAIN, "second")) {
                int lower = instance.equals("second") ? 12 : 7;
                one.read(lower);
                other.read(lower + 1);
                other.apply(InstanceName.MAIN);
                assertThat(other.said()).isEqualTo(IN_FORCE);
                one.apply(instance);
                assertThat(one.said())
                        .isEqualTo("the bundle `agents` is refused: its version " + lower
                                + " of policy `web` is lower than " + (lower + 1) + ", which was applied before");
                assertThat(version(InstanceName.MAIN)).isEqualTo(Integer.toString(lower + 1));
            }
            assertThat(version("second")).as("the refused apply left nothing").isEqualTo("none");
            assertThat(recorded()).isEqualTo("13");
        }
    }

    @Test
    void ofTwoVersionsAtOnceTheHigherOneIsInForceAtTheEnd() throws IOException {
        try (Applying one = new Applying();
                Applying other = new Applying()) {
            int refused = 0;
            for (int round = 0; round < ROUNDS; round++) {
                int lower = 2 * round + 1;
                Applying slow = round % 2 == 0 ? one : other;
                Applying fast = round % 2 == 0 ? other : one;
                slow.read(lower);
                fast.read(lower + 1);
                slow.apply(InstanceName.MAIN);
                fast.apply(InstanceName.MAIN);
                assertThat(fast.said()).isEqualTo(IN_FORCE);
                refused += slow.said().equals(IN_FORCE) ? 0 : 1;
                assertThat(version(InstanceName.MAIN)).isEqualTo(Integer.toString(lower + 1));
                assertThat(recorded()).isEqualTo(Integer.toString(lower + 1));
            }
            System.out.println("versions: " + refused + " of " + ROUNDS + " lower ones were refused");
        }
    }
}
