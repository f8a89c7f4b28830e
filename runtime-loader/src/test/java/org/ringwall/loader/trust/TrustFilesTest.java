// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.bundle.Version;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;

/** Tests of the files of trusted keys and of versions. */
final class TrustFilesTest {
    @TempDir
    private Path root = Path.of("");

    private TrustFiles files() {
        return TrustFiles.below(root);
    }

    private static TrustedKey key(String... scopes) {
        return new TrustedKey(
                SigningKey.generate(KeyAlgorithm.ED25519).publicKey(),
                List.of(scopes),
                Optional.empty(),
                Optional.empty());
    }

    private Path file(TrustedKey key) {
        return files().folder().resolve(key.id() + ".pem");
    }

    private String refused() {
        HostException e = catchThrowableOfType(HostException.class, () -> files().keys());
        assertThat(e).as("it was ignored").isNotNull();
        assertThat(e.help()).isNotEmpty();
        return String.valueOf(e.getMessage());
    }

    @Test
    void aKeyKeepsItsRestrictions() throws Exception {
        assertThat(files().keys()).isEmpty();
        LocalDate until = LocalDate.of(2999, 12, 31);
        TrustedKey key = new TrustedKey(
                SigningKey.generate(KeyAlgorithm.P256).publicKey(),
                List.of("web-*", "mail"),
                Optional.of(until),
                Optional.empty());
        files().add(key);
        TrustedKey read = files().keys().get(0);
        assertThat(read.id()).isEqualTo(key.id());
        assertThat(read.scopes()).containsExactly("web-*", "mail");
        assertThat(read.until()).contains(until);
        assertThat(read.invalid(until)).isEmpty();
        assertThat(read.invalid(until.plusDays(1))).contains("expired after 2999-12-31");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(key))))
                .isEqualTo("rw-r--r--");
        assertThat(catchThrowableOfType(InputException.class, () -> files().add(key)))
                .hasMessage("the key " + key.id() + " is trusted already");
        files().revoke(key.id().substring(0, 8));
        assertThat(files().keys().get(0).invalid(until)).contains("was revoked on " + TrustedKey.today());
        assertThat(catchThrowableOfType(InputException.class, () -> files().add(key)))
                .hasMessage("the key " + key.id() + " was revoked on " + TrustedKey.today());
        files().remove(key.id());
        assertThat(files().keys()).isEmpty();
        assertThat(catchThrowableOfType(InputException.class, () -> files().revoke(key.id())))
                .hasMessage("there is no trusted key `" + key.id() + "`");
    }

    @Test
    void scopesArePatterns() {
        assertThat(key().covers("web")).isTrue();
        assertThat(key("web-?").covers("web-1")).isTrue();
        assertThat(key("web-?").covers("web-12")).isFalse();
        assertThat(key("*b").covers("web")).isTrue();
        assertThat(key("web").covers("webs")).isFalse();
        assertThat(catchThrowableOfType(InputException.class, () -> key("a.b")))
                .hasMessage("`a.b` is not a pattern for names of policies");
    }

    @Test
    void aFileThatIsNotAKeyIsNeverIgnored() throws Exception {
        TrustedKey key = key("web");
        files().add(key);
        byte[] text = Files.readAllBytes(file(key));
        Files.writeString(files().folder().resolve(".left.part"), "a file that was being written");
        assertThat(files().keys()).hasSize(1);
        Path stray = files().folder().resolve("README");
        Files.writeString(stray, "x");
        assertThat(refused()).startsWith("the trusted key `" + stray + "` cannot be used: it has a line");
        Files.delete(stray);
        Path other = files().folder().resolve("0.pem");
        Files.move(file(key), other);
        assertThat(refused()).contains("its name must be the id of its key, " + key.id() + ".pem");
        Files.delete(other);
        String plain = new String(text, StandardCharsets.US_ASCII);
        Files.writeString(file(key), plain.replace("scope: web\n", "scope: web \n"));
        assertThat(refused()).contains("`web ` is not a pattern");
        Files.writeString(file(key), plain.replace("scope: web\n", "until: tomorrow\n"));
        assertThat(refused()).contains("`tomorrow` is not a day");
        Files.writeString(file(key), "until: 2999-01-01\n" + plain);
        assertThat(refused()).contains("it is not as ringwall trust writes it");
        Files.write(file(key), new byte[0]);
        assertThat(refused()).contains("it is not a key in PEM");
        Files.delete(file(key));
        Files.createDirectory(file(key));
        assertThat(refused()).contains("is not a regular file");
    }

    @Test
    void noSingleBitOfAKeyIsIgnored() throws Exception {
        TrustedKey key = key("w");
        files().add(key);
        byte[] text = Files.readAllBytes(file(key));
        for (int bit = 0; bit < text.length * Byte.SIZE; bit++) {
            byte[] changed = text.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            Files.write(file(key), changed);
            if (bit / Byte.SIZE != "scope: ".length()) {
                assertThat(refused()).as("bit %d", bit).isNotEmpty();
            }
        }
    }

    @Test
    void filesThatOthersCanChangeAreNotUsed() throws Exception {
        TrustedKey key = key();
        files().add(key);
        Files.setPosixFilePermissions(file(key), PosixFilePermissions.fromString("rw-rw-r--"));
        assertThat(refused())
                .isEqualTo("`" + file(key) + "` is not used: `" + file(key) + "` can be written by other users");
        Files.setPosixFilePermissions(file(key), PosixFilePermissions.fromString("rw-r--r--"));
        Files.setPosixFilePermissions(files().folder(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(refused()).contains("`" + files().folder() + "` can be written by other users");
    }

    private static Version version(String text) {
        return Version.of(text).orElseThrow();
    }

    @Test
    void versionsHaveAnOrder() {
        List<String> sorted = List.of("0", "0.9", "1-rc1", "1-rc2", "1", "1.0.1", "1.2", "1.10", "2", "10");
        for (int i = 1; i < sorted.size(); i++) {
            assertThat(version(sorted.get(i))).isGreaterThan(version(sorted.get(i - 1)));
            assertThat(version(sorted.get(i - 1))).isLessThan(version(sorted.get(i)));
        }
        assertThat(version("1.0")).isEqualByComparingTo(version("1"));
        assertThat(List.of("", "v1", "1.", "1..2", "-1", "1-", "1 ", "1\n", "latest"))
                .allMatch(text -> Version.of(text).isEmpty());
    }
}
