// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.bundle.sign.CrossSignature;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;

/** Tests of the commands that make keys, sign bundles and verify them. */
final class SignCommandTest {
    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void makeABundle() throws IOException {
        Files.writeString(folder.resolve("web.wall"), "policy web\negress { default deny }\n");
        Files.writeString(folder.resolve("secret"), "two words\nand more\n");
        done("bundle", path("web.wall"), "-o", path("web.wallpack"), "--version", "1");
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static String done(String... words) {
        Run run = Run.of(words);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    private static String failed(int code, String... words) {
        Run run = Run.of(words);
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err()).contains("  = help: ");
        return run.err();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "p256"})
    void signsAndVerifies(String algorithm) throws Exception {
        byte[] plain = Files.readAllBytes(folder.resolve("web.wallpack"));
        String said = done("keygen", "--out", path("a"), "--algorithm", algorithm, "--passphrase-file", path("secret"));
        assertThat(said)
                .matches("\\S+a\\.pem: private key, " + algorithm + ", encrypted\n\\S+a\\.pub: public key\n"
                        + "  key id [0-9a-f]{64}\n");
        for (String name : List.of("a.pem", "a.pub")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
                    .isEqualTo("rw-------");
        }
        assertThat(failed(1, "sign", path("web.wallpack"), "--key", path("a.pem")))
                .contains("it is protected by a passphrase", "--passphrase-file FILE");
        assertThat(Files.readAllBytes(folder.resolve("web.wallpack"))).isEqualTo(plain);
        String id = said.substring(said.length() - 65, said.length() - 1);
        assertThat(failed(4, "verify", path("web.wallpack"), "--public-key", path("a.pub")))
                .contains("web.wallpack` is not signed");
        assertThat(done("sign", path("web.wallpack"), "--key", path("a.pem"), "--passphrase-file", path("secret")))
                .startsWith(path("web.wallpack") + ": signed by " + id + "\n  SHA-256 ");
        assertThat(done("verify", path("web.wallpack"), "--public-key", path("a.pub")))
                .startsWith(path("web.wallpack") + ": signed by " + id + "\n  SHA-256 ");
        done("keygen", "--out", path("b"));
        assertThat(failed(4, "verify", path("web.wallpack"), "--public-key", path("b.pub")))
                .contains(", but by " + id);
    }

    @Test
    void compressedBundlesStayCompressed() throws Exception {
        done("keygen", "--out", path("a"));
        done("bundle", path("web.wall"), "-o", path("web.wallpack"), "--gzip", "--version", "1");
        done("sign", path("web.wallpack"), "--key", path("a.pem"));
        assertThat(Files.readAllBytes(folder.resolve("web.wallpack"))).startsWith(0x1f, 0x8b);
        done("verify", path("web.wallpack"), "--public-key", path("a.pub"));
    }

    @Test
    void aSignatureMadeElsewhereIsAttached() throws Exception {
        done("keygen", "--out", path("a"));
        done("keygen", "--out", path("b"), "--algorithm", "p256");
        String payload = done("sign", path("web.wallpack"), "--payload");
        assertThat(payload).startsWith("DSSEv1 39 application/vnd.ringwall.bundle.v1+json ");
        for (String name : List.of("a", "b")) {
            SigningKey key = SigningKey.read(Files.readAllBytes(folder.resolve(name + ".pem")), Optional.empty());
            Files.write(folder.resolve("signature"), key.sign(payload.getBytes(StandardCharsets.US_ASCII)));
            done("sign", path("web.wallpack"), "--attach", path("signature"), "--public-key", path(name + ".pub"));
        }
        assertThat(done("sign", path("web.wallpack"), "--payload")).isEqualTo(payload);
        done("verify", path("web.wallpack"), "--public-key", path("a.pub"));
        done("verify", path("web.wallpack"), "--public-key", path("b.pub"));
        assertThat(failed(
                        1, "sign", path("web.wallpack"), "--attach", path("signature"), "--public-key", path("a.pub")))
                .contains("bytes, and is no signature of Ed25519, which has 64", "a signature has 64 bytes");
    }

    /** PKCS#11 modules return r and s, as 32 bytes each, instead of DER. */
    @Test
    void aRawSignatureOfP256IsAttached() throws Exception {
        done("keygen", "--out", path("a"), "--algorithm", "p256");
        byte[] payload = done("sign", path("web.wallpack"), "--payload").getBytes(StandardCharsets.US_ASCII);
        String pem = Files.readString(folder.resolve("a.pem")).replaceAll("-----[^-]*-----|\\s", "");
        Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
        signer.initSign(KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
        // Some numbers begin with a bit that is set, or with a byte of zeros.
        for (int i = 0; i < 300; i++) {
            signer.update(payload);
            byte[] raw = signer.sign();
            assertThat(raw).hasSize(64);
            Files.write(folder.resolve("signature"), raw);
            String[] words = {"sign", path("web.wallpack"), "--attach", path("signature"), "--public-key", path("a.pub")
            };
            done(words);
            done("verify", path("web.wallpack"), "--public-key", path("a.pub"));
            if (i == 0) {
                Files.write(folder.resolve("signature"), Arrays.copyOf(raw, 63));
                assertThat(failed(1, words))
                        .contains("it has 63 bytes, and is no signature of P-256, which is in DER or has 64");
                raw[40] ^= 1;
                Files.write(folder.resolve("signature"), raw);
                assertThat(failed(1, words)).contains("the signature was not made by this key for this bundle");
            }
        }
    }

    @Test
    void aVersionThatHostsCannotCompareIsNotSigned() throws Exception {
        done("keygen", "--out", path("a"));
        for (String version : List.of("0", "0.0", "0.0.0")) {
            done("bundle", path("web.wall"), "-o", path("web.wallpack"), "--version", version);
            for (String way : List.of("--payload", "--key")) {
                String[] words = way.equals("--key")
                        ? new String[] {"sign", path("web.wallpack"), way, path("a.pem")}
                        : new String[] {"sign", path("web.wallpack"), way};
                assertThat(failed(1, words))
                        .contains("its version is " + version, "help: build it with a version that grows");
            }
        }
        for (String version : List.of("0.0.1", "0-rc1", "1.0-SNAPSHOT")) {
            done("bundle", path("web.wall"), "-o", path("web.wallpack"), "--version", version);
            assertThat(done("sign", path("web.wallpack"), "--key", path("a.pem"))
                            .contains("hosts refuse another build"))
                    .isEqualTo(version.endsWith("-SNAPSHOT"));
        }
    }

    @Test
    void aBundleHasAVersionThatHostsCanCompare() {
        for (String version : List.of("v1", "1.0+build5", "v1.4.0-rc1+5", "V2")) {
            String plain = version.replaceFirst("^[vV]", "").replaceFirst("[+].*", "");
            assertThat(failed(1, "bundle", path("web.wall"), "-o", path("x.wallpack"), "--version", version))
                    .contains("`" + version + "` is not a version of a bundle", "help: write `" + plain + "`");
        }
        assertThat(failed(1, "bundle", path("web.wall"), "-o", path("x.wallpack"), "--version", "latest"))
                .contains("help: write numbers");
        assertThat(folder.resolve("x.wallpack")).doesNotExist();
    }

    @Test
    void everyChangeIsFound() throws Exception {
        done("keygen", "--out", path("a"));
        done("sign", path("web.wallpack"), "--key", path("a.pem"));
        byte[] signed = Files.readAllBytes(folder.resolve("web.wallpack"));
        String text = new String(signed, StandardCharsets.ISO_8859_1);
        for (String place : List.of("\"tool\"", "\u007fELF", "policy web", "\"sig\":\"", "\"keyid\":\"")) {
            byte[] changed = signed.clone();
            changed[text.lastIndexOf(place) + place.length() - 2] ^= 1;
            Files.write(folder.resolve("web.wallpack"), changed);
            assertThat(Run.of("verify", path("web.wallpack"), "--public-key", path("a.pub"))
                            .code())
                    .as(place)
                    .isIn(1, 4);
        }
        assertThat(failed(1, "sign", path("web.wallpack"), "--key", path("a.pem")))
                .contains("is refused");
    }

    @Test
    void mistakesAreNamed() throws Exception {
        done("keygen", "--out", path("a"));
        assertThat(failed(1, "keygen", "--out", path("a"))).contains("a.pem`: it exists");
        assertThat(failed(1, "keygen", "--out", path("c"), "--algorithm", "rsa"))
                .contains("there is no algorithm `rsa`", "write one of ed25519, p256");
        Files.writeString(folder.resolve("empty"), "\n");
        assertThat(failed(1, "keygen", "--out", path("c"), "--passphrase-file", path("empty")))
                .contains("the passphrase is empty");
        assertThat(Files.exists(folder.resolve("c.pem"))).isFalse();
        assertThat(failed(1, "sign", path("web.wallpack"), "--key", path("a.pub")))
                .contains("its PEM block is `PUBLIC KEY` and not `PRIVATE KEY`");
        assertThat(failed(1, "verify", path("web.wallpack"), "--public-key", path("a.pem")))
                .contains("its PEM block is `PRIVATE KEY` and not `PUBLIC KEY`");
        assertThat(failed(1, "sign", path("web.wall"), "--key", path("a.pem"))).contains("it is not a bundle");
        assertThat(failed(1, "sign", path("none.wallpack"), "--key", path("a.pem")))
                .contains("no such file");
        assertThat(Run.of("sign", path("web.wallpack")).code()).isEqualTo(2);
        assertThat(Run.of("sign", path("web.wallpack"), "--payload", "--key", path("a.pem"))
                        .code())
                .isEqualTo(2);
    }

    @Test
    void signsASuccessor() throws Exception {
        done("keygen", "--out", path("old"), "--passphrase-file", path("secret"));
        done("keygen", "--out", path("new"), "--algorithm", "p256");
        String[] words = {
            "cross-sign",
            path("new.pub"),
            "--key",
            path("old.pem"),
            "--passphrase-file",
            path("secret"),
            "-o",
            path("new.signed")
        };
        assertThat(done(words)).matches("\\S+new\\.signed: key [0-9a-f]{64}, signed by [0-9a-f]{64}\n");
        CrossSignature signed = CrossSignature.read(Files.readAllBytes(folder.resolve("new.signed")));
        VerifyingKey old = VerifyingKey.read(Files.readAllBytes(folder.resolve("old.pub")));
        assertThat(signed.key().pem()).isEqualTo(Files.readAllBytes(folder.resolve("new.pub")));
        assertThat(signed.isSignedBy(old)).isTrue();
        assertThat(signed.isSignedBy(signed.key())).isFalse();
        assertThat(failed(1, words)).contains("it exists");
        assertThat(failed(1, "cross-sign", path("web.wall"), "--key", path("old.pem"), "-o", path("x")))
                .contains("cannot use `");
    }
}
