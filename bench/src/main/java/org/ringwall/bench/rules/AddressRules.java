// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;

/**
 * Denied remote addresses, with all others allowed. The prefixes of a list are sorted and do not
 * overlap.
 */
public final class AddressRules implements RuleList {
    /** Prefix lengths distributed approximately as in real block lists. */
    private static final int[] LENGTHS_4 = {16, 18, 19, 20, 21, 22, 22, 23, 24, 24, 24, 24, 24, 24};

    /**
     * The size above which prefixes of these lengths would not all fit and leave addresses for
     * misses.
     */
    private static final int MANY = 100_000;

    /** The lengths plus four bits. A million such prefixes cover about an eighth of the space. */
    private static final int[] LENGTHS_4_OF_MANY =
            Arrays.stream(LENGTHS_4).map(length -> length + 4).toArray();

    private static final int[] LENGTHS_6 = {29, 32, 32, 36, 40, 44, 48, 48, 48, 56, 64};

    private final boolean six;
    private final List<Prefix> prefixes;
    private final Map<Integer, Set<Address>> byLength = new HashMap<>();

    private AddressRules(boolean six, List<Prefix> prefixes) {
        this.six = six;
        this.prefixes = List.copyOf(prefixes);
        prefixes.forEach(prefix -> byLength.computeIfAbsent(prefix.length(), length -> new HashSet<>())
                .add(prefix.base()));
    }

    /**
     * Returns this many IPv4 prefixes of /16 to /24, or of /20 to /28 for more than 100,000,
     * because wider ones would not fit.
     */
    public static AddressRules prefixes4(int size, SplittableRandom random) {
        return drawn(false, size > MANY ? LENGTHS_4_OF_MANY : LENGTHS_4, size, random);
    }

    /** Returns this many IPv6 prefixes of /29 to /64. */
    public static AddressRules prefixes6(int size, SplittableRandom random) {
        return drawn(true, LENGTHS_6, size, random);
    }

    /** Returns this many single IPv4 addresses. */
    public static AddressRules exact(int size, SplittableRandom random) {
        return drawn(false, new int[] {32}, size, random);
    }

    private static AddressRules drawn(boolean six, int[] lengths, int size, SplittableRandom random) {
        TreeMap<Address, Prefix> taken = new TreeMap<>();
        while (taken.size() < size) {
            Address address = six ? Address.anyV6(random) : Address.anyV4(random);
            Prefix prefix = Prefix.of(address, lengths[random.nextInt(lengths.length)]);
            Map.Entry<Address, Prefix> before = taken.floorEntry(prefix.last());
            if (before == null || before.getValue().last().compareTo(prefix.base()) < 0) {
                taken.put(prefix.base(), prefix);
            }
        }
        return new AddressRules(six, new ArrayList<>(taken.values()));
    }

    /** Returns the prefixes in order. */
    public List<Prefix> prefixes() {
        return prefixes;
    }

    /** Returns whether the prefixes are IPv6. */
    public boolean six() {
        return six;
    }

    @Override
    public Hook hook() {
        return six ? Hook.CONNECT6 : Hook.CONNECT4;
    }

    @Override
    public int size() {
        return prefixes.size();
    }

    @Override
    public String policy() {
        String list = prefixes.stream().map(Prefix::toString).collect(Collectors.joining(",\n  "));
        return "policy addresses\n\nset blocked = {\n  " + list + "\n}\n\non " + hook().word()
                + " {\n  deny if remote.ip in blocked\n  default allow\n}\n";
    }

    /**
     * Returns `NET4(first, length, last)`, or `NET6(first, length, last)` with each address as two
     * numbers.
     */
    @Override
    public String header() {
        StringBuilder text = new StringBuilder();
        for (Prefix prefix : prefixes) {
            text.append(six ? "NET6(" : "NET4(")
                    .append(number(prefix.base()))
                    .append(", ")
                    .append(prefix.length())
                    .append(", ")
                    .append(number(prefix.last()))
                    .append(")\n");
        }
        return text.toString();
    }

    private static String number(Address address) {
        return address.six()
                ? "0x" + Long.toHexString(address.high()) + "ull, 0x" + Long.toHexString(address.low()) + "ull"
                : "0x" + Long.toHexString(address.low()) + "u";
    }

    @Override
    public boolean allows(Key key) {
        return !names(key);
    }

    @Override
    public boolean names(Key key) {
        return key instanceof Key.Connect connect
                && byLength.entrySet().stream()
                        .anyMatch(entry ->
                                entry.getValue().contains(connect.address().masked(entry.getKey())));
    }

    /**
     * Half of the IPv6 misses are near a prefix. Random ones would differ from all prefixes in the
     * first bits.
     */
    @Override
    public Key draw(boolean hit, SplittableRandom random) {
        Prefix prefix = prefixes.get(random.nextInt(prefixes.size()));
        Address address = prefix.base().within(prefix.length(), random);
        if (!hit && six && random.nextBoolean()) {
            address = address.flipped(prefix.length() - 1 - random.nextInt(8));
        } else if (!hit) {
            address = six ? Address.anyV6(random) : Address.anyV4(random);
        }
        return new Key.Connect(false, address, random.nextInt(1, 1 << 16));
    }
}
