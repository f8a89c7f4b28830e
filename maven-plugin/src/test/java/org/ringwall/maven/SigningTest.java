// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.maven.artifact.DefaultArtifact;
import org.apache.maven.settings.Server;
import org.apache.maven.settings.Settings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.compiler.cli.Ringwallc;

/** A test of the signatures of the goal `package`, with the keys of `ringwallc keygen`. */
final class SigningTest {
    private static final String WORDS = "correct horse";

    @TempDir
    private Path folder = Path.of("");

    private final RecordingLog log = new RecordingLog();
    private Project project = new Project(Path.of(""), log);

    @BeforeEach
    void begin() throws Exception {
        project = new Project(folder, log);
        project.policy("mail.wall", "policy mail\negress { default deny }\n");
        project.write("words", WORDS + "\n");
        ringwallc("keygen", "--out", path("sealed"), "--passphrase-file", path("words"));
        ringwallc("keygen", "--out", path("plain"));
        ringwallc("keygen", "--out", path("other"));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static int ringwallc(String... arguments) {
        return Ringwallc.run(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), arguments);
    }

    private Path archive() {
        return folder.resolve("target/agents-7.wallpack");
    }

    /** Packages with these parameters of the goal `package`. */
    private void pack(Map<String, Object> parameters) throws Exception {
        project.goal(new CompileMojo()).execute();
        PackageMojo goal = project.goal(new PackageMojo());
        Parameters.set(goal, "archive", archive().toFile());
        Parameters.set(goal, "artifact", new DefaultArtifact("org.example", "agents", "7", null, "wallpack", "", null));
        Settings settings = new Settings();
        Server server = new Server();
        server.setId("release");
        server.setPassphrase(WORDS);
        settings.addServer(server);
        Server empty = new Server();
        empty.setId("empty");
        settings.addServer(empty);
        Parameters.set(goal, "settings", settings);
        parameters.forEach((name, value) -> Parameters.set(goal, name, value));
        goal.execute();
    }

    private File file(String name) {
        return folder.resolve(name).toFile();
    }

    private boolean isSignedBy(String key) {
        return ringwallc("verify", archive().toString(), "--public-key", path(key + ".pub")) == 0;
    }

    @Test
    void signsWithThePassphraseOfAServer() throws Exception {
        pack(Map.of());
        byte[] unsigned = Files.readAllBytes(archive());
        assertThat(isSignedBy("sealed")).isFalse();
        pack(Map.of("signingKey", file("sealed.pem"), "signingServer", "release"));
        assertThat(isSignedBy("sealed")).isTrue();
        assertThat(isSignedBy("plain")).isFalse();
        byte[] signed = Files.readAllBytes(archive());

        Files.write(archive(), unsigned);
        ringwallc("sign", archive().toString(), "--key", path("sealed.pem"), "--passphrase-file", path("words"));
        assertThat(archive()).as("the same as ringwallc sign").hasBinaryContent(signed);
        pack(Map.of());
        assertThat(archive()).hasBinaryContent(unsigned);
    }

    @Test
    void needsNoPassphraseWhileNothingChanges() throws Exception {
        pack(Map.of("signingKey", file("sealed.pem"), "signingServer", "release"));
        pack(Map.of("signingKey", file("sealed.pem")));
        assertThat(log.of("info")).anyMatch(line -> line.contains("Nothing to package"));
        Files.copy(folder.resolve("plain.pem"), folder.resolve("sealed.pem"), StandardCopyOption.REPLACE_EXISTING);
        pack(Map.of("signingKey", file("sealed.pem")));
        assertThat(isSignedBy("plain")).as("the key was replaced").isTrue();
    }

    @Test
    void addsASignatureThatWasMadeElsewhere() throws Exception {
        pack(Map.of("payload", new File("target/payload")));
        assertThat(isSignedBy("plain")).isFalse();
        Signature elsewhere = Signature.getInstance("Ed25519");
        elsewhere.initSign(privateKey("plain.pem"));
        elsewhere.update(Files.readAllBytes(folder.resolve("target/payload")));
        Files.write(folder.resolve("signature"), elsewhere.sign());
        Map<String, Object> detached = Map.of("signature", file("signature"), "signer", file("plain.pub"));
        pack(detached);
        assertThat(isSignedBy("plain")).isTrue();

        pack(Map.of("signature", file("signature"), "signer", file("plain.pub"), "signingKey", file("other.pem")));
        assertThat(List.of(isSignedBy("plain"), isSignedBy("other"))).containsOnly(true);

        project.policy("mail.wall", "policy mail\negress { default allow }\n");
        assertThatThrownBy(() -> pack(detached))
                .hasMessageStartingWith("cannot sign with `" + path("signature")
                        + "`: the signature was not made by this key for this bundle; ");
        assertThatThrownBy(() -> pack(Map.of("signature", file("signature"))))
                .hasMessageContaining("needs both parameters: signature, and signer");
    }

    private PrivateKey privateKey(String name) throws Exception {
        String pem = Files.readString(folder.resolve(name), StandardCharsets.US_ASCII);
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    @Test
    void saysWhatIsWrongWithAKey() throws Exception {
        String sealed = path("sealed.pem");
        assertThatThrownBy(() -> pack(Map.of("signingKey", file("sealed.pem"))))
                .hasMessage(
                        "the private key `" + sealed + "` is encrypted, and there is no passphrase; set the environment"
                                + " variable RINGWALL_PASSPHRASE, or signingServer to a server of settings.xml with a passphrase");
        assertThatThrownBy(() -> pack(Map.of("signingKey", file("sealed.pem"), "signingServer", "empty")))
                .hasMessageContaining("is encrypted, and there is no passphrase");
        assertThatThrownBy(() -> pack(Map.of("signingKey", file("sealed.pem"), "signingServer", "none")))
                .hasMessage("settings.xml has no server `none`, which signingServer names; add it, with a passphrase");
        assertThatThrownBy(() -> pack(Map.of("signingKey", file("none.pem"))))
                .hasMessageContaining("cannot read `" + path("none.pem") + "`: No Such File");
        assertThatThrownBy(() -> pack(Map.of("signingKey", file("words"))))
                .hasMessageStartingWith("cannot sign with `" + path("words") + "`: ");
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        project.write(
                "rsa.pem",
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(rsa.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> pack(Map.of("signingKey", file("rsa.pem"))))
                .hasMessageContaining("another algorithm than Ed25519 and P-256");
        assertThat(archive()).doesNotExist();
    }
}
