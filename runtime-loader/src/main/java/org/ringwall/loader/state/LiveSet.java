package org.ringwall.loader.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
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
     */
    public record Change(int changed, List<String> already) {
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
        MapEntries.all(bpf, inner, LiveType.ENTRY.size())
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
                    : held(inner).size();
        }
    }

    /** Adds entries, all of them or none. */
    public Change add(Collection<String> words, long now) {
        List<LiveEntry> wanted = parse(words);
        try (Fd inner = map.inner()) {
            return text.type() == LiveType.PORT ? addPorts(inner, wanted) : add(inner, wanted, now);
        }
    }

    private Change add(Fd inner, List<LiveEntry> wanted, long now) {
        Map<LiveEntry, Long> held = held(inner);
        List<LiveEntry> fresh =
                wanted.stream().filter(entry -> !held.containsKey(entry)).toList();
        room(held.size() + fresh.size(), held.size());
        List<byte[]> done = new ArrayList<>();
        try {
            for (LiveEntry entry : fresh) {
                byte[] key = entries.key(entry);
                bpf.mapUpdate(inner, key, since(now));
                done.add(key);
            }
        } catch (KernelRefusedException e) {
            done.forEach(key -> bpf.mapDelete(inner, key));
            throw e;
        }
        return new Change(
                fresh.size(), texts(wanted.stream().filter(held::containsKey).toList()));
    }

    private Change addPorts(Fd inner, List<LiveEntry> wanted) {
        BitSet held = ports(inner);
        BitSet after = (BitSet) held.clone();
        wanted.forEach(entry -> Ports.set(after, entry.span()));
        room(after.cardinality(), held.cardinality());
        Ports.write(bpf, inner, held, after);
        List<LiveEntry> already = wanted.stream()
                .filter(entry -> Ports.hasAll(held, entry.span()))
                .toList();
        return new Change(after.cardinality() - held.cardinality(), texts(already));
    }

    /** Removes entries, all of them or none: each must be there. */
    public Change remove(Collection<String> words) {
        List<LiveEntry> wanted = parse(words);
        try (Fd inner = map.inner()) {
            return text.type() == LiveType.PORT ? removePorts(inner, wanted) : remove(inner, wanted);
        }
    }

    private Change remove(Fd inner, List<LiveEntry> wanted) {
        Map<LiveEntry, Long> held = held(inner);
        List<LiveEntry> missing =
                wanted.stream().filter(entry -> !held.containsKey(entry)).toList();
        if (!missing.isEmpty()) {
            String cover = held.keySet().stream()
                    .filter(entry ->
                            missing.stream().anyMatch(each -> entry.span().contains(each.span())))
                    .map(LiveEntry::text)
                    .limit(3)
                    .collect(Collectors.joining("`, `"));
            throw absent(missing, cover);
        }
        List<LiveEntry> done = new ArrayList<>();
        try {
            for (LiveEntry entry : wanted) {
                bpf.mapDelete(inner, entries.key(entry));
                done.add(entry);
            }
        } catch (KernelRefusedException e) {
            done.forEach(entry -> bpf.mapUpdate(inner, entries.key(entry), since(held.getOrDefault(entry, 0L))));
            throw e;
        }
        return new Change(wanted.size(), List.of());
    }

    private Change removePorts(Fd inner, List<LiveEntry> wanted) {
        BitSet held = ports(inner);
        List<LiveEntry> missing = wanted.stream()
                .filter(entry -> !Ports.hasAll(held, entry.span()))
                .toList();
        if (!missing.isEmpty()) {
            throw absent(missing, "");
        }
        BitSet after = (BitSet) held.clone();
        wanted.forEach(entry -> Ports.clear(after, entry.span()));
        Ports.write(bpf, inner, held, after);
        return new Change(held.cardinality() - after.cardinality(), List.of());
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
        List<LiveEntry> wanted = parse(words);
        BitSet wantedPorts = new BitSet(PORTS);
        if (text.type() == LiveType.PORT) {
            wanted.forEach(entry -> Ports.set(wantedPorts, entry.span()));
        }
        int count = text.type() == LiveType.PORT ? wantedPorts.cardinality() : wanted.size();
        room(count, 0);
        Map<LiveEntry, Long> before = Map.of();
        try (Fd old = map.inner()) {
            before = text.type() == LiveType.PORT ? before : held(old);
        }
        try (Fd fresh = map.another()) {
            Ports.write(bpf, fresh, new BitSet(PORTS), wantedPorts);
            if (text.type() != LiveType.PORT) {
                for (LiveEntry entry : wanted) {
                    bpf.mapUpdate(fresh, entries.key(entry), since(before.getOrDefault(entry, now)));
                }
            }
            map.exchange(fresh);
        }
        return new Change(count, List.of());
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
                Ports.write(bpf, to, new BitSet(PORTS), kept);
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
            kept.forEach(entry -> bpf.mapUpdate(to, entries.key(entry), since(held.getOrDefault(entry, 0L))));
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

    private List<LiveEntry> parse(Collection<String> words) {
        List<LiveEntry> read = EntryException.each(words, entries::parse);
        List<LiveEntry> parsed = read.stream().distinct().toList();
        List<LiveEntry> outside =
                parsed.stream().filter(entry -> !allowed(entry.span())).toList();
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
        return parsed;
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

    private static List<String> texts(List<LiveEntry> some) {
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
