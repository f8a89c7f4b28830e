// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.bpf.state.TableLayout;
import org.ringwall.bpf.state.TableText;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.sys.Fd;

/** A table of an instance. A command that changes it holds the instance's lock. */
public final class OpenTable implements InstanceState.Table {
    private static final int PORT = TableLayout.ENDPOINT.offset("port");
    private static final int FIRST = Long.BYTES / 2;

    private final Bpf bpf;
    private final ExchangedMap map;
    private final String name;
    private final TableText text;
    private final KeyFields fields;
    private final Spans within;
    private final Spans ports;

    /**
     * Wraps the map of a table.
     *
     * @param outer its map of maps, which the caller keeps and closes
     */
    public OpenTable(Bpf bpf, Fd outer, String name, TableText text) {
        this(bpf, new ExchangedMap(bpf, outer), name, text);
    }

    /** Wraps the map of a table. */
    public OpenTable(Bpf bpf, ExchangedMap map, String name, TableText text) {
        this.bpf = bpf;
        this.map = map;
        this.name = name;
        this.text = text;
        this.within = spans(LiveType.NET, text.within());
        this.ports = spans(LiveType.PORT, text.ports());
        try (Fd inner = map.inner()) {
            this.fields = KeyFields.of(bpf, inner, text.key());
        }
    }

    private static Spans spans(LiveType type, List<String> elements) {
        Entries entries = new Entries(type);
        return new Spans(elements.stream()
                .flatMap(element -> entries.element(element).stream())
                .toList());
    }

    /**
     * Rejects a description that no compiler writes.
     *
     * @throws EntryException if it is invalid
     */
    public static void check(TableText text) {
        spans(LiveType.NET, text.within());
        spans(LiveType.PORT, text.ports());
        if (text.max() < 1 || text.choices() < 1 || text.choices() > TableLayout.MOST_CHOICES) {
            throw new EntryException(
                    "a table of " + text.max() + " with " + text.choices() + " choices", "compile the policy again");
        }
    }

    private record Endpoint(byte[] address, int port) {
        @Override
        public String toString() {
            Net net = Net.of(address, Net.ALL);
            return (net.isV4() ? net.toString() : "[" + net + "]") + ":" + port;
        }
    }

    @Override
    public int max() {
        return text.max();
    }

    @Override
    public int choices() {
        return text.choices();
    }

    @Override
    public String otherwise() {
        return text.otherwise();
    }

    @Override
    public List<Row> list() {
        try (Fd inner = map.inner()) {
            List<Row> rows = new ArrayList<>();
            all(inner)
                    .forEach((key, value) -> rows.add(new Row(
                            fields.read(key.array()),
                            endpoints(value).stream().map(Endpoint::toString).toList())));
            rows.sort(java.util.Comparator.comparing(row -> row.key().values().toString()));
            return rows;
        }
    }

    private Map<ByteBuffer, byte[]> all(Fd inner) {
        return MapEntries.settled(bpf, inner);
    }

    private static List<Endpoint> endpoints(byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        int size = TableLayout.ENDPOINT.size();
        long count = Math.min(Integer.toUnsignedLong(bytes.getInt(0)), (value.length - FIRST) / size);
        List<Endpoint> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = FIRST + i * size;
            found.add(new Endpoint(Arrays.copyOfRange(value, at, at + Net.BYTES), bytes.getInt(at + PORT)));
        }
        return found;
    }

    @Override
    public int set(List<List<String>> rows) {
        Map<ByteBuffer, byte[]> wanted = parse(rows);
        try (Fd inner = map.inner()) {
            Map<ByteBuffer, byte[]> before = all(inner);
            long fresh = wanted.keySet().stream()
                    .filter(key -> !before.containsKey(key))
                    .count();
            room(before.size() + fresh);
            if (wanted.size() == 1) {
                wanted.forEach((key, value) -> bpf.mapUpdate(inner, key.array(), value));
            } else {
                Map<ByteBuffer, byte[]> after = new LinkedHashMap<>(before);
                after.putAll(wanted);
                map.rewrite(after);
            }
            return wanted.size() - (int) fresh;
        }
    }

    @Override
    public void remove(List<List<String>> keys) {
        List<byte[]> wanted = Entries.each(keys, fields::key);
        try (Fd inner = map.inner()) {
            Map<ByteBuffer, byte[]> before = all(inner);
            List<String> missing = new ArrayList<>();
            for (int i = 0; i < wanted.size(); i++) {
                if (!before.containsKey(ByteBuffer.wrap(wanted.get(i)))) {
                    missing.add(String.join(" ", keys.get(i)));
                }
            }
            if (!missing.isEmpty()) {
                throw new EntryException(
                        "`" + name + "` has no entry for " + OpenLiveSet.few(missing) + ", so nothing was removed",
                        "see: ringwall table list");
            }
            if (wanted.size() == 1) {
                bpf.mapDelete(inner, wanted.get(0));
            } else {
                Map<ByteBuffer, byte[]> after = new LinkedHashMap<>(before);
                wanted.forEach(key -> after.remove(ByteBuffer.wrap(key)));
                map.rewrite(after);
            }
        }
    }

    @Override
    public int replace(List<List<String>> rows) {
        Map<ByteBuffer, byte[]> wanted = parse(rows);
        room(wanted.size());
        map.rewrite(wanted);
        return wanted.size();
    }

    /**
     * Copies the entries of an older table of this name and layout. Returns those outside of this
     * table's range, which are left out.
     */
    public List<String> takeOver(OpenTable old) {
        List<String> left = new ArrayList<>();
        try (Fd from = old.map.inner();
                Fd to = map.inner()) {
            Map<ByteBuffer, byte[]> kept = new LinkedHashMap<>();
            old.all(from).forEach((key, value) -> {
                List<Endpoint> endpoints = endpoints(value);
                if (endpoints.stream().allMatch(this::allowed)) {
                    kept.put(key, value);
                } else {
                    left.add(fields.read(key.array()).values().stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(" "))
                            + " " + ARROW + " "
                            + endpoints.stream().map(Endpoint::toString).collect(Collectors.joining(" ")));
                }
            });
            if (kept.size() > text.max()) {
                throw new EntryException(
                        "`" + name + "` has " + kept.size() + " entries, but the new version has room for only "
                                + text.max(),
                        "remove some first, or declare a larger max, or discard them: --forget " + name);
            }
            MapEntries.fill(bpf, to, kept);
        }
        left.sort(Comparator.naturalOrder());
        return left;
    }

    /** Returns whether all entries are in the table's range and there are not too many of them. */
    public boolean sound() {
        try (Fd inner = map.inner()) {
            Map<ByteBuffer, byte[]> all = all(inner);
            return all.size() <= text.max()
                    && all.values().stream()
                            .allMatch(value -> endpoints(value).stream().allMatch(this::allowed));
        }
    }

    private boolean allowed(Endpoint endpoint) {
        BigInteger address = new BigInteger(1, endpoint.address());
        return !Net.of(endpoint.address(), Net.ALL).isAny()
                && within.contains(new Span(address, address))
                && ports.contains(
                        Span.of(Integer.toUnsignedLong(endpoint.port()), Integer.toUnsignedLong(endpoint.port())));
    }

    private void room(long count) {
        if (count > text.max()) {
            throw new EntryException(
                    "`" + name + "` would have " + count + " entries, but has room for only " + text.max(),
                    "remove some, or declare a larger max in the policy");
        }
    }

    private Map<ByteBuffer, byte[]> parse(List<List<String>> rows) {
        Map<ByteBuffer, byte[]> parsed = new LinkedHashMap<>();
        Entries.each(rows, row -> parse(row, parsed));
        return parsed;
    }

    /** Adds the row, and returns its value. */
    private byte[] parse(List<String> row, Map<ByteBuffer, byte[]> parsed) {
        int arrow = row.indexOf(ARROW);
        if (arrow < 0 || arrow == row.size() - 1) {
            throw new EntryException(
                    "`" + Net.shown(String.join(" ", row)) + "` has no destination",
                    "write " + String.join(" ", fields.names()) + " " + ARROW + " ADDRESS:PORT");
        }
        byte[] value = value(row.subList(arrow + 1, row.size()));
        if (parsed.put(ByteBuffer.wrap(fields.key(row.subList(0, arrow))), value) != null) {
            throw new EntryException(
                    "the key `" + Net.shown(String.join(" ", row.subList(0, arrow))) + "` is given twice",
                    "write one line for the key, with all its destinations");
        }
        return value;
    }

    private byte[] value(List<String> destinations) {
        if (destinations.size() > text.choices()) {
            throw new EntryException(
                    destinations.size() + " destinations for one key, but `" + name + "` allows at most "
                            + text.choices(),
                    "remove some, or declare more choices in the policy");
        }
        int size = TableLayout.ENDPOINT.size();
        ByteBuffer value = ByteBuffer.allocate(FIRST + text.choices() * size).order(ByteOrder.nativeOrder());
        value.putInt(0, destinations.size());
        for (int i = 0; i < destinations.size(); i++) {
            Endpoint endpoint = endpoint(destinations.get(i));
            value.put(FIRST + i * size, endpoint.address());
            value.putInt(FIRST + i * size + PORT, endpoint.port());
        }
        return value.array();
    }

    private Endpoint endpoint(String word) {
        int colon = word.lastIndexOf(':');
        String help = "write a destination as `10.0.0.1:8080` or `[2001:db8::1]:8080`";
        if (colon < 1) {
            throw new EntryException("`" + Net.shown(word) + "` is not a destination", help);
        }
        String address = word.substring(0, colon);
        boolean brackets = address.startsWith("[") && address.endsWith("]");
        if (!brackets && address.indexOf(':') >= 0) {
            throw new EntryException("`" + Net.shown(word) + "` is not a destination", help);
        }
        Net net = Net.parse(brackets ? address.substring(1, address.length() - 1) : address);
        int port = (int) Entries.value(word.substring(colon + 1), 0xffff, "a port");
        Endpoint endpoint = new Endpoint(net.address(), port);
        if (net.isAny()) {
            throw new EntryException(
                    "`" + net + "` is not a destination: the kernel sends to another address instead",
                    "write `" + (net.isV4() ? "127.0.0.1" : "::1") + "` for this host");
        }
        if (net.length() != Net.ALL || net.isV4() != text.family().equals("v4") || !allowed(endpoint)) {
            throw new EntryException(
                    "`" + endpoint + "` is outside the destinations of `" + name + "`",
                    "write an address within " + OpenLiveSet.few(text.within()) + ", and a port within "
                            + OpenLiveSet.few(text.ports()));
        }
        return endpoint;
    }
}
