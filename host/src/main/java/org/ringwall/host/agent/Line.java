// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import java.math.BigInteger;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.json.JsonException;
import org.ringwall.bpf.json.JsonReader;

/** The encoder and decoder of the lines of the protocol. */
final class Line {
    /** The version of the protocol, which both sides name in each line. */
    static final int VERSION = 1;

    /** The maximum size of a request line in bytes; most of it is the state of a container. */
    static final int MAX_REQUEST_BYTES = 1 << 20;

    /** The maximum size of a reply line in bytes. */
    static final int MAX_REPLY_BYTES = 4 << 20;

    /** Accepts an object with lists of scalars: two levels. */
    private static final JsonReader READER = JsonReader.plain(2, MAX_REPLY_BYTES, MAX_REPLY_BYTES);

    private static final String MEMBER_VERSION = "version";
    private static final String COMMAND = "command";
    private static final String INPUT = "input";
    private static final String CODE = "code";
    private static final String OUT = "out";
    private static final String ERR = "err";
    private static final String ERROR = "error";

    private static final Set<String> MEMBERS = Set.of(MEMBER_VERSION, COMMAND, INPUT);

    private Line() {}

    static byte[] of(Request request) {
        Map<String, Object> members = begin();
        members.put(COMMAND, request.words());
        members.put(INPUT, request.input());
        return bytes(members);
    }

    /** Returns the line of a reply, or of a refusal if the reply is too long. */
    static byte[] of(Reply reply) {
        Map<String, Object> members = begin();
        members.put(CODE, reply.code());
        members.put(OUT, reply.out());
        members.put(ERR, reply.err());
        byte[] line = bytes(members);
        return line.length <= MAX_REPLY_BYTES
                ? line
                : refusal("the command has ended with " + reply.code() + ", but its output is longer than "
                        + MAX_REPLY_BYTES + " bytes");
    }

    /** Returns the reply line to a request that was refused. */
    static byte[] refusal(String why) {
        Map<String, Object> members = begin();
        members.put(ERROR, why);
        return bytes(members);
    }

    private static Map<String, Object> begin() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(MEMBER_VERSION, VERSION);
        return members;
    }

    private static byte[] bytes(Map<String, Object> members) {
        return (Json.of(members) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a request.
     *
     * @param line without its line end
     * @throws ProtocolException with a reason for the client
     */
    static Request request(ByteBuffer line) throws ProtocolException {
        Map<String, Object> members = members(line);
        if (members.get(COMMAND) instanceof List<?> words
                && !words.isEmpty()
                && words.stream().allMatch(String.class::isInstance)
                && members.getOrDefault(INPUT, "") instanceof String input
                && MEMBERS.containsAll(members.keySet())) {
            return new Request(words.stream().map(String::valueOf).toList(), input);
        }
        throw new ProtocolException("a request has the members `version`, `command`, a list of words, and `input`");
    }

    /**
     * Reads a reply.
     *
     * @param line without its line end
     * @throws ProtocolException if it is a refusal, or not a reply of this version
     */
    static Reply reply(ByteBuffer line) throws ProtocolException {
        Map<String, Object> members = members(line);
        if (members.get(ERROR) instanceof String why) {
            throw new ProtocolException(why);
        }
        if (members.get(CODE) instanceof BigInteger code
                && code.bitLength() < Integer.SIZE
                && members.get(OUT) instanceof String out
                && members.get(ERR) instanceof String err) {
            return new Reply(code.intValue(), out, err);
        }
        throw new ProtocolException("its answer has no exit code");
    }

    private static Map<String, Object> members(ByteBuffer bytes) throws ProtocolException {
        Object line;
        try {
            line = READER.read(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException e) {
            throw new ProtocolException("the line is not UTF-8");
        } catch (JsonException e) {
            throw new ProtocolException("the line " + e.getMessage());
        }
        if (!(line instanceof Map<?, ?> object)) {
            throw new ProtocolException("the line is not a JSON object");
        }
        Map<String, Object> members = new LinkedHashMap<>();
        object.forEach((name, value) -> members.put(String.valueOf(name), value));
        Object version = members.get(MEMBER_VERSION);
        if (!BigInteger.valueOf(VERSION).equals(version)) {
            throw new ProtocolException("the other side has version " + (version == null ? "none" : version)
                    + " of the protocol, not " + VERSION);
        }
        return members;
    }
}
