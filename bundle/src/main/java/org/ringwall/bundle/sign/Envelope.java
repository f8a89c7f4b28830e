// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The signatures of a bundle: a DSSE envelope whose payload contains the manifest's digest. */
public final class Envelope {
    /** The payload type. */
    public static final String TYPE = "application/vnd.ringwall.bundle.v1+json";

    /** The maximum number of signatures. */
    public static final int MAX_SIGNATURES = Dsse.MAX_SIGNATURES;

    /** The maximum size of an envelope in bytes, far above that of one with all signatures. */
    public static final int MAX_BYTES = 1 << 14;

    private static final String HELP = "sign the bundle again: ringwallc sign FILE.wallpack --key KEY.pem";
    private static final String CHANGED =
            "copy it again, since it was changed after it was signed; if you made it, " + HELP;

    private final Dsse dsse;

    private Envelope(Dsse dsse) {
        this.dsse = dsse;
    }

    /**
     * Returns an envelope without signatures.
     *
     * @param digest the SHA-256 of a manifest in hex
     */
    public static Envelope of(String digest) {
        String statement = "{\"format\":1,\"manifest\":{\"sha256\":\"" + digest + "\"}}";
        return new Envelope(Dsse.of(TYPE, statement.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * Reads the envelope of a bundle.
     *
     * @param digest the SHA-256 of the manifest of this bundle in hex
     * @throws SigningException if it is not an envelope, or belongs to another bundle
     */
    public static Envelope read(ByteBuffer content, String digest) throws SigningException {
        if (content.remaining() > MAX_BYTES) {
            throw new SigningException("its signature has more than " + MAX_BYTES + " bytes", HELP);
        }
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (!text.startsWith(of(digest).dsse.textBeforeSignatures())) {
            throw text.startsWith("{\"payload\":\"")
                    ? new SigningException("its signature belongs to another bundle", CHANGED)
                    : malformed();
        }
        try {
            return new Envelope(Dsse.read(text, TYPE));
        } catch (SigningException e) {
            throw malformed();
        }
    }

    private static SigningException malformed() {
        return new SigningException("its signature is not an envelope as ringwall writes it", HELP);
    }

    /** Returns the ids of the keys of the signatures, which need not be valid. */
    public List<String> keys() {
        return dsse.keys();
    }

    /** Returns whether a key has signed, and its signature is valid. */
    public boolean isSignedBy(VerifyingKey key) {
        return dsse.isSignedBy(key);
    }

    /**
     * Returns this envelope with a signature, which replaces an earlier one of the same key.
     *
     * @param signature the signature of {@link #message}
     * @throws SigningException if the key does not verify it, or there are {@link #MAX_SIGNATURES}
     */
    public Envelope with(VerifyingKey key, byte[] signature) throws SigningException {
        Dsse more = dsse.with(key.id(), verified(key, signature));
        if (more.keys().size() > MAX_SIGNATURES) {
            throw new SigningException(
                    "a bundle has at most " + MAX_SIGNATURES + " signatures", "build it again, and sign it");
        }
        return new Envelope(more);
    }

    /** Returns a signature of this bundle in the form that bundles contain. */
    private byte[] verified(VerifyingKey key, byte[] signature) throws SigningException {
        if (key.verifies(message(), signature)) {
            return signature;
        }
        boolean raw = key.algorithm() == KeyAlgorithm.P256 && signature.length == EcdsaForm.RAW_BYTES;
        if (raw && key.verifies(message(), EcdsaForm.der(signature))) {
            return EcdsaForm.der(signature);
        }
        throw new SigningException(
                key.algorithm().fault(signature).orElse("the signature was not made by this key for this bundle"),
                key.algorithm() == KeyAlgorithm.ED25519
                        ? "sign exactly the bytes of ringwallc sign --payload; a signature has 64 bytes"
                        : "sign exactly the bytes of ringwallc sign --payload with SHA-256; a signature is in DER,"
                                + " or r and s in 64 bytes");
    }

    /** Returns the bytes to be signed: the pre-authentication encoding of the statement. */
    public byte[] message() {
        return dsse.message();
    }

    /** Returns the envelope as JSON, the signatures sorted by the ids of their keys. */
    public String text() {
        return dsse.text();
    }
}
