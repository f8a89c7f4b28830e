// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ringwall.bpf.json.Json;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * A parser of JSON in the canonical form that {@link Json} writes: objects, arrays, strings,
 * integers and booleans, without white space. It uses a YAML 1.2 parser, since JSON is a subset of
 * YAML and that parser does not recurse. {@link JsonForm} rejects what only YAML has. After
 * parsing, the tree is written again: a text that differs, for example by a duplicate member or
 * another escape, is rejected.
 */
public final class JsonTree {
    /** The default limit of values, for texts of untrusted origin. */
    private static final int MAX_VALUES = 100_000;

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,19})");

    private final Deque<Object> open = new ArrayDeque<>();
    private final Deque<Optional<String>> names = new ArrayDeque<>();
    private @Nullable Object root;
    private final int maxValues;
    private int values;

    private JsonTree(int maxValues) {
        this.maxValues = maxValues;
    }

    /** Parses a text of at maxValues 100,000 values. */
    public static Map<String, Object> parse(String text) throws BundleException {
        return parse(text, MAX_VALUES);
    }

    /**
     * Parses a text.
     *
     * @param maxValues the maximum number of values; objects and arrays count too
     * @return the members: {@code Map}, {@code List}, {@code String}, {@code BigInteger} or {@code
     *     Boolean}
     * @throws BundleException if the text is not canonical JSON or has more values
     */
    public static Map<String, Object> parse(String text, int maxValues) throws BundleException {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(Math.max(1, text.length()))
                .build();
        JsonForm.check(text);
        JsonTree tree = new JsonTree(maxValues);
        try {
            ParserImpl parser = new ParserImpl(settings, new StreamReader(settings, text));
            while (parser.hasNext()) {
                tree.add(parser.next());
            }
        } catch (YamlEngineException e) {
            throw new BundleException("its manifest is not JSON");
        }
        if (!(tree.root instanceof Map<?, ?> map) || !(Json.of(map) + "\n").equals(text)) {
            throw new BundleException(JsonForm.NOT_CANONICAL);
        }
        Map<String, Object> members = new LinkedHashMap<>();
        map.forEach((name, value) -> members.put(name.toString(), value));
        return members;
    }

    private void add(Event event) throws BundleException {
        switch (event.getEventId()) {
            case MappingStart -> open(event, new LinkedHashMap<String, Object>());
            case SequenceStart -> open(event, new ArrayList<>());
            case MappingEnd, SequenceEnd -> {
                open.pop();
                names.pop();
            }
            case Scalar -> scalar((ScalarEvent) event);
            default -> {
                // Starts and ends of the stream and the document.
            }
        }
    }

    private void open(Event event, Object container) throws BundleException {
        value(event, container);
        open.push(container);
        names.push(Optional.empty());
    }

    private void scalar(ScalarEvent event) throws BundleException {
        boolean text = event.getScalarStyle() == ScalarStyle.DOUBLE_QUOTED;
        if (open.peek() instanceof Map<?, ?> && names.peek().isEmpty()) {
            if (!text) {
                throw at(event, "a name without quotes");
            }
            names.pop();
            names.push(Optional.of(event.getValue()));
            return;
        }
        value(event, text ? event.getValue() : plain(event));
    }

    private static Object plain(ScalarEvent event) throws BundleException {
        String text = event.getValue();
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        if (!NUMBER.matcher(text).matches()) {
            throw at(event, "a word that is not a string, an integer, true or false");
        }
        return new BigInteger(text);
    }

    @SuppressWarnings("unchecked")
    private void value(Event event, Object value) throws BundleException {
        values++;
        if (values > maxValues) {
            throw at(event, "more than " + maxValues + " values");
        }
        Object parent = open.peek();
        if (parent instanceof Map<?, ?> map) {
            String name = names.pop().orElseThrow(() -> at(event, "a name that is not a string"));
            names.push(Optional.empty());
            ((Map<String, Object>) map).put(name, value);
        } else if (parent instanceof List<?> list) {
            ((List<Object>) list).add(value);
        } else if (root == null) {
            root = value;
        } else {
            throw at(event, "a second document");
        }
    }

    private static BundleException at(Event event, String what) {
        int character = event.getStartMark().map(mark -> mark.getIndex() + 1).orElse(1);
        return new BundleException("its manifest has " + what + ", at character " + character);
    }
}
