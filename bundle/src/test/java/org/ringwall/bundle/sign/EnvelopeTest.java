// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of envelopes. */
final class EnvelopeTest {
    private static final String DIGEST = "0123456789abcdef".repeat(4);
    private final SigningKey first = SigningKey.generate(KeyAlgorithm.ED25519);
    private final SigningKey second = SigningKey.generate(KeyAlgorithm.P256);

    private static Envelope signed(String digest, SigningKey... keys) throws SigningException {
        Envelope envelope = Envelope.of(digest);
        for (SigningKey key : keys) {
            envelope = envelope.with(key.publicKey(), key.sign(envelope.message()));
        }
        return envelope;
    }

    private static Envelope read(String text, String digest) throws SigningException {
        return Envelope.read(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)), digest);
    }

    private static String refused(String text) {
        SigningException e = catchThrowableOfType(SigningException.class, () -> read(text, DIGEST));
        assertThat(e).as("it was accepted").isNotNull();
        assertThat(e.help())
                .startsWith(
                        String.valueOf(e.getMessage()).contains("another bundle")
                                ? "copy it again"
                                : "sign the bundle again");
        return String.valueOf(e.getMessage());
    }

    @Test
    void theMessageIsThatOfDsse() {
        String statement = "{\"format\":1,\"manifest\":{\"sha256\":\"" + DIGEST + "\"}}";
        assertThat(new String(Envelope.of(DIGEST).message(), StandardCharsets.US_ASCII))
                .isEqualTo("DSSEv1 39 application/vnd.ringwall.bundle.v1+json 101 " + statement);
        assertThat(statement).hasSize(101);
    }

    @Test
    void theOrderOfSigningDoesNotMatter() throws Exception {
        Envelope one = signed(DIGEST, first);
        Envelope both = one.with(second.publicKey(), second.sign(one.message()));
        Envelope again = read(both.text(), DIGEST);
        assertThat(again.text()).isEqualTo(both.text());
        assertThat(again.keys())
                .containsExactlyInAnyOrder(
                        first.publicKey().id(), second.publicKey().id())
                .isSorted();
        assertThat(again.isSignedBy(first.publicKey())).isTrue();
        assertThat(again.isSignedBy(second.publicKey())).isTrue();
        assertThat(one.isSignedBy(second.publicKey())).isFalse();
        assertThat(signed(DIGEST, first).text()).as("Ed25519 is deterministic").isEqualTo(one.text());
    }

    @Test
    void aSignatureOfAnotherKeyIsNotAttached() throws Exception {
        Envelope empty = Envelope.of(DIGEST);
        SigningException e = catchThrowableOfType(
                SigningException.class, () -> empty.with(first.publicKey(), second.sign(empty.message())));
        assertThat(e.getMessage()).matches("it has (?:69|7[0-2]) bytes, and is no signature of Ed25519, which has 64");
        SigningKey other = SigningKey.generate(KeyAlgorithm.ED25519);
        assertThat(catchThrowableOfType(
                        SigningException.class, () -> empty.with(first.publicKey(), other.sign(empty.message()))))
                .hasMessage("the signature was not made by this key for this bundle");
        Envelope full = empty;
        for (int i = 0; i < Envelope.MAX_SIGNATURES; i++) {
            full = signed(full, SigningKey.generate(KeyAlgorithm.ED25519));
        }
        Envelope most = full;
        assertThat(read(most.text(), DIGEST).keys()).hasSize(Envelope.MAX_SIGNATURES);
        assertThat(catchThrowableOfType(SigningException.class, () -> signed(most, first)))
                .hasMessage("a bundle has at most 16 signatures");
    }

    private static Envelope signed(Envelope envelope, SigningKey key) throws SigningException {
        return envelope.with(key.publicKey(), key.sign(envelope.message()));
    }

    @Test
    void otherFormsAreRefused() throws Exception {
        String form = "its signature is not an envelope as ringwall writes it";
        String text = signed(DIGEST, first, second).text();
        assertThat(refused(signed(DIGEST.replace('0', '1'), first).text()))
                .isEqualTo("its signature belongs to another bundle");
        assertThat(refused(Envelope.of(DIGEST).text())).isEqualTo(form);
        assertThat(refused("")).isEqualTo(form);
        assertThat(refused(text.stripTrailing())).isEqualTo(form);
        assertThat(refused(text + "\n")).isEqualTo(form);
        assertThat(refused(text.replace("},{", "}, {"))).isEqualTo(form);
        assertThat(refused(text.replace("]}\n", ",]}\n"))).isEqualTo(form);
        assertThat(refused(text.replace("==\"", "\""))).isEqualTo(form);
        assertThat(refused("x".repeat(Envelope.MAX_BYTES + 1))).isEqualTo("its signature has more than 16384 bytes");
        int split = text.indexOf("},{");
        int list = text.indexOf('[') + 1;
        String swapped = text.substring(0, list) + text.substring(split + 2, text.length() - 3) + ","
                + text.substring(list, split + 1) + "]}\n";
        assertThat(swapped).hasSameSizeAs(text);
        assertThat(refused(swapped)).isEqualTo(form);
        String twice = text.substring(0, split + 1) + "," + text.substring(list);
        assertThat(refused(twice)).isEqualTo(form);
    }

    @Test
    void everyBitCounts() throws Exception {
        for (SigningKey key : List.of(first, second)) {
            byte[] text = signed(DIGEST, key).text().getBytes(StandardCharsets.US_ASCII);
            List<Integer> accepted = new ArrayList<>();
            for (int bit = 0; bit < text.length * Byte.SIZE; bit++) {
                byte[] changed = text.clone();
                changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
                try {
                    if (Envelope.read(ByteBuffer.wrap(changed), DIGEST).isSignedBy(key.publicKey())) {
                        accepted.add(bit);
                    }
                } catch (SigningException e) {
                    assertThat(e.help()).isNotEmpty();
                }
            }
            assertThat(accepted).isEmpty();
        }
    }
}
