// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.JsonException.Reason;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * A reader of JSON (RFC 8259) of untrusted origin. It rejects two members of the same name, and
 * what exceeds its limits before it has read it. It keeps nothing of what it has read.
 */
public final class JsonReader {
    /** The nesting depth of {@link #ofSize}. Container runtimes write about ten. */
    private static final int USUAL_DEPTH = 64;

    /** The maximum length of a number in characters; conversion takes quadratic time. */
    private static final int USUAL_NUMBER = 1_000;

    /** The length of the largest integer of 64 bits. */
    private static final int PLAIN_NUMBER = 20;

    private final int textLength;
    private final int depth;
    private final int values;
    private final int scalarLength;
    private final boolean plain;
    private final JsonFactory factory;

    private JsonReader(int textLength, int depth, int values, int scalarLength, boolean plain) {
        this.textLength = textLength;
        this.depth = depth;
        this.values = values;
        this.scalarLength = scalarLength;
        this.plain = plain;
        this.factory = JsonFactory.builder()
                // A table of names that all texts share would let each of them slow down others.
                .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
                .streamReadConstraints(StreamReadConstraints.builder()
                        // Depth and numbers are checked here first, for the messages.
                        .maxNestingDepth(depth + 1)
                        .maxStringLength(scalarLength)
                        .maxNameLength(scalarLength)
                        .maxNumberLength(scalarLength)
                        .build())
                .build();
    }

    /**
     * Creates a reader of any JSON of a maximum length in UTF-16 code units. Numbers may have 1,000
     * characters, and values may be nested 64 levels deep.
     */
    public static JsonReader ofSize(int textLength) {
        return new JsonReader(textLength, USUAL_DEPTH, textLength, textLength, false);
    }

    /**
     * Creates a reader of texts of our own formats, which have neither null, fractions, exponents
     * nor integers of more than 20 characters.
     *
     * @param depth the maximum nesting depth of objects and lists; the outermost one has 1
     * @param values the maximum number of values; objects and lists count too
     * @param scalarLength the maximum length of a string or a name in UTF-16 code units, without
     *     escapes
     */
    public static JsonReader plain(int depth, int values, int scalarLength) {
        return new JsonReader(Integer.MAX_VALUE, depth, values, scalarLength, true);
    }

    /**
     * Reads one value, which white space may surround.
     *
     * @return {@code Map} in the order of the text, {@code List}, {@code String}, {@code
     *     BigInteger}, {@code Double} for a number with a fraction or an exponent, {@code Boolean},
     *     or null
     * @throws JsonException if the text is not JSON, or exceeds a limit
     */
    public @Nullable Object read(String text) throws JsonException {
        if (text.length() > textLength) {
            throw new JsonException(Reason.TEXT_LENGTH, "has more than " + textLength + " characters", textLength + 1L);
        }
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
            return new Run(parser).whole();
        } catch (StreamConstraintsException e) {
            throw new JsonException(
                    Reason.SCALAR_LENGTH,
                    "has a string or number of more than " + scalarLength + " characters",
                    position(e.getLocation()));
        } catch (JacksonException e) {
            throw notJson(position(e.getLocation()));
        }
    }

    private static long position(@Nullable TokenStreamLocation location) {
        return location == null ? 1 : Math.max(0, location.getCharOffset()) + 1;
    }

    private static JsonException notJson(long position) {
        return new JsonException(Reason.SYNTAX, "is not JSON", position);
    }

    /** The reading of one text. */
    private final class Run {
        private final JsonParser parser;
        private int open;
        private int seen;

        Run(JsonParser parser) {
            this.parser = parser;
        }

        private long position() {
            return JsonReader.position(parser.currentTokenLocation());
        }

        @Nullable
        Object whole() throws JsonException {
            Object value = value(parser.nextToken());
            if (parser.nextToken() != null) {
                throw notJson(position());
            }
            return value;
        }

        /** Reads the value that begins with a token, which is null at the end of the text. */
        private @Nullable Object value(@Nullable JsonToken token) throws JsonException {
            if (token == null) {
                throw notJson(position());
            }
            seen++;
            if (seen > values) {
                throw new JsonException(Reason.VALUES, "has more than " + values + " values", position());
            }
            return switch (token) {
                case START_OBJECT -> object();
                case START_ARRAY -> list();
                case VALUE_STRING -> parser.getString();
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(token);
                case VALUE_TRUE -> Boolean.TRUE;
                case VALUE_FALSE -> Boolean.FALSE;
                case VALUE_NULL -> {
                    if (plain) {
                        throw notPlain();
                    }
                    yield null;
                }
                default -> throw notJson(position());
            };
        }

        private Number number(JsonToken token) throws JsonException {
            boolean integer = token == JsonToken.VALUE_NUMBER_INT;
            if (plain && (!integer || parser.getStringLength() > PLAIN_NUMBER)) {
                throw notPlain();
            }
            if (parser.getStringLength() > USUAL_NUMBER) {
                throw new JsonException(
                        Reason.VALUE, "has a number of more than " + USUAL_NUMBER + " characters", position());
            }
            return integer ? parser.getBigIntegerValue() : Double.valueOf(parser.getDoubleValue());
        }

        private JsonException notPlain() {
            return new JsonException(
                    Reason.VALUE, "has a word that is not a string, an integer, true or false", position());
        }

        private void enter() throws JsonException {
            open++;
            if (open > depth) {
                throw new JsonException(Reason.DEPTH, "has values nested deeper than " + depth + " levels", position());
            }
        }

        private Map<String, @Nullable Object> object() throws JsonException {
            enter();
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                if (members.containsKey(name)) {
                    throw new JsonException(Reason.SYNTAX, "has two members of the same name", position());
                }
                members.put(name, value(parser.nextToken()));
            }
            open--;
            return members;
        }

        private List<@Nullable Object> list() throws JsonException {
            enter();
            List<@Nullable Object> values = new ArrayList<>();
            for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                values.add(value(next));
            }
            open--;
            return values;
        }
    }
}
