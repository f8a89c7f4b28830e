// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.ToolTest;

/** Tests of keys: their files, and exchange with openssl in both directions. */
final class KeysTest {
    private static final byte[] MESSAGE = "DSSEv1".getBytes(StandardCharsets.US_ASCII);

    /** RFC 8032, 7.1, test 1. */
    private static final String RFC = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----
            """;

    @TempDir
    private Path folder = Path.of("");

    private static String refused(byte[] pem, Optional<char[]> passphrase) {
        SigningException e = catchThrowableOfType(SigningException.class, () -> SigningKey.read(pem, passphrase));
        assertThat(e).as("it was accepted").isNotNull();
        assertThat(e.help()).isNotEmpty();
        return String.valueOf(e.getMessage());
    }

    private static String refusedPublic(byte[] pem) {
        SigningException e = catchThrowableOfType(SigningException.class, () -> VerifyingKey.read(pem));
        assertThat(e).as("it was accepted").isNotNull();
        return String.valueOf(e.getMessage());
    }

    private static Optional<char[]> secret(String text) {
        return Optional.of(text.toCharArray());
    }

    @ParameterizedTest
    @EnumSource
    void filesHoldTheKey(KeyAlgorithm algorithm) throws Exception {
        SigningKey key = SigningKey.generate(algorithm);
        assertThat(key.publicKey().algorithm()).isEqualTo(algorithm);
        VerifyingKey read = VerifyingKey.read(key.publicKey().pem());
        assertThat(read.id()).isEqualTo(key.publicKey().id()).matches("[0-9a-f]{64}");
        for (Optional<char[]> passphrase : List.of(Optional.<char[]>empty(), secret("two words"))) {
            byte[] pem = key.pem(passphrase);
            assertThat(SigningKey.isEncrypted(pem)).isEqualTo(passphrase.isPresent());
            SigningKey again = SigningKey.read(pem, passphrase);
            assertThat(again.publicKey().id()).isEqualTo(read.id());
            assertThat(read.verifies(MESSAGE, again.sign(MESSAGE))).isTrue();
            assertThat(read.verifies(new byte[6], again.sign(MESSAGE))).isFalse();
        }
        assertThat(SigningKey.generate(algorithm).publicKey().verifies(MESSAGE, key.sign(MESSAGE)))
                .isFalse();
    }

    @Test
    void aPublicKeyIsDerivedAsTheStandardSays() throws Exception {
        SigningKey key = SigningKey.read(RFC.getBytes(StandardCharsets.US_ASCII), Optional.empty());
        assertThat(HexFormat.of().formatHex(key.publicKey().point()))
                .isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assertThat(HexFormat.of().formatHex(key.sign(new byte[0]))).startsWith("e5564300c360ac729086e2cc806e828a8");
    }

    @Test
    void whatIsNotAKeyIsRefused() throws Exception {
        SigningKey key = SigningKey.generate(KeyAlgorithm.P256);
        byte[] plain = key.pem(Optional.empty());
        byte[] sealed = key.pem(secret("x"));
        assertThat(refused(new byte[9], Optional.empty())).isEqualTo("it is not a key in PEM");
        assertThat(refused(key.publicKey().pem(), Optional.empty()))
                .isEqualTo("its PEM block is `PUBLIC KEY` and not `PRIVATE KEY`");
        assertThat(refused(sealed, Optional.empty())).isEqualTo("it is protected by a passphrase");
        assertThat(refused(sealed, secret("y")))
                .isEqualTo("the passphrase is not that of the key, or the key is damaged");
        assertThat(refused(sealed, secret("é"))).startsWith("the passphrase is empty, or has characters besides");
        assertThat(refused(sealed, secret(""))).startsWith("the passphrase is empty, or has characters besides");
        String text = new String(plain, StandardCharsets.US_ASCII);
        assertThat(refused(text.substring(0, 120).getBytes(StandardCharsets.US_ASCII), Optional.empty()))
                .isEqualTo("it is truncated: there is no line `-----END PRIVATE KEY-----`");
        assertThat(refused((text + text).getBytes(StandardCharsets.US_ASCII), Optional.empty()))
                .isEqualTo("it has more than one block of PEM");
        assertThat(refused(text.replace('M', '?').getBytes(StandardCharsets.US_ASCII), Optional.empty()))
                .isEqualTo("it is damaged: its content is not base64");
        assertThat(refused(new Pem("PRIVATE KEY", new byte[48]).text(), Optional.empty()))
                .isEqualTo("it is damaged, or a key of another algorithm than Ed25519 and P-256");
        assertThat(refused(new Pem("ENCRYPTED PRIVATE KEY", new byte[48]).text(), secret("x")))
                .isEqualTo("it is damaged, or protected by another scheme than PBES2 with AES");
        byte[] spki = Pem.read(key.publicKey().pem(), "").der();
        spki[spki.length - 1] ^= 1;
        assertThat(refusedPublic(new Pem("PUBLIC KEY", spki).text()))
                .isEqualTo("it is damaged: its point is not on the curve P-256");
        assertThat(refusedPublic(new Pem("PUBLIC KEY", new byte[91]).text()))
                .isEqualTo("it is a public key of another algorithm than Ed25519 and P-256");
        assertThat(refusedPublic(plain)).isEqualTo("its PEM block is `PRIVATE KEY` and not `PUBLIC KEY`");
    }

    private byte[] openssl(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("openssl"));
        all.addAll(List.of(words));
        Command result = Command.run(folder, all);
        assertThat(result.status()).as(result.output()).isZero();
        Path out = folder.resolve("out");
        return Files.exists(out) ? Files.readAllBytes(out) : new byte[0];
    }

    private static String[] generated(KeyAlgorithm algorithm) {
        return algorithm == KeyAlgorithm.ED25519
                ? new String[] {"genpkey", "-algorithm", "ed25519", "-out", "out"}
                : new String[] {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "out"};
    }

    @ParameterizedTest
    @EnumSource
    @ToolTest("openssl")
    void opensslReadsOurKeysAndSignatures(KeyAlgorithm algorithm) throws Exception {
        SigningKey key = SigningKey.generate(algorithm);
        Files.write(folder.resolve("plain"), key.pem(Optional.empty()));
        Files.write(folder.resolve("sealed"), key.pem(secret("two words")));
        Files.write(folder.resolve("public"), key.publicKey().pem());
        Files.write(folder.resolve("message"), MESSAGE);
        Files.write(folder.resolve("signature"), key.sign(MESSAGE));
        assertThat(openssl("pkey", "-in", "plain", "-out", "out")).isEqualTo(key.pem(Optional.empty()));
        assertThat(openssl("pkey", "-in", "sealed", "-passin", "pass:two words", "-out", "out"))
                .isEqualTo(key.pem(Optional.empty()));
        assertThat(openssl("pkey", "-in", "plain", "-pubout", "-out", "out"))
                .isEqualTo(key.publicKey().pem());
        openssl("pkey", "-check", "-in", "plain", "-noout");
        openssl(
                "pkeyutl",
                "-verify",
                "-rawin",
                "-pubin",
                "-inkey",
                "public",
                "-in",
                "message",
                "-sigfile",
                "signature");
    }

    @ParameterizedTest
    @EnumSource
    @ToolTest("openssl")
    void keysAndSignaturesOfOpensslAreRead(KeyAlgorithm algorithm) throws Exception {
        byte[] plain = openssl(generated(algorithm));
        Files.write(folder.resolve("plain"), plain);
        SigningKey key = SigningKey.read(plain, Optional.empty());
        assertThat(key.pem(Optional.empty())).isEqualTo(plain);
        assertThat(openssl("pkey", "-in", "plain", "-pubout", "-out", "out"))
                .isEqualTo(key.publicKey().pem());
        for (String scheme : List.of("aes-256-cbc", "aes-128-cbc")) {
            byte[] sealed = openssl(
                    "pkcs8", "-topk8", "-v2", scheme, "-in", "plain", "-passout", "pass:two words", "-out", "out");
            assertThat(SigningKey.read(sealed, secret("two words")).publicKey().id())
                    .isEqualTo(key.publicKey().id());
        }
        byte[] sealed = openssl("pkcs8", "-topk8", "-scrypt", "-in", "plain", "-passout", "pass:x", "-out", "out");
        assertThat(refused(sealed, secret("x"))).contains("another scheme than PBES2 with AES");
        Files.write(folder.resolve("message"), MESSAGE);
        byte[] signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", "plain", "-in", "message", "-out", "out");
        assertThat(key.publicKey().verifies(MESSAGE, signature)).isTrue();
    }

    @Test
    @ToolTest("openssl")
    void otherCurvesAreRefused() throws Exception {
        byte[] other = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "out");
        assertThat(refused(other, Optional.empty())).isEqualTo("it is a key of another curve than P-256");
        byte[] rsa = openssl("genpkey", "-algorithm", "RSA", "-out", "out");
        assertThat(refused(rsa, Optional.empty()))
                .isEqualTo("it is damaged, or a key of another algorithm than Ed25519 and P-256");
    }
}
