// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

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
 * A DSSE envelope (Dead Simple Signing Envelope, protocol 1.0.2): a payload with its type, and
 * signatures by key id. The reader accepts only the exact text that {@link #text} writes, so an
 * envelope cannot be changed without being rejected.
 */
public final class Dsse {
    /** The maximum number of signatures. */
    public static final int MAX_SIGNATURES = 16;

    private static final String BEGIN = "{\"payload\":\"";
    private static final Pattern SIGNATURE =
            Pattern.compile("\\{\"keyid\":\"([0-9a-f]{64})\",\"sig\":\"([A-Za-z0-9+/]{1,256}={0,2})\"\\}");

    private final String type;
    private final byte[] payload;
    private final SortedMap<String, byte[]> signatures;

    private Dsse(String type, byte[] payload, SortedMap<String, byte[]> signatures) {
        this.type = type;
        this.payload = payload.clone();
        this.signatures = Collections.unmodifiableSortedMap(signatures);
    }

    /** Returns an envelope without signatures. */
    public static Dsse of(String type, byte[] payload) {
        return new Dsse(type, payload, new TreeMap<>());
    }

    /**
     * Reads an envelope.
     *
     * @param type the only payload type that is accepted
     * @throws SigningException if it is not an envelope of this type in the form that {@link #text}
     *     writes, with 1 to {@value #MAX_SIGNATURES} signatures
     */
    public static Dsse read(String text, String type) throws SigningException {
        int end = text.indexOf('"', BEGIN.length());
        if (!text.startsWith(BEGIN) || end < 0) {
            throw malformed();
        }
        try {
            Dsse empty = of(type, Base64.getDecoder().decode(text.substring(BEGIN.length(), end)));
            int from = empty.textBeforeSignatures().length();
            SortedMap<String, byte[]> signatures = new TreeMap<>();
            Matcher each = SIGNATURE.matcher(text);
            each.region(Math.min(text.length(), from), text.length());
            while (each.lookingAt() && signatures.size() <= MAX_SIGNATURES) {
                signatures.put(each.group(1), Base64.getDecoder().decode(each.group(2)));
                each.region(Math.min(text.length(), each.end() + 1), text.length());
            }
            Dsse envelope = new Dsse(type, empty.payload, signatures);
            if (signatures.isEmpty()
                    || signatures.size() > MAX_SIGNATURES
                    || !envelope.text().equals(text)) {
                throw malformed();
            }
            return envelope;
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static SigningException malformed() {
        return new SigningException(
                "it is not an envelope as ringwall writes it", "name another file, or get it again");
    }

    /** Returns the ids of the keys of the signatures, which need not be valid. */
    public List<String> keys() {
        return new ArrayList<>(signatures.keySet());
    }

    /** Returns a copy of the payload. */
    public byte[] payload() {
        return payload.clone();
    }

    /** Returns whether a key has signed, and its signature is valid. */
    public boolean isSignedBy(VerifyingKey key) {
        byte[] signature = signatures.get(key.id());
        return signature != null && key.verifies(message(), signature);
    }

    /**
     * Returns this envelope with a signature, which replaces an earlier one of the same key.
     *
     * @param key the key id in hex
     * @param signature the signature of {@link #message}; it is not verified
     */
    public Dsse with(String key, byte[] signature) {
        SortedMap<String, byte[]> all = new TreeMap<>(signatures);
        all.put(key, signature.clone());
        return new Dsse(type, payload, all);
    }

    /** Returns the bytes to be signed: DSSE's pre-authentication encoding (PAE) of the payload. */
    public byte[] message() {
        byte[] before =
                ("DSSEv1 " + type.length() + " " + type + " " + payload.length + " ").getBytes(StandardCharsets.UTF_8);
        byte[] message = new byte[before.length + payload.length];
        System.arraycopy(before, 0, message, 0, before.length);
        System.arraycopy(payload, 0, message, before.length, payload.length);
        return message;
    }

    /** Returns the part of {@link #text} that precedes the signatures. */
    String textBeforeSignatures() {
        return BEGIN + Base64.getEncoder().encodeToString(payload) + "\",\"payloadType\":\"" + type
                + "\",\"signatures\":[";
    }

    /** Returns the envelope as JSON, the signatures sorted by the ids of their keys. */
    public String text() {
        return signatures.entrySet().stream()
                .map(each -> "{\"keyid\":\"" + each.getKey() + "\",\"sig\":\""
                        + Base64.getEncoder().encodeToString(each.getValue()) + "\"}")
                .collect(Collectors.joining(",", textBeforeSignatures(), "]}\n"));
    }
}
