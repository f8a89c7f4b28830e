// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.attest;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.CanonicalJson;
import org.ringwall.bundle.sign.Dsse;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;

/**
 * A host's statement about the policies in force on it (docs/bundles.md): an in-toto Statement v1,
 * which is signed as a DSSE envelope. It proves that the owner of the key made the statement, not
 * that the statement is true.
 *
 * @param members the statement as JSON: strings, numbers, booleans, lists and maps
 */
public record Attestation(Map<String, Object> members) {
    /** The type of the payload in the envelope. */
    public static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

    /** The type of the statement. */
    public static final String STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

    /** The type of the predicate. */
    public static final String PREDICATE_TYPE = "urn:ringwall:enforcement:v1";

    /** The maximum size of a file in bytes. */
    public static final int MAX_BYTES = 16 << 20;

    /** The maximum number of JSON values in a statement; objects and lists count too. */
    private static final int MAX_VALUES = 1_000_000;

    private static final String HELP = "name a file that ringwall attest --sign wrote";

    public Attestation {
        members = new LinkedHashMap<>(members);
    }

    /**
     * Creates a statement.
     *
     * @param subjects the SHA-256 in hex of each object, by the name of its instance
     */
    public static Attestation of(Map<String, String> subjects, Map<String, Object> predicate) {
        List<Object> named = new ArrayList<>();
        subjects.forEach((name, digest) -> {
            Map<String, Object> subject = new LinkedHashMap<>();
            subject.put("name", name);
            subject.put("digest", Map.of("sha256", digest));
            named.add(subject);
        });
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("_type", STATEMENT_TYPE);
        members.put("subject", named);
        members.put("predicateType", PREDICATE_TYPE);
        members.put("predicate", predicate);
        return new Attestation(members);
    }

    /** Returns the statement as JSON, with a line end. */
    public String json() {
        return Json.of(members) + "\n";
    }

    /**
     * Returns the text of an envelope with the statement, signed by a key.
     *
     * @throws SigningException if {@link #read} would refuse it as too large
     */
    public String signed(SigningKey key) throws SigningException {
        long values = values(members);
        if (values > MAX_VALUES) {
            throw tooLarge(values + " values, and " + MAX_VALUES);
        }
        Dsse envelope = Dsse.of(PAYLOAD_TYPE, json().getBytes(StandardCharsets.UTF_8));
        String text = envelope.with(key.publicKey().id(), key.sign(envelope.message()))
                .text();
        if (text.length() > MAX_BYTES) {
            throw tooLarge(text.length() + " bytes, and " + MAX_BYTES);
        }
        return text;
    }

    private static SigningException tooLarge(String sizes) {
        return new SigningException(
                "the statement would have " + sizes + " is the most that can be verified",
                "state some policies in each file: ringwall attest POLICY@INSTANCE --sign KEY.pem");
    }

    /** Returns the number of values as {@link CanonicalJson} counts them. */
    private static long values(Object value) {
        Collection<?> parts =
                value instanceof Map<?, ?> map ? map.values() : value instanceof List<?> list ? list : List.of();
        return 1 + parts.stream().mapToLong(Attestation::values).sum();
    }

    /**
     * Verifies and reads a statement. The statement is parsed only after its signature is verified.
     *
     * @param file the whole file
     * @throws SigningException if the file is not a signed statement, or has no valid signature by
     *     this key
     */
    public static Attestation read(byte[] file, VerifyingKey key) throws SigningException {
        Dsse envelope = Dsse.read(text(file), PAYLOAD_TYPE);
        if (!envelope.keys().contains(key.id())) {
            throw new SigningException(
                    "it is not signed by " + key.id() + ", but by " + String.join(", ", envelope.keys()),
                    "name the public key of the host");
        }
        if (!envelope.isSignedBy(key)) {
            throw new SigningException(
                    "it has a signature of " + key.id() + " that is not valid: it was changed",
                    "do not use it; get it from the host again");
        }
        try {
            Attestation read = new Attestation(CanonicalJson.parse(text(envelope.payload()), MAX_VALUES));
            if (!STATEMENT_TYPE.equals(read.members.get("_type"))
                    || !PREDICATE_TYPE.equals(read.members.get("predicateType"))) {
                throw new SigningException("it is a signed statement about something else", HELP);
            }
            return read;
        } catch (BundleException e) {
            throw new SigningException("its statement is not the canonical JSON that ringwall writes", HELP);
        }
    }

    private static String text(byte[] bytes) throws SigningException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new SigningException("it is not UTF-8 text", HELP);
        }
    }
}
