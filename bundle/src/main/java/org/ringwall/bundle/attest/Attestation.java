// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.attest;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.json.Json;
import org.ringwall.bundle.BundleException;
import org.ringwall.bundle.JsonTree;
import org.ringwall.bundle.sign.Dsse;
import org.ringwall.bundle.sign.SigningException;
import org.ringwall.bundle.sign.SigningKey;
import org.ringwall.bundle.sign.VerifyingKey;

/**
 * A statement of a host about what is in force on it (docs/bundles.md): version 1 of the Statement
 * of in-toto, in an envelope of DSSE. It proves what the owner of the key says, and no more.
 *
 * @param members of the statement: strings, numbers, booleans, lists and maps
 */
public record Attestation(Map<String, Object> members) {
    /** The type of the payload in the envelope. */
    public static final String PAYLOAD = "application/vnd.in-toto+json";

    /** The type of the statement. */
    public static final String STATEMENT = "https://in-toto.io/Statement/v1";

    /** The type of the predicate. */
    public static final String PREDICATE = "urn:ringwall:enforcement:v1";

    /** The largest file in bytes. */
    public static final int LARGEST = 16 << 20;

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
        members.put("_type", STATEMENT);
        members.put("subject", named);
        members.put("predicateType", PREDICATE);
        members.put("predicate", predicate);
        return new Attestation(members);
    }

    /** Returns the statement as JSON, with a line end. */
    public String json() {
        return Json.of(members) + "\n";
    }

    /** Returns the text of an envelope with the statement, signed by a key. */
    public String signed(SigningKey key) {
        Dsse envelope = Dsse.of(PAYLOAD, json().getBytes(StandardCharsets.UTF_8));
        return envelope.with(key.publicKey().id(), key.sign(envelope.message())).text();
    }

    /**
     * Reads a statement that a key has signed. Nothing of it is parsed before its signature is
     * verified.
     *
     * @param file the whole file
     * @throws SigningException if it is not one, or the key has not signed exactly this
     */
    public static Attestation read(byte[] file, VerifyingKey key) throws SigningException {
        Dsse envelope = Dsse.read(text(file), PAYLOAD);
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
            Attestation read = new Attestation(JsonTree.parse(text(envelope.payload()), LARGEST));
            if (!STATEMENT.equals(read.members.get("_type")) || !PREDICATE.equals(read.members.get("predicateType"))) {
                throw new SigningException("it is a signed statement about something else", HELP);
            }
            return read;
        } catch (BundleException e) {
            throw new SigningException("its statement is not in the form that ringwall writes", HELP);
        }
    }

    private static String text(byte[] bytes) throws SigningException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new SigningException("it is not a text", HELP);
        }
    }
}
