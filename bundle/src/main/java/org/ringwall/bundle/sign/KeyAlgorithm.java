// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** A signature algorithm. */
public enum KeyAlgorithm {
    /** EdDSA on edwards25519 (RFC 8032). A signature has 64 bytes. */
    ED25519("ed25519", "Ed25519", "Ed25519", "302a300506032b6570032100", 32),
    /** ECDSA on P-256 with SHA-256 (FIPS 186-5). A signature is an ASN.1 sequence in DER. */
    P256("p256", "EC", "SHA256withECDSA", "3059301306072a8648ce3d020106082a8648ce3d03010703420004", 64);

    private static final byte DER_SEQUENCE = 0x30;

    private final String word;
    private final String keys;
    private final String signatures;
    private final String prefix;
    private final int point;

    /**
     * Creates an algorithm.
     *
     * @param prefix the bytes of a SubjectPublicKeyInfo in DER that precede the point, in hex
     * @param point the size of the point in bytes, for P-256 without the byte 04 of its form
     */
    KeyAlgorithm(String word, String keys, String signatures, String prefix, int point) {
        this.word = word;
        this.keys = keys;
        this.signatures = signatures;
        this.prefix = prefix;
        this.point = point;
    }

    /** Returns the name that users write. */
    public String word() {
        return word;
    }

    /** Returns the algorithm with this name, as users write it; empty if there is none. */
    public static Optional<KeyAlgorithm> named(String word) {
        return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst();
    }

    /** Returns the name of the JDK for its keys. */
    String keys() {
        return keys;
    }

    /** Returns the name of the JDK for its signatures. */
    String signatures() {
        return signatures;
    }

    /** Returns the algorithm of a SubjectPublicKeyInfo in DER, by its size and its prefix. */
    static Optional<KeyAlgorithm> of(byte[] spki) {
        return Arrays.stream(values())
                .filter(each -> spki.length == each.prefix.length() / 2 + each.point)
                .filter(each -> HexFormat.of().formatHex(spki).startsWith(each.prefix))
                .findFirst();
    }

    /** Returns why bytes cannot be a signature, whatever the key; empty if they can be one. */
    Optional<String> fault(byte[] signature) {
        boolean raw = signature.length == EcdsaForm.RAW_BYTES;
        boolean der = this == P256 && signature.length > 0 && signature[0] == DER_SEQUENCE;
        return raw || der
                ? Optional.empty()
                : Optional.of("it has " + signature.length + " bytes, and is no signature of " + text());
    }

    private String text() {
        return this == ED25519 ? "Ed25519, which has 64" : "P-256, which is in DER or has 64";
    }

    /** Returns the point of a SubjectPublicKeyInfo. */
    byte[] point(byte[] spki) {
        return Arrays.copyOfRange(spki, spki.length - point, spki.length);
    }
}
