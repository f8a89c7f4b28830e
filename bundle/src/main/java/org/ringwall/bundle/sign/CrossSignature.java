// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A public key that another key has signed. A host that trusts the signing key accepts the signed
 * one as its successor.
 *
 * @param key the new key
 * @param envelope with the key as PEM
 */
public record CrossSignature(VerifyingKey key, Dsse envelope) {
    /** The type of the payload. */
    public static final String TYPE = "application/vnd.ringwall.key.v1+pem";

    private static final String BEGIN = "{\"payload\":\"";

    /** Returns the text of an envelope with a key, signed by another one. */
    public static String of(VerifyingKey key, SigningKey by) {
        Dsse envelope = Dsse.of(TYPE, key.pem());
        return envelope.with(by.publicKey().id(), by.sign(envelope.message())).text();
    }

    /** Returns whether a file begins as an envelope, and not as a key in PEM. */
    public static boolean isEnvelope(byte[] file) {
        return new String(file, StandardCharsets.ISO_8859_1).startsWith(BEGIN);
    }

    /**
     * Reads an envelope without verifying its signatures.
     *
     * @throws SigningException if the file is not an envelope with a public key
     */
    public static CrossSignature read(byte[] file) throws SigningException {
        Dsse envelope = Dsse.read(new String(file, StandardCharsets.ISO_8859_1), TYPE);
        VerifyingKey key = VerifyingKey.read(envelope.payload());
        if (!Arrays.equals(key.pem(), envelope.payload())) {
            throw new SigningException("its key is not the PEM that ringwallc writes", "see ringwallc cross-sign");
        }
        return new CrossSignature(key, envelope);
    }

    /** Returns the ids of the keys of the signatures, which need not be valid. */
    public List<String> signers() {
        return envelope.keys();
    }

    /** Returns whether a key has signed, and its signature is valid. */
    public boolean isSignedBy(VerifyingKey other) {
        return envelope.isSignedBy(other);
    }
}
