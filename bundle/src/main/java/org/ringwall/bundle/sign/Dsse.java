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
 * An envelope of DSSE (version 1.0.2 of its protocol): a payload of a type, with signatures by key
 * id. A text is accepted only if it is exactly what its content is written as, so that no bit of it
 * is free.
 */
public final class Dsse {
    /** The largest number of signatures. */
    public static final int MOST = 16;

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
     * @param type of the payload, the only one that is accepted
     * @throws SigningException if it is not an envelope of this type in the form that {@link #text}
     *     writes, with 1 to {@value #MOST} signatures
     */
    public static Dsse read(String text, String type) throws SigningException {
        int end = text.indexOf('"', BEGIN.length());
        if (!text.startsWith(BEGIN) || end < 0) {
            throw form();
        }
        try {
            Dsse empty = of(type, Base64.getDecoder().decode(text.substring(BEGIN.length(), end)));
            int from = empty.before().length();
            SortedMap<String, byte[]> signatures = new TreeMap<>();
            Matcher each = SIGNATURE.matcher(text);
            each.region(Math.min(text.length(), from), text.length());
            while (each.lookingAt() && signatures.size() <= MOST) {
                signatures.put(each.group(1), Base64.getDecoder().decode(each.group(2)));
                each.region(Math.min(text.length(), each.end() + 1), text.length());
            }
            Dsse envelope = new Dsse(type, empty.payload, signatures);
            if (signatures.isEmpty()
                    || signatures.size() > MOST
                    || !envelope.text().equals(text)) {
                throw form();
            }
            return envelope;
        } catch (IllegalArgumentException e) {
            throw form();
        }
    }

    private static SigningException form() {
        return new SigningException(
                "it is not an envelope in the form that ringwall writes", "name another file, or get it again");
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
     * Returns the envelope with one signature more, or another one of the same key.
     *
     * @param key its id
     * @param signature of {@link #message}
     */
    public Dsse with(String key, byte[] signature) {
        SortedMap<String, byte[]> all = new TreeMap<>(signatures);
        all.put(key, signature.clone());
        return new Dsse(type, payload, all);
    }

    /** Returns the bytes to be signed: the pre-authentication encoding of the payload. */
    public byte[] message() {
        byte[] before =
                ("DSSEv1 " + type.length() + " " + type + " " + payload.length + " ").getBytes(StandardCharsets.UTF_8);
        byte[] message = new byte[before.length + payload.length];
        System.arraycopy(before, 0, message, 0, before.length);
        System.arraycopy(payload, 0, message, before.length, payload.length);
        return message;
    }

    /** Returns what the text has before the signatures. */
    String before() {
        return BEGIN + Base64.getEncoder().encodeToString(payload) + "\",\"payloadType\":\"" + type
                + "\",\"signatures\":[";
    }

    /** Returns the envelope as JSON, the signatures sorted by the ids of their keys. */
    public String text() {
        return signatures.entrySet().stream()
                .map(each -> "{\"keyid\":\"" + each.getKey() + "\",\"sig\":\""
                        + Base64.getEncoder().encodeToString(each.getValue()) + "\"}")
                .collect(Collectors.joining(",", before(), "]}\n"));
    }
}
