package org.ringwall.bench.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.reference.Reference;
import org.ringwall.compiler.request.Request;
import org.ringwall.compiler.value.Interval;

/**
 * Random keys for a policy with one list: a hit is a member of the list, drawn entry first and then inside the entry, so that
 * every entry is asked for equally often; a miss is no member. Which is which the reference evaluator says.
 */
final class KeyDraw {
    private static final int MOST_TRIES = 1_000_000;
    private static final List<Set<Request.Access>> ACCESSES = List.of(
            Set.of(Request.Access.READ),
            Set.of(Request.Access.WRITE),
            Set.of(Request.Access.READ, Request.Access.WRITE));

    private final SplittableRandom random;
    private final Policy policy;

    KeyDraw(Policy policy, long seed) {
        this.policy = policy;
        this.random = new SplittableRandom(seed);
    }

    /** Any address, and a port of the list or any. */
    Key port() {
        List<Interval> ports = Atoms.of(policy, Guard.In.class).stream()
                .filter(atom -> atom.field() == Field.REMOTE_PORT)
                .flatMap(atom -> atom.set().intervals().stream())
                .toList();
        int port = random.nextBoolean() ? (int) in(oneOf(ports), 0xffff) : random.nextInt(1, 1 << 16);
        return new Key.Connect(random.nextInt(), port);
    }

    /** An address of the list or any, and any port. */
    Key address() {
        List<Interval> ranges = Atoms.of(policy, Guard.AddressIn.class).stream()
                .flatMap(atom -> atom.set().v4().intervals().stream())
                .toList();
        int address = random.nextBoolean() ? (int) in(oneOf(ranges), 0xffff_ffffL) : random.nextInt();
        return new Key.Connect(address, random.nextInt(1, 1 << 16));
    }

    /** A device of the list, one with a major number of the list, or any with small numbers. */
    Key device() {
        List<DeviceRange> ranges = Atoms.of(policy, Guard.DeviceIn.class).stream()
                .flatMap(atom -> atom.ranges().stream())
                .toList();
        DeviceRange near = oneOf(ranges);
        int major = (int) in(near.majors(), 0xfff);
        Set<Request.Access> access = oneOf(ACCESSES);
        return switch (random.nextInt(4)) {
            case 0, 1 -> new Key.Access(near.type(), major, (int) in(near.minors(), 0xff), access);
            case 2 -> new Key.Access(near.type(), major, random.nextInt(1 << 8), access);
            default -> new Key.Access(random.nextInt(1, 3), random.nextInt(1, 1 << 8), random.nextInt(1 << 8), access);
        };
    }

    /** This many keys on which the policy decides so. */
    List<Key> deciding(boolean allow, int count, Supplier<Key> draw) {
        List<Key> keys = new ArrayList<>();
        for (int tries = 0; keys.size() < count; tries++) {
            if (tries == MOST_TRIES) {
                throw new IllegalStateException("the policy hardly ever says " + (allow ? "allow" : "deny"));
            }
            Key key = draw.get();
            if (allows(policy, key) == allow) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** What the reference evaluator says. */
    static boolean allows(Policy policy, Key key) {
        return Reference.decide(policy, java.util.Map.of(), key.request())
                .verdict()
                .allows();
    }

    private <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** A number of the interval that is not greater than `max`. */
    private long in(Interval interval, long max) {
        long low = interval.low().toLongExact();
        long high = Math.min(interval.high().toLongExact(), max);
        return random.nextLong(low, high + 1);
    }
}
