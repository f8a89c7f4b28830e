// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/** A public key for the verification of signatures. */
public final class VerifyingKey {
    private static final String LABEL = "PUBLIC KEY";
    private static final String HELP =
            "name the file NAME.pub that ringwallc keygen wrote, or one of: openssl pkey -in KEY.pem -pubout";

    private final KeyAlgorithm algorithm;
    private final PublicKey key;
    private final byte[] spki;

    private VerifyingKey(KeyAlgorithm algorithm, PublicKey key, byte[] spki) {
        this.algorithm = algorithm;
        this.key = key;
        this.spki = spki;
    }

    /**
     * Reads a key.
     *
     * @param pem a SubjectPublicKeyInfo in PEM
     * @throws SigningException if it is not a public key of a {@link KeyAlgorithm}
     */
    public static VerifyingKey read(byte[] pem) throws SigningException {
        Pem block = Pem.read(pem, HELP);
        if (!block.label().equals(LABEL)) {
            throw new SigningException("its PEM block is `" + block.label() + "` and not `" + LABEL + "`", HELP);
        }
        return of(block.der());
    }

    static VerifyingKey of(byte[] spki) throws SigningException {
        KeyAlgorithm algorithm = KeyAlgorithm.of(spki)
                .orElseThrow(() -> new SigningException(
                        "it is a public key of another algorithm than Ed25519 and P-256", "see ringwallc keygen"));
        try {
            PublicKey key = KeyFactory.getInstance(algorithm.keys()).generatePublic(new X509EncodedKeySpec(spki));
            if (key instanceof ECPublicKey point && !P256.isPoint(point)) {
                throw new SigningException("it is damaged: its point is not on the curve P-256", HELP);
            }
            return new VerifyingKey(algorithm, key, spki.clone());
        } catch (GeneralSecurityException e) {
            throw new SigningException("it is damaged: it is not a public key", HELP);
        }
    }

    public KeyAlgorithm algorithm() {
        return algorithm;
    }

    /** Returns the id of the key: the SHA-256 of its SubjectPublicKeyInfo in hex. */
    public String id() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(spki));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public byte[] pem() {
        return new Pem(LABEL, spki).text();
    }

    /** Returns the encoded point of the key: 32 bytes for Ed25519, x and y for P-256. */
    byte[] point() {
        return algorithm.point(spki);
    }

    /** Returns whether this key verifies a signature of a message. */
    public boolean verifies(byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(algorithm.signatures());
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot verify " + algorithm.signatures(), e);
        }
    }
}
