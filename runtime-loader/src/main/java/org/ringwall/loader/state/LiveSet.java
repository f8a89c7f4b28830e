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
import org.ringwall.loader.sys.Fd;

/**
 * A live set of an instance, changed by one command at a time: whoever changes it holds the instance's lock. What is refused
 * changes nothing.
 */
public final class LiveSet {
    /** By the first number of what an entry covers, then by the last one: a map has its entries in no order. */
    private static final Comparator<LiveEntry> ORDER = Comparator.comparing(
                    (LiveEntry entry) -> entry.span().low())
            .thenComparing(entry -> entry.span().high());

    private static final int PORTS = 1 << 16;

    /** A set that has no room for more is counted after each change. */
    private static final int COUNTED = 4096;

    private static final byte[] NONE = {};

    private final Bpf bpf;
    private final ExchangedMap map;
    private final String name;
    private final LiveText text;
    private final Entries entries;
    private final Optional<Spans> within;

    /**
     * A set.
     *
     * @param outer its map of maps, which stays the caller's
     * @param text what the object in force says of it
     */
    public LiveSet(Bpf bpf, Fd outer, String name, LiveText text) {
        this.bpf = bpf;
        this.map = new ExchangedMap(bpf, outer);
        this.name = name;
        this.text = text;
        this.entries = new Entries(text.type());
        this.within = within(text);
    }

    /** The range of a set; v4 addresses are none of a v6 element. An {@link EntryException} where an object says nonsense. */
    private static Optional<Spans> within(LiveText text) {
        Entries entries = new Entries(text.type());
        return text.within()
                .map(elements -> new Spans(elements.stream()
                        .flatMap(element -> entries.element(element).stream())
                        .toList()));
    }

    /** Refuses a text that no compiler writes. */
    public static void check(LiveText text) {
        within(text);
    }

    /**
     * One entry.
     *
     * @param text as policies write it; several ports in a row are one range
     * @param since when it was added, in seconds since 1970; empty for ports
     */
    public record Held(String text, OptionalLong since) {}

    /**
     * What a change did.
     *
     * @param changed how many entries were added or removed, or are in the set after it was replaced
     * @param already entries that were there before they were added
     * @param size how many are there now; empty where counting them would take longer than the change
     */
    public record Change(int changed, List<String> already, OptionalInt size) {
        public Change {
            already = List.copyOf(already);
        }
    }

    /** What the object says of it. */
    public LiveText text() {
        return text;
    }

    /** The entries, addresses and numbers in their order. */
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

    /** How many entries are in it; a port counts as one. */
    public int size() {
        try (Fd inner = map.inner()) {
            return text.type() == LiveType.PORT
                    ? ports(inner).cardinality()
                    : MapEntries.settled(bpf, inner).size();
        }
    }

    /** Adds entries, all of them or none. One alone takes as long in a large set as in a small one. */
    public Change add(Collection<String> words, long now) {
        Map<ByteBuffer, LiveEntry> wanted = parse(words);
        try (Fd inner = map.inner()) {
            if (text.type() == LiveType.PORT) {
                return addPorts(inner, wanted.values());
            }
            return wanted.size() == 1 && isOfSize(inner) ? addOne(inner, wanted, now) : addMany(inner, wanted, now);
        }
    }

    /** Whether the kernel itself refuses what would be one entry too many. */
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
            // A hash that is full is E2BIG, a trie ENOSPC.
            if (e.errno().is(Errno.E2BIG) || e.errno().is(Errno.ENOSPC)) {
                room(text.max() + 1, text.max());
            }
            throw e;
        }
        return new Change(1, List.of(), counted(inner));
    }

    /**
     * Whether a map has this very key. A lookup in a trie finds shorter prefixes too, but a key that is not there is followed by the
     * first one, which follows none that is ({@code trie_get_next_key}). Before Linux 6.13 one that is not there can also be taken
     * for a neighbour of the same length, so what seems to be there is looked for among all.
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

    /** Only where counting takes a bounded time. */
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

    /** Removes entries, all of them or none: each must be there. One alone takes as long in a large set as in a small one. */
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
                cover.isEmpty()
                        ? "see: ringwall live list"
                        : "`" + cover + "` covers it: an entry is removed as it was added, whole");
    }

    /** Puts other entries in the place of all, at one instant for every request. */
    public Change replace(Collection<String> words, long now) {
        Map<ByteBuffer, LiveEntry> wanted = parse(words);
        if (text.type() == LiveType.PORT) {
            BitSet ports = new BitSet(PORTS);
            wanted.values().forEach(entry -> Ports.set(ports, entry.span()));
            room(ports.cardinality(), 0);
            map.rewrite(Ports.words(ports));
            return new Change(ports.cardinality(), List.of(), OptionalInt.of(ports.cardinality()));
        }
        room(wanted.size(), 0);
        Map<ByteBuffer, byte[]> before;
        try (Fd old = map.inner()) {
            before = MapEntries.settled(bpf, old);
        }
        Map<ByteBuffer, byte[]> after = new LinkedHashMap<>();
        wanted.keySet().forEach(key -> after.put(key, before.getOrDefault(key, since(now))));
        map.rewrite(after);
        return new Change(after.size(), List.of(), OptionalInt.of(after.size()));
    }

    /**
     * Copies the entries of an older set of this name into this one, which is not in force yet. Those outside of this one's
     * range are left out.
     *
     * @return what was left out, in order
     */
    public List<String> takeOver(LiveSet old) {
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

    /** Whether all entries that are there may be there. */
    public boolean sound() {
        try (Fd inner = map.inner()) {
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
                    "`" + name + "` has " + count + " entries, and the new version has room for " + text.max(),
                    "remove some first, or give it a larger max, or forget them: --forget " + name);
        }
    }

    /** The entries by their keys, for ports by their first and last; one that is given twice counts once. */
    private Map<ByteBuffer, LiveEntry> parse(Collection<String> words) {
        List<LiveEntry> read = EntryException.each(words, entries::parse);
        List<LiveEntry> outside =
                read.stream().filter(entry -> !allowed(entry.span())).distinct().toList();
        if (!outside.isEmpty()) {
            boolean part = within.isPresent()
                    && outside.size() == 1
                    && within.get().meets(outside.get(0).span());
            throw new EntryException(
                            few(texts(outside)) + (outside.size() > 1 ? " lie" : " lies") + " outside of what `" + name
                                    + "` may hold" + (part ? ", though a part of it does not" : ""),
                            "it may hold what lies within " + few(text.within().orElse(List.of())))
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
                    "`" + name + "` would have " + count + " entries, and has room for " + text.max(),
                    held == 0
                            ? "leave some out, or give it a larger max in the policy"
                            : "it has " + held + "; remove some, or give it a larger max in the policy");
        }
    }

    private static List<String> texts(Collection<LiveEntry> some) {
        return some.stream().map(LiveEntry::text).toList();
    }

    /** The first few of a list that may be long. */
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
