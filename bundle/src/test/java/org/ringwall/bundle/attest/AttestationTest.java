// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.ringwall.bundle.sign.Dsse;
import org.ringwall.bundle.sign.KeyAlgorithm;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;

/** Statements of hosts: their members, what is refused, and their text. */
final class AttestationTest {
    private static Attestation sample(String name) {
        Map<String, Object> predicate = new LinkedHashMap<>();
        predicate.put("time", "2026-11-30T08:00:00Z");
        predicate.put("tool", "ringwall 0.1.0");
        predicate.put("host", Map.of("name", name));
        predicate.put(
                "instances",
                List.of(Map.of("policy", "web", "instance", "main", "generation", BigInteger.ONE, "enforced", true)));
        return Attestation.of(Map.of("web@main", "ab".repeat(32)), predicate);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void hasTheMembersOfTheStatementOfInToto() throws SigningException {
        assertThat(sample("a").json())
                .startsWith("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"web@main\","
                        + "\"digest\":{\"sha256\":\"" + "ab".repeat(32)
                        + "\"}}],\"predicateType\":\"urn:ringwall:enforcement:v1\",\"predicate\":{")
                .endsWith("}}\n");
        String signed = sample("a").signed(SigningKey.generate(KeyAlgorithm.ED25519));
        assertThat(signed)
                .startsWith("{\"payload\":\"")
                .contains("\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"");
    }

    private static Attestation large(int values, String value) {
        return Attestation.of(Map.of(), Map.of("values", Collections.nCopies(values, value)));
    }

    @Test
    void whatIsSignedCanBeRead() throws SigningException {
        SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
        // Beside the list there are the statement, its four members and the list itself.
        Attestation largest = large(1_000_000 - 6, "");
        assertThat(Attestation.read(bytes(largest.signed(key)), key.publicKey()))
                .isEqualTo(largest);
        assertThatThrownBy(() -> large(1_000_000 - 5, "").signed(key))
                .isInstanceOf(SigningException.class)
                .hasMessage("the statement would have 1000001 values, and 1000000 is the most that can be verified");
        assertThatThrownBy(() -> large(100_000, "x".repeat(160)).signed(key))
                .isInstanceOf(SigningException.class)
                .hasMessageMatching("the statement would have 2\\d{7} bytes, and 16777216 is the most .*");
    }

    @ParameterizedTest
    @EnumSource(KeyAlgorithm.class)
    void everyFlippedBitIsRefused(KeyAlgorithm algorithm) throws SigningException {
        SigningKey key = SigningKey.generate(algorithm);
        byte[] file = bytes(sample("a").signed(key));
        assertThat(Attestation.read(file, key.publicKey()).json())
                .isEqualTo(sample("a").json());
        for (int bit = 0; bit < file.length * Byte.SIZE; bit++) {
            byte[] changed = file.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThatThrownBy(() -> Attestation.read(changed, key.publicKey()))
                    .as("bit %d", bit)
                    .isInstanceOf(SigningException.class);
        }
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> Attestation.read(cut, key.publicKey())).isInstanceOf(SigningException.class);
        }
        assertThatThrownBy(() -> Attestation.read(Arrays.copyOf(file, file.length + 1), key.publicKey()))
                .isInstanceOf(SigningException.class);
    }

    @Test
    void otherKeysAndStatementsAreRefused() throws SigningException {
        SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
        SigningKey other = SigningKey.generate(KeyAlgorithm.ED25519);
        byte[] file = bytes(sample("a").signed(key));
        assertThatThrownBy(() -> Attestation.read(file, other.publicKey()))
                .hasMessage("it is not signed by " + other.publicKey().id() + ", but by "
                        + key.publicKey().id());
        Map<String, String> wrong = Map.of(
                "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"x\"}\n",
                "it is a signed statement about something else",
                "{\"_type\": 1}",
                "its statement is not the canonical JSON that ringwall writes");
        wrong.forEach((statement, message) -> {
            Dsse envelope = Dsse.of(Attestation.PAYLOAD_TYPE, bytes(statement));
            String text = envelope.with(key.publicKey().id(), key.sign(envelope.message()))
                    .text();
            assertThatThrownBy(() -> Attestation.read(bytes(text), key.publicKey()))
                    .hasMessage(message);
        });
        // A signature of the same key for a bundle is not one for a statement.
        Dsse bundle = Dsse.of(
                "application/vnd.ringwall.bundle.v1+json", bytes(sample("a").json()));
        byte[] signature = key.sign(bundle.message());
        String moved = Dsse.of(Attestation.PAYLOAD_TYPE, bytes(sample("a").json()))
                .with(key.publicKey().id(), signature)
                .text();
        assertThatThrownBy(() -> Attestation.read(bytes(moved), key.publicKey()))
                .hasMessageContaining("that is not valid: it was changed");
    }

    @Test
    void theTextHasNoCharactersThatATerminalInterprets() {
        assertThat(AttestationText.of(sample("a\u001b[31mb\nweb@main: in force")))
                .startsWith("host a\uFFFD[31mb\uFFFDweb@main: in force, Linux ?, boot id ?\n")
                .contains("\nweb@main: ?, generation 1\n");
        assertThat(AttestationText.of(new Attestation(Map.of("predicate", List.of()))))
                .isEqualTo("host ?, Linux ?, boot id ?\nstated at ? by ?\n");
    }

    /** A workload can choose names of cgroups, and must not prevent evidence by them. */
    @Test
    void aStatementWithAnyCharacterCanBeRead() throws SigningException {
        SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
        for (int plane = 0; plane <= 0x10ffff; plane += 0x4000) {
            String name = IntStream.range(plane, plane + 0x4000)
                    .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                    .filter(c -> c < 0x20000 || (c & 0xfff0) == 0xfff0)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            Attestation one = sample(name);
            assertThat(Attestation.read(bytes(one.signed(key)), key.publicKey()).json())
                    .as("from %x", plane)
                    .isEqualTo(one.json());
        }
    }

    @Test
    void aStatementOfALargeHostCanBeRead() throws SigningException {
        SigningKey key = SigningKey.generate(KeyAlgorithm.ED25519);
        List<Object> places = Collections.nCopies(60_000, Map.of("cgroup", "/sys/fs/cgroup/a", "lost", false));
        Map<String, Object> predicate = Map.of("instances", List.of(Map.of("places", places)));
        Attestation large = Attestation.of(Map.of("web@main", "ab".repeat(32)), predicate);
        assertThat(Attestation.read(bytes(large.signed(key)), key.publicKey()).json())
                .isEqualTo(large.json());
    }
}
