// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.emit;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.asm.Assembler;
import org.ringwall.bpf.asm.Assembly;
import org.ringwall.bpf.asm.CodeTooLargeException;
import org.ringwall.bpf.asm.SourceLine;
import org.ringwall.bpf.insn.Cpu;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.object.BpfObject;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.DeviceRange;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.Key;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.policy.Rule;
import org.ringwall.compiler.policy.State;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.source.SourceFile;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.Interval;
import org.ringwall.compiler.value.IntervalSet;
import org.ringwall.compiler.value.U128;

/** A policy that declares state of every kind, and programs that only refer to given symbols. */
final class StatefulPolicy {
    /** Two rules log; the last one spans two lines. */
    private static final String TEXT = """
            policy gate
            on connect4 {
              deny EACCES if remote.port == 25 { log }
              allow if uid == 0 { count total }
              default deny
                { log } because "not on the list"
            }
            """;

    private static final SourceFile FILE = new SourceFile("policies/gate.wall", TEXT);

    /** The maps that an object may have, in the order of the contract. */
    static final List<String> MAPS = List.of(
            "ringwall_stamps",
            "ringwall_origins",
            "ringwall_handover",
            "ringwall_arrived",
            "ringwall_events",
            "ringwall_lost",
            "ringwall_log_limits",
            "live_partners",
            "live_everyone",
            "live_blocked",
            "live_web",
            "live_disks",
            "live_team",
            "table_backends",
            "table_far",
            "counter_total",
            "counter_usage",
            "counter4_usage",
            "counter_recent",
            "rate_all",
            "rate_each");

    private static final State STATE = new State(liveSets(), tables(), counters(), rates());

    static final Policy POLICY = new Policy("gate", FILE, Optional.empty(), List.of(), STATE, blocks(), List.of());

    private StatefulPolicy() {}

    private static Span span(String from, String to) {
        int start = TEXT.indexOf(from);
        return FILE.span(start, TEXT.indexOf(to, start) + to.length());
    }

    private static Span declared() {
        return FILE.span(0, 0);
    }

    private static IntervalSet v4(long low, long high) {
        return IntervalSet.range(low, high);
    }

    private static List<LiveSet> liveSets() {
        AddressSet partners = new AddressSet(
                v4(0xcb007100L, 0xcb0071ffL).union(v4(0xc0000201L, 0xc0000201L)).union(v4(0x0a000001L, 0x0a000002L)),
                IntervalSet.of(new Interval(new U128(0x20010db8_00000000L, 0), new U128(0x20010db8_ffffffffL, -1))));
        List<DeviceRange> disks = List.of(
                new DeviceRange(1, Interval.of(8, 8), Interval.of(0, 15)),
                new DeviceRange(2, Interval.of(81, 81), Interval.of(0, 0xffff_ffffL)));
        return List.of(
                live("partners", LiveType.NET, Optional.of(new LiveMembers.Nets(partners)), 4096),
                live("everyone", LiveType.NET, Optional.empty(), 1),
                live("blocked", LiveType.IP, Optional.empty(), 10_000),
                live("web", LiveType.PORT, Optional.of(numbers(80, 443)), 8),
                live("disks", LiveType.DEVICE, Optional.of(new LiveMembers.Devices(disks)), 32),
                live("team", LiveType.CGROUP, Optional.empty(), 100));
    }

    private static LiveMembers numbers(long low, long high) {
        return new LiveMembers.Numbers(IntervalSet.range(low, high));
    }

    private static LiveSet live(String name, LiveType type, Optional<LiveMembers> within, int max) {
        return new LiveSet(name, type, within, max, declared());
    }

    private static List<Table> tables() {
        AddressSet ten = new AddressSet(v4(0x0a000000L, 0x0affffffL), IntervalSet.EMPTY);
        AddressSet six = new AddressSet(IntervalSet.EMPTY, IntervalSet.of(new Interval(U128.of(1), U128.of(1))));
        return List.of(
                new Table(
                        "backends",
                        new Key(List.of(Field.REMOTE_IP, Field.REMOTE_PORT)),
                        ten,
                        IntervalSet.range(1, 65535),
                        64,
                        4,
                        Optional.empty(),
                        declared()),
                new Table(
                        "far",
                        new Key(List.of(Field.CGROUP)),
                        six,
                        IntervalSet.of(80).union(IntervalSet.of(443)),
                        1,
                        1,
                        Optional.of(new Endpoint(new Address(false, U128.of(1)), 80)),
                        declared()));
    }

    private static List<Counter> counters() {
        var tries = new CounterLayout.Column("tries", CounterUnit.ATTEMPTS);
        var last = new CounterLayout.Column("last", CounterUnit.TIME);
        Key who = new Key(List.of(Field.UID, Field.REMOTE_IP, Field.COMM));
        return List.of(
                new Counter("total", Key.NONE, List.of(tries), 1, false, declared()),
                new Counter("usage", who, List.of(tries, last), 512, false, declared()),
                new Counter("recent", new Key(List.of(Field.ANCESTOR_2)), List.of(last), 512, true, declared()));
    }

    private static List<Rate> rates() {
        Rate.Pace pace = Rate.Pace.of(3, 1_000_000_000L, 5);
        return List.of(
                new Rate("all", Key.NONE, pace, 1, declared()),
                new Rate("each", new Key(List.of(Field.UID)), pace, 1024, declared()));
    }

    private static List<Block> blocks() {
        Effect log = new Effect.Log(Optional.empty());
        Rule mail = new Rule(
                Optional.of(new Verdict.Deny(Errno.EACCES)),
                new Guard.In(Field.REMOTE_PORT, IntervalSet.of(25)),
                List.of(log),
                span("deny EACCES", "{ log }"));
        Rule root = new Rule(
                Optional.of(Verdict.ALLOW),
                new Guard.In(Field.UID, IntervalSet.of(0)),
                List.of(new Effect.Count(counters().get(0))),
                span("allow if", "total }"));
        Rule rest = new Rule(
                Optional.of(Verdict.DENY),
                Guard.TRUE,
                List.of(log),
                Optional.empty(),
                Optional.of(new Reason("not on the list")),
                false,
                span("default deny", "list\""));
        return List.of(new Block(
                new Block.Target.OfHook(Hook.CONNECT4),
                Optional.empty(),
                List.of(mail, root, rest),
                span("on connect4", "list\"\n}")));
    }

    /** Returns a program that refers to these symbols and allows. */
    static HookCode naming(Hook hook, List<String> symbols) {
        Assembler code = new Assembler(Cpu.V3).line(new SourceLine(2, 1));
        symbols.forEach(symbol -> code.loadSymbol(Reg.R1, symbol, 0));
        try {
            Assembly assembly = code.mov(Reg.R0, 1).exit().layout();
            return new HookCode(hook, assembly, List.of());
        } catch (CodeTooLargeException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns an object with a program at each of these hooks that refers to these symbols. */
    static BpfObject object(List<Hook> hooks, List<String> symbols, ByteOrder order) {
        List<HookCode> code = new ArrayList<>();
        hooks.forEach(hook -> code.add(naming(hook, symbols)));
        return ObjectEmitter.emit(
                POLICY, List.of(), code, MapIndexes.NONE, "ringwallc test", order, KernelVersion.V5_10);
    }
}
