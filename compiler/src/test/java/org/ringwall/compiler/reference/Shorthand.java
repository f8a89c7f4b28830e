// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.model.request.RawAddress;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.StringPattern;
import org.ringwall.compiler.value.U128;

/** Short forms of policies and requests, so that a row of a table is one line. */
final class Shorthand {
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMP = 1;
    private static final Span NOWHERE = new SourceFile("test.wall", "").span(0, 0);

    private Shorthand() {}

    static Policy policy(Block... blocks) {
        return new Policy("p", NOWHERE.file(), Optional.empty(), List.of(), List.of(blocks), List.of());
    }

    static Block block(Intent intent, Verdict fallback, Rule... rules) {
        return block(new Block.Target.OfIntent(intent), fallback, rules);
    }

    static Block on(Hook hook, Verdict fallback, Rule... rules) {
        return block(new Block.Target.OfHook(hook), fallback, rules);
    }

    private static Block block(Block.Target target, Verdict fallback, Rule... rules) {
        List<Rule> all = new ArrayList<>(Arrays.asList(rules));
        all.add(new Rule(fallback, Guard.TRUE, NOWHERE));
        return new Block(target, Optional.empty(), all, NOWHERE);
    }

    static Rule allow(Guard guard) {
        return new Rule(Verdict.ALLOW, guard, NOWHERE);
    }

    static Rule deny(Guard guard) {
        return new Rule(Verdict.DENY, guard, NOWHERE);
    }

    static Rule deny(Errno errno, Guard guard) {
        return new Rule(new Verdict.Deny(errno), guard, NOWHERE);
    }

    static Verdict denied(Errno errno) {
        return new Verdict.Deny(errno);
    }

    static Guard in(Field field, long... values) {
        IntervalSet set = IntervalSet.EMPTY;
        for (long value : values) {
            set = set.union(IntervalSet.of(value));
        }
        return new Guard.In(field, set);
    }

    static Guard range(Field field, long low, long high) {
        return new Guard.In(field, IntervalSet.range(low, high));
    }

    /** Returns a guard for any other value, as the checker translates `!=`. */
    static Guard other(Field field, long value) {
        return new Guard.In(field, IntervalSet.range(0, field.type().max()).minus(IntervalSet.of(value)));
    }

    static Guard not(Guard guard) {
        return new Guard.Not(guard);
    }

    static Guard and(Guard... guards) {
        return new Guard.And(List.of(guards));
    }

    static Guard or(Guard... guards) {
        return new Guard.Or(List.of(guards));
    }

    static Guard device(int type, long major, long minorLow, long minorHigh) {
        return new Guard.DeviceIn(
                List.of(new DeviceRange(type, Interval.of(major, major), Interval.of(minorLow, minorHigh))));
    }

    static Guard name(String... names) {
        return new Guard.Matches(
                Field.NAME, Stream.of(names).map(StringPattern::exact).collect(Collectors.toCollection(TreeSet::new)));
    }

    static Guard remote(String... prefixes) {
        return new Guard.AddressIn(Field.REMOTE_IP, addresses(prefixes));
    }

    static Guard local(String... prefixes) {
        return new Guard.AddressIn(Field.LOCAL_IP, addresses(prefixes));
    }

    /**
     * Returns the prefixes as the checker reads them: each is limited to its family, and v4-mapped
     * ones are IPv4.
     */
    static AddressSet addresses(String... prefixes) {
        AddressSet all = AddressSet.EMPTY;
        for (String prefix : prefixes) {
            String[] parts = prefix.split("/");
            boolean v4 = parts[0].indexOf(':') < 0;
            int width = v4 ? 32 : 128;
            int length = parts.length == 1 ? width : Integer.parseInt(parts[1]);
            BigInteger low = number(parts[0]).shiftRight(width - length).shiftLeft(width - length);
            BigInteger high = low.add(BigInteger.ONE.shiftLeft(width - length)).subtract(BigInteger.ONE);
            IntervalSet set = IntervalSet.of(new Interval(u128(low), u128(high)));
            IntervalSet mapped = IntervalSet.of(new Interval(AddressSet.MAPPED_LOW, AddressSet.MAPPED_HIGH));
            if (v4) {
                all = all.union(new AddressSet(set, IntervalSet.EMPTY));
            } else if (set.minus(mapped).isEmpty()) {
                long mask = 0xffff_ffffL;
                all = all.union(new AddressSet(
                        IntervalSet.range(low.longValue() & mask, high.longValue() & mask), IntervalSet.EMPTY));
            } else {
                all = all.union(new AddressSet(IntervalSet.EMPTY, set.minus(mapped)));
            }
        }
        return all;
    }

    /**
     * Returns a request at a hook by an ordinary user, with the usual socket type of the protocol.
     */
    static Request requestAt(Hook hook, String address, int port, int protocol) {
        int type = protocol == TCP || protocol == 262 ? 1 : protocol == UDP || protocol == 136 ? 2 : 3;
        return new Request.AtAddress(hook, raw(address), port, protocol, type, Actor.ORDINARY);
    }

    static RawAddress raw(String address) {
        return new RawAddress(address.indexOf(':') < 0, u128(number(address)));
    }

    static Request socket(int family, int type, int protocol) {
        return new Request.MakeSocket(family, type, protocol, Actor.ORDINARY);
    }

    /** Returns a request for a device; `letters` are r, w and m. */
    static Request touch(int type, long major, long minor, String letters) {
        Set<Request.Access> access = EnumSet.noneOf(Request.Access.class);
        for (Request.Access one : Request.Access.values()) {
            if (letters.indexOf(one.letter()) >= 0) {
                access.add(one);
            }
        }
        return new Request.TouchDevice(type, major, minor, access, Actor.ORDINARY);
    }

    static Request sysctl(String name, boolean write) {
        return new Request.TouchSysctl(name, write, Actor.ORDINARY);
    }

    private static U128 u128(BigInteger number) {
        return new U128(number.shiftRight(64).longValue(), number.longValue());
    }

    /**
     * Parses an address. The JDK returns 4 bytes for v4-mapped text, so `::ffff:` is parsed here.
     */
    private static BigInteger number(String address) {
        try {
            if (address.startsWith("::ffff:") && address.indexOf('.') > 0) {
                return number(address.substring(7))
                        .add(BigInteger.valueOf(0xffff).shiftLeft(32));
            }
            return new BigInteger(1, InetAddress.getByName(address).getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
