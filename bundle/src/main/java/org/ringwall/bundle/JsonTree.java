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
 * A reader of JSON as {@link Json} writes it: of maps, lists, strings, whole numbers and booleans.
 * JSON is YAML 1.2, whose parser works without recursion. What only YAML has is refused before, and
 * after it every text that differs from what its own content is written as, such as one with a
 * member that occurs twice or another escape.
 */
public final class JsonTree {
    /** The largest number of values and names. */
    private static final int MOST_VALUES = 100_000;

    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,19})");

    private final Deque<Object> open = new ArrayDeque<>();
    private final Deque<Optional<String>> names = new ArrayDeque<>();
    private @Nullable Object root;
    private final int most;
    private int values;

    private JsonTree(int most) {
        this.most = most;
    }

    /**
     * Parses a text.
     *
     * @return a map whose values are of the types that {@link Json} writes
     * @throws BundleException if it is not such a text
     */
    public static Map<String, Object> parse(String text) throws BundleException {
        return parse(text, MOST_VALUES);
    }

    /**
     * Parses a text with another limit.
     *
     * @param most the largest number of values and names
     * @return a map whose values are of the types that {@link Json} writes
     * @throws BundleException if it is not such a text
     */
    public static Map<String, Object> parse(String text, int most) throws BundleException {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(Math.max(1, text.length()))
                .build();
        JsonForm.check(text);
        JsonTree tree = new JsonTree(most);
        try {
            ParserImpl parser = new ParserImpl(settings, new StreamReader(settings, text));
            while (parser.hasNext()) {
                tree.add(parser.next());
            }
        } catch (YamlEngineException e) {
            throw new BundleException("its manifest is not JSON");
        }
        if (!(tree.root instanceof Map<?, ?> map) || !(Json.of(map) + "\n").equals(text)) {
            throw new BundleException(JsonForm.WRONG);
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
                // The bounds of the text have no content.
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
            throw at(event, "a word that is no text, number, true or false");
        }
        return new BigInteger(text);
    }

    @SuppressWarnings("unchecked")
    private void value(Event event, Object value) throws BundleException {
        values++;
        if (values > most) {
            throw at(event, "more than " + most + " values");
        }
        Object parent = open.peek();
        if (parent instanceof Map<?, ?> map) {
            String name = names.pop().orElseThrow(() -> at(event, "a name that is no text"));
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
