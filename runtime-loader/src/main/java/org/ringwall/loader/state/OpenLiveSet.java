// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.state.LiveText;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.model.EntryException;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.sys.Fd;

/**
 * A live set of an instance. A command that changes it holds the instance's lock. A failed change
 * has no effect.
 */
public final class OpenLiveSet implements InstanceState.LiveSet {
    /**
     * Sorts by the first, then by the last number that an entry covers; a map has its entries in no
     * order.
     */
    private static final Comparator<LiveEntry> ORDER = Comparator.comparing(
                    (LiveEntry entry) -> entry.span().low())
            .thenComparing(entry -> entry.span().high());

    private static final int PORTS = 1 << 16;

    /** A set with at most this maximum is counted after each change. */
    private static final int COUNTED = 4096;

    private static final byte[] NONE = {};

    private final Bpf bpf;
    private final ExchangedMap map;
    private final String name;
    private final LiveText text;
    private final Entries entries;
    private final Optional<Spans> within;

    /**
     * Wraps the map of a live set.
     *
     * @param outer its map of maps, which the caller keeps and closes
     */
    public OpenLiveSet(Bpf bpf, Fd outer, String name, LiveText text) {
        this(bpf, new ExchangedMap(bpf, outer), name, text);
    }

    /** Wraps the map of a live set. */
    public OpenLiveSet(Bpf bpf, ExchangedMap map, String name, LiveText text) {
        this.bpf = bpf;
        this.map = map;
        this.name = name;
        this.text = text;
        this.entries = new Entries(text.type());
        this.within = within(text);
    }

    /**
     * Returns the range of a set, without the IPv4-mapped range for IPv6 elements.
     *
     * @throws EntryException if the description is invalid
     */
    private static Optional<Spans> within(LiveText text) {
        Entries entries = new Entries(text.type());
        return text.within()
                .map(elements -> new Spans(elements.stream()
                        .flatMap(element -> entries.element(element).stream())
                        .toList()));
    }

    /**
     * Rejects a description that no compiler writes.
     *
     * @throws EntryException if it is invalid
     */
    public static void check(LiveText text) {
        within(text);
    }

    @Override
    public String type() {
        return text.type().word();
    }

    @Override
    public int max() {
        return text.max();
    }

    @Override
    public List<Held> list() {
        try (Fd inner = map.inner()) {
            return list(inner);
        }
    }

    private List<Held> list(Fd inner) {
        if (text.type() == LiveType.PORT) {
            return Ports.spans(ports(inner)).stream()
                    .map(span -> new Held(Entries.ports(span).text(), OptionalLong.empty()))
                    .toList();
        }
        return held(inner).entrySet().stream()
                .sorted(Map.Entry.comparingByKey(ORDER))
                .map(entry -> new Held(entry.getKey().text(), OptionalLong.of(entry.getValue())))
                .toList();
    }

    private Map<LiveEntry, Long> held(Fd inner) {
        Map<LiveEntry, Long> held = new LinkedHashMap<>();
        MapEntries.settled(bpf, inner)
                .forEach((key, value) -> held.put(
                        entries.entry(key.array()),
                        ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong()));
        return held;
    }

    private BitSet ports(Fd inner) {
        return Ports.read(bpf, inner);
    }

    @Override
    public int size() {
        try (Fd inner = map.inner()) {
            return text.type() == LiveType.PORT
                    ? ports(inner).cardinality()
                    : MapEntries.settled(bpf, inner).size();
        }
    }

    @Override
    public Change add(Collection<String> words, long now) {
        Map<ByteBuffer, LiveEntry> wanted = parse(words);
        try (Fd inner = map.inner()) {
            if (text.type() == LiveType.PORT) {
                return addPorts(inner, wanted.values());
            }
            return wanted.size() == 1 && isOfSize(inner) ? addOne(inner, wanted, now) : addMany(inner, wanted, now);
        }
    }

    /** Returns whether the kernel itself rejects one entry too many. */
    private boolean isOfSize(Fd inner) {
        return bpf.mapInfo(inner).maxEntries() == text.max();
    }

    private Change addOne(Fd inner, Map<ByteBuffer, LiveEntry> wanted, long now) {
        byte[] key = wanted.keySet().iterator().next().array();
        if (holds(inner, key)) {
            return new Change(0, texts(wanted.values()), counted(inner));
        }
        try {
            bpf.mapUpdate(inner, key, since(now));
        } catch (KernelRefusedException e) {
            // A full hash fails with E2BIG, a full trie with ENOSPC.
            if (e.errno().is(Errno.E2BIG) || e.errno().is(Errno.ENOSPC)) {
                room(text.max() + 1, text.max());
            }
            throw e;
        }
        return new Change(1, List.of(), counted(inner));
    }

    /**
     * Returns whether a map has exactly this key.
     *
     * <p>A lookup in a trie also finds shorter prefixes. The walk helps: the successor of an absent
     * key is the first key, which is no other key's successor ({@code trie_get_next_key}). Before
     * Linux 6.13 an absent key can be mistaken for a neighbour of the same length, so a key that
     * seems present is searched among all keys.
     */
    private boolean holds(Fd inner, byte[] key) {
        if (!text.type().hasPrefixes()) {
            return bpf.mapLookup(inner, key, LiveType.ENTRY.size()).isPresent();
        }
        Optional<byte[]> first = bpf.mapNextKey(inner, Optional.empty(), key.length);
        if (first.isEmpty()) {
            return false;
        }
        Optional<byte[]> next = bpf.mapNextKey(inner, Optional.of(key), key.length);
        boolean restarts = next.isPresent() && Arrays.equals(next.get(), first.get());
        return !restarts && MapEntries.settled(bpf, inner).containsKey(ByteBuffer.wrap(key));
    }

    /** Returns the number of entries if counting them takes a bounded time. */
    private OptionalInt counted(Fd inner) {
        return text.max() <= COUNTED
                ? OptionalInt.of(MapEntries.settled(bpf, inner).size())
                : OptionalInt.empty();
    }

    private Change addMany(Fd inner, Map<ByteBuffer, LiveEntry> wanted, long now) {
        Map<ByteBuffer, byte[]> held = MapEntries.settled(bpf, inner);
        Map<ByteBuffer, byte[]> after = new LinkedHashMap<>(held);
        List<LiveEntry> already = new ArrayList<>();
        wanted.forEach((key, entry) -> {
            if (after.putIfAbsent(key, since(now)) != null) {
                already.add(entry);
            }
        });
        room(after.size(), held.size());
        if (after.size() > held.size()) {
            map.rewrite(after);
        }
        return new Change(after.size() - held.size(), texts(already), OptionalInt.of(after.size()));
    }

    private Change addPorts(Fd inner, Collection<LiveEntry> wanted) {
        BitSet held = ports(inner);
        BitSet after = (BitSet) held.clone();
        wanted.forEach(entry -> Ports.set(after, entry.span()));
        room(after.cardinality(), held.cardinality());
        Ports.change(bpf, map, inner, held, after);
        List<LiveEntry> already = wanted.stream()
                .filter(entry -> Ports.hasAll(held, entry.span()))
                .toList();
        int count = after.cardinality();
        return new Change(count - held.cardinality(), texts(already), OptionalInt.of(count));
    }

    @Override
    public Change remove(Collection<String> words) {
        Map<ByteBuffer, LiveEntry> wanted = parse(words);
        try (Fd inner = map.inner()) {
            if (text.type() == LiveType.PORT) {
                return removePorts(inner, wanted.values());
            }
            byte[] only = wanted.size() == 1 ? wanted.keySet().iterator().next().array() : NONE;
            if (only.length > 0 && bpf.mapDelete(inner, only)) {
                return new Change(1, List.of(), counted(inner));
            }
            return removeMany(inner, wanted);
        }
    }

    private Change removeMany(Fd inner, Map<ByteBuffer, LiveEntry> wanted) {
        Map<ByteBuffer, byte[]> after = new LinkedHashMap<>(MapEntries.settled(bpf, inner));
        List<LiveEntry> missing = new ArrayList<>();
        wanted.forEach((key, entry) -> {
            if (!after.containsKey(key)) {
                missing.add(entry);
            }
        });
        if (!missing.isEmpty()) {
            String cover = after.keySet().stream()
                    .map(key -> entries.entry(key.array()))
                    .filter(entry ->
                            missing.stream().anyMatch(each -> entry.span().contains(each.span())))
                    .map(LiveEntry::text)
                    .limit(3)
                    .collect(Collectors.joining("`, `"));
            throw absent(missing, cover);
        }
        after.keySet().removeAll(wanted.keySet());
        map.rewrite(after);
        return new Change(wanted.size(), List.of(), OptionalInt.of(after.size()));
    }

    private Change removePorts(Fd inner, Collection<LiveEntry> wanted) {
        BitSet held = ports(inner);
        List<LiveEntry> missing = wanted.stream()
                .filter(entry -> !Ports.hasAll(held, entry.span()))
                .toList();
        if (!missing.isEmpty()) {
            throw absent(missing, "");
        }
        BitSet after = (BitSet) held.clone();
        wanted.forEach(entry -> Ports.clear(after, entry.span()));
        Ports.change(bpf, map, inner, held, after);
        int count = after.cardinality();
        return new Change(held.cardinality() - count, List.of(), OptionalInt.of(count));
    }

    private EntryException absent(List<LiveEntry> missing, String cover) {
        boolean many = missing.size() > 1;
        return new EntryException(
                few(texts(missing)) + (many ? " are" : " is") + " not in `" + name + "`, so nothing was removed",
                cover.isEmpty() ? "see: ringwall live list" : "`" + cover + "` covers it: remove that whole entry");
    }

    @Override
    public Change replace(Collection<String> words, long now) {
        if (text.type() == LiveType.PORT) {
            BitSet ports = new BitSet(PORTS);
            parse(words).values().forEach(entry -> Ports.set(ports, entry.span()));
            room(ports.cardinality(), 0);
            map.rewrite(Ports.words(ports));
            return new Change(ports.cardinality(), List.of(), OptionalInt.of(ports.cardinality()));
        }
        KeyTable wanted;
        try (Fd old = map.inner()) {
            wanted = new KeyTable(bpf.mapInfo(old).keySize(), words.size());
            parse(words, since(now), wanted);
            room(wanted.size(), 0);
            wanted.takeValues(bpf, old);
        }
        map.rewrite(fresh -> wanted.fill(bpf, fresh));
        return new Change(wanted.size(), List.of(), OptionalInt.of(wanted.size()));
    }

    /** Parses entries, and adds their keys with a value. No entry is kept as an object. */
    private void parse(Collection<String> words, byte[] value, KeyTable keys) {
        int place = 0;
        for (String word : words) {
            try {
                LiveEntry entry = entries.parse(word);
                if (!allowed(entry.span())) {
                    // Fails with all entries that are wrong.
                    parse(words);
                }
                keys.add(entries.key(entry), value);
            } catch (EntryException e) {
                throw e.place().isPresent() ? e : e.at(place);
            }
            place++;
        }
    }

    /**
     * Copies the entries of an older set of this name into this one, which is not in force yet.
     * Entries outside of this one's range are left out.
     *
     * @return the entries left out, in order
     */
    public List<String> takeOver(OpenLiveSet old) {
        List<String> left = new ArrayList<>();
        try (Fd from = old.map.inner();
                Fd to = map.inner()) {
            if (text.type() == LiveType.PORT) {
                BitSet ports = ports(from);
                BitSet kept = (BitSet) ports.clone();
                ports.stream().filter(port -> !allowed(Span.of(port, port))).forEach(kept::clear);
                BitSet lost = (BitSet) ports.clone();
                lost.andNot(kept);
                Ports.spans(lost).forEach(span -> left.add(Entries.ports(span).text()));
                fits(kept.cardinality());
                MapEntries.fill(bpf, to, Ports.words(kept));
                return left;
            }
            Map<LiveEntry, Long> held = old.held(from);
            List<LiveEntry> kept = held.keySet().stream()
                    .filter(entry -> allowed(entry.span()))
                    .toList();
            held.keySet().stream()
                    .filter(entry -> !allowed(entry.span()))
                    .sorted(ORDER)
                    .forEach(entry -> left.add(entry.text()));
            fits(kept.size());
            Map<ByteBuffer, byte[]> content = new LinkedHashMap<>();
            kept.forEach(
                    entry -> content.put(ByteBuffer.wrap(entries.key(entry)), since(held.getOrDefault(entry, 0L))));
            MapEntries.fill(bpf, to, content);
            return left;
        }
    }

    /**
     * Returns whether all entries are in the set's range and there are not too many of them. Reads
     * no entry of a set without a range, since the kernel itself limits their number. Ports are
     * bits of a map of a fixed size.
     */
    public boolean sound() {
        try (Fd inner = map.inner()) {
            if (text.type() != LiveType.PORT && within.isEmpty() && isOfSize(inner)) {
                return true;
            }
            if (text.type() == LiveType.PORT) {
                BitSet ports = ports(inner);
                return ports.cardinality() <= text.max()
                        && ports.stream().allMatch(port -> allowed(Span.of(port, port)));
            }
            Map<LiveEntry, Long> held = held(inner);
            return held.size() <= text.max() && held.keySet().stream().allMatch(entry -> allowed(entry.span()));
        }
    }

    private boolean allowed(Span span) {
        return within.isEmpty() || within.get().contains(span);
    }

    private void fits(int count) {
        if (count > text.max()) {
            throw new EntryException(
                    "`" + name + "` has " + count + " entries, but the new version has room for only " + text.max(),
                    "remove some first, or declare a larger max, or discard them: --forget " + name);
        }
    }

    /**
     * Parses entries and returns them by key, for ports by their first and last. An entry that is
     * given twice counts once.
     */
    private Map<ByteBuffer, LiveEntry> parse(Collection<String> words) {
        List<LiveEntry> read = Entries.each(words, entries::parse);
        List<LiveEntry> outside =
                read.stream().filter(entry -> !allowed(entry.span())).distinct().toList();
        if (!outside.isEmpty()) {
            boolean part = within.isPresent()
                    && outside.size() == 1
                    && within.get().meets(outside.get(0).span());
            throw new EntryException(
                            few(texts(outside)) + (outside.size() > 1 ? " are" : " is") + " outside the ranges of `"
                                    + name + "`" + (part ? ", but a part of it is inside" : ""),
                            "write entries within " + few(text.within().orElse(List.of())))
                    .at(read.indexOf(outside.get(0)));
        }
        Map<ByteBuffer, LiveEntry> parsed = new LinkedHashMap<>();
        read.forEach(entry -> parsed.putIfAbsent(ByteBuffer.wrap(key(entry)), entry));
        return parsed;
    }

    private byte[] key(LiveEntry entry) {
        return text.type() == LiveType.PORT ? Ports.key(entry.span()) : entries.key(entry);
    }

    private void room(int count, int held) {
        if (count > text.max()) {
            throw new EntryException(
                    "`" + name + "` would have " + count + " entries, but has room for only " + text.max(),
                    held == 0
                            ? "remove some, or declare a larger max in the policy"
                            : "it has " + held + "; remove some, or declare a larger max in the policy");
        }
    }

    private static List<String> texts(Collection<LiveEntry> some) {
        return some.stream().map(LiveEntry::text).toList();
    }

    /** Returns the first few of a list that may be long. */
    static String few(List<String> words) {
        String first = words.stream().limit(5).collect(Collectors.joining("`, `", "`", "`"));
        return words.size() > 5 ? first + " and " + (words.size() - 5) + " more" : first;
    }

    private static byte[] since(long seconds) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(seconds)
                .array();
    }
}
