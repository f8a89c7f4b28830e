package org.ringwall.compiler.emit;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class Sha256Test {
    @Test
    void isWhatJavaSays() throws GeneralSecurityException {
        MessageDigest java = MessageDigest.getInstance("SHA-256");
        Random random = new Random(256);
        for (int length = 0; length < 400; length++) {
            byte[] content = new byte[length < 300 ? length : random.nextInt(100_000)];
            random.nextBytes(content);
            assertThat(Sha256.of(content)).as("%d bytes", content.length).isEqualTo(java.digest(content));
        }
    }
}
