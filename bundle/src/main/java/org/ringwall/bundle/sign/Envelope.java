// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A DSSE envelope (version 1.0.2 of its protocol) around a statement that names the digest of a
 * manifest, with the signatures by key id. A text is accepted only if it is exactly what its
 * content is written as, so that no bit of it is free.
 */
public final class Envelope {
    /** The type of the statement. */
    public static final String TYPE = "application/vnd.ringwall.bundle.v1+json";

    /** The largest number of signatures. */
    public static final int MOST = 16;

    /** Far more than the envelope needs, in bytes. */
    public static final int LARGEST = 1 << 14;

    private static final String HELP = "sign the bundle again: ringwallc sign FILE.wallpack --key KEY.pem";
    private static final Pattern SIGNATURE =
            Pattern.compile("\\{\"keyid\":\"([0-9a-f]{64})\",\"sig\":\"([A-Za-z0-9+/]{1,256}={0,2})\"\\}");

    private final String digest;
    private final SortedMap<String, byte[]> signatures;

    private Envelope(String digest, SortedMap<String, byte[]> signatures) {
        this.digest = digest;
        this.signatures = Collections.unmodifiableSortedMap(signatures);
    }

    /**
     * Returns an envelope without signatures.
     *
     * @param digest the SHA-256 of a manifest in hex
     */
    public static Envelope of(String digest) {
        return new Envelope(digest, new TreeMap<>());
    }

    /**
     * Reads the envelope of a bundle.
     *
     * @param digest the SHA-256 of the manifest of this bundle in hex
     * @throws SigningException if it is not an envelope, or that of another bundle
     */
    public static Envelope read(ByteBuffer content, String digest) throws SigningException {
        if (content.remaining() > LARGEST) {
            throw new SigningException("its signature has more than " + LARGEST + " bytes", HELP);
        }
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Envelope empty = of(digest);
        String before = empty.before();
        if (!text.startsWith(before)) {
            throw text.startsWith("{\"payload\":\"")
                    ? new SigningException("its signature is that of another bundle", HELP)
                    : form();
        }
        SortedMap<String, byte[]> signatures = new TreeMap<>();
        Matcher each = SIGNATURE.matcher(text);
        each.region(before.length(), text.length());
        while (each.lookingAt() && signatures.size() <= MOST) {
            try {
                signatures.put(each.group(1), Base64.getDecoder().decode(each.group(2)));
            } catch (IllegalArgumentException e) {
                throw form();
            }
            each.region(Math.min(text.length(), each.end() + 1), text.length());
        }
        Envelope envelope = new Envelope(digest, signatures);
        if (signatures.isEmpty() || signatures.size() > MOST || !envelope.text().equals(text)) {
            throw form();
        }
        return envelope;
    }

    private static SigningException form() {
        return new SigningException("its signature is not an envelope in the form in which bundles have it", HELP);
    }

    /** Returns the ids of the keys of the signatures, which need not be valid. */
    public List<String> keys() {
        return new ArrayList<>(signatures.keySet());
    }

    /** Returns whether a key has signed, and its signature is valid. */
    public boolean isSignedBy(VerifyingKey key) {
        byte[] signature = signatures.get(key.id());
        return signature != null && key.verifies(message(), signature);
    }

    /**
     * Returns the envelope with one signature more, or another one of the same key.
     *
     * @param signature of {@link #message}
     * @throws SigningException if the key does not verify it, or there is no room for it
     */
    public Envelope with(VerifyingKey key, byte[] signature) throws SigningException {
        if (!key.verifies(message(), signature)) {
            throw new SigningException(
                    "the signature is not one of this key for this bundle",
                    key.algorithm() == KeyAlgorithm.ED25519
                            ? "sign exactly the bytes of ringwallc sign --payload; a signature has 64 bytes"
                            : "sign exactly the bytes of ringwallc sign --payload with SHA-256; a signature is in DER");
        }
        SortedMap<String, byte[]> all = new TreeMap<>(signatures);
        all.put(key.id(), signature.clone());
        if (all.size() > MOST) {
            throw new SigningException("a bundle has at most " + MOST + " signatures", "build it again, and sign it");
        }
        return new Envelope(digest, all);
    }

    /** Returns the statement. */
    private String statement() {
        return "{\"format\":1,\"manifest\":{\"sha256\":\"" + digest + "\"}}";
    }

    /** Returns the bytes to be signed: the pre-authentication encoding of the statement. */
    public byte[] message() {
        String statement = statement();
        return ("DSSEv1 " + TYPE.length() + " " + TYPE + " " + statement.length() + " " + statement)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private String before() {
        return "{\"payload\":\""
                + Base64.getEncoder().encodeToString(statement().getBytes(StandardCharsets.US_ASCII))
                + "\",\"payloadType\":\"" + TYPE + "\",\"signatures\":[";
    }

    /** Returns the envelope as JSON, the signatures sorted by the ids of their keys. */
    public String text() {
        return signatures.entrySet().stream()
                .map(each -> "{\"keyid\":\"" + each.getKey() + "\",\"sig\":\""
                        + Base64.getEncoder().encodeToString(each.getValue()) + "\"}")
                .collect(Collectors.joining(",", before(), "]}\n"));
    }
}
