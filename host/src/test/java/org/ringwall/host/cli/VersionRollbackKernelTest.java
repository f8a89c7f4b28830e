// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.trust.TrustFiles;
import org.ringwall.loader.trust.TrustedKey;
import org.ringwall.testkit.KernelTest;

/** Signed bundles that would bring back what another bundle has replaced. */
@KernelTest
class VersionRollbackKernelTest {
    private static final SigningKey KEY = SigningKey.generate(KeyAlgorithm.P256);
    private static final String ANOTHER =
            "is refused: its version 7 of policy `web` is not that of the same number which ";

    @TempDir
    private Path dir = Path.of("");

    private Optional<CommandBox> opened = Optional.empty();
    private String cgroup = "";
    private String seven = "";
    private String other = "";
    private String eight = "";

    @BeforeEach
    void trustAKey() throws IOException {
        CommandBox box = new CommandBox("rollback", dir);
        opened = Optional.of(box);
        Cgroup made = box.cgroup("a");
        cgroup = made.toString();
        trust().add(new TrustedKey(KEY.publicKey(), List.of(), Optional.empty(), Optional.empty()));
        seven = SignedBundles.write(dir, "7", KEY).toString();
        other = SignedBundles.write(Files.createDirectory(dir.resolve("other")), "7", "an older build", KEY)
                .toString();
        eight = SignedBundles.write(dir, "8", KEY).toString();
    }

    @AfterEach
    void clean() {
        opened.ifPresent(CommandBox::close);
    }

    private TrustFiles trust() {
        return TrustFiles.below(dir.resolve("host"));
    }

    private Path record() {
        return dir.resolve("host/var/lib/ringwall/versions");
    }

    private String ringwall(int code, String... words) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        Path pins = opened.orElseThrow().pins;
        int ended = new Ringwall(
                        () -> LoaderHost.ofThisMachine(pins),
                        InputStream.nullInputStream(),
                        stream,
                        stream,
                        Optional.empty(),
                        trust())
                .execute(words);
        assertThat(ended).as("%s", said).isEqualTo(code);
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anotherBundleOfTheSameVersionIsRefused() throws IOException {
        ringwall(0, "apply", seven, "--cgroup", cgroup);
        assertThat(ringwall(3, "apply", other))
                .contains(ANOTHER + "was applied before", "help: apply a bundle with a higher version");
        assertThat(ringwall(3, "apply", other, "--instance", "second", "--cgroup", cgroup))
                .contains(ANOTHER);
        // The same content, which another signature has signed.
        byte[] first = Files.readAllBytes(Path.of(seven));
        SignedBundles.write(dir, "7", KEY);
        assertThat(Files.readAllBytes(Path.of(seven))).isNotEqualTo(first);
        ringwall(0, "apply", seven);
        assertThat(ringwall(0, "apply", other, "--allow-downgrade")).contains("generation 3");
        assertThat(ringwall(3, "apply", seven)).contains(ANOTHER);
        ringwall(0, "apply", eight);
        assertThat(ringwall(3, "apply", other)).contains("is lower than 8");
    }

    @Test
    void aConfirmedVersionIsRecordedWithItsContent() {
        ringwall(0, "apply", seven, "--cgroup", cgroup);
        ringwall(0, "apply", eight, "--confirm", "1h");
        ringwall(0, "confirm", "web");
        ringwall(0, "remove", "web");
        ringwall(0, "apply", seven, "--allow-downgrade", "--cgroup", cgroup);
        ringwall(0, "apply", other, "--allow-downgrade", "--confirm", "1h");
        ringwall(0, "confirm", "web");
        assertThat(ringwall(3, "apply", seven)).contains(ANOTHER);
        ringwall(0, "apply", other);
    }

    @Test
    void aRecordOfAnEarlierVersionOfTheLoaderIsRead() throws Exception {
        String lines = "ringwall-versions 1\nweb 7\n";
        byte[] digest =
                java.security.MessageDigest.getInstance("SHA-256").digest(lines.getBytes(StandardCharsets.US_ASCII));
        Files.writeString(
                record(), lines + "# sha256 " + java.util.HexFormat.of().formatHex(digest) + "\n");
        ringwall(0, "apply", other, "--cgroup", cgroup);
        assertThat(Files.readString(record()))
                .matches("ringwall-versions 2\nweb 7 [0-9a-f]{64}\n# sha256 [0-9a-f]{64}\n");
        assertThat(ringwall(3, "apply", seven)).contains(ANOTHER);
    }

    @Test
    void theVersionInForceCountsWhereTheRecordIsOlder() throws IOException {
        ringwall(0, "apply", seven, "--cgroup", cgroup);
        byte[] older = Files.readAllBytes(record());
        ringwall(0, "apply", eight);
        Files.write(record(), older);
        for (List<String> words :
                List.of(List.of("apply", seven), List.of("apply", seven, "--instance", "second", "--cgroup", cgroup))) {
            assertThat(ringwall(3, words.toArray(String[]::new)))
                    .contains("its version 7 of policy `web` is lower than 8, which is in force");
        }
        assertThat(ringwall(0, "status")).contains("generation 2").doesNotContain("web@second");
        ringwall(0, "apply", seven, "--allow-downgrade");
        Files.write(record(), older);
        assertThat(ringwall(3, "apply", other)).contains(ANOTHER + "was applied before");
    }

    @Test
    void aVersionThatWaitsDoesNotCount() throws IOException {
        ringwall(0, "apply", seven, "--cgroup", cgroup);
        ringwall(0, "apply", eight, "--confirm", "1h");
        ringwall(0, "confirm", "--roll-back", "web");
        ringwall(0, "apply", seven);
    }
}
