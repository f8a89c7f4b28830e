// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.irgen;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.diagram.FieldReadings;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Reading;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.diagram.Variable;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Identity;
import org.ringwall.compiler.ir.Intrinsic;
import org.ringwall.compiler.ir.Op;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.StateFrame;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Comparison;

/** Code for counts and for records in the ring. */
final class RecordCode {
    /**
     * The members of the record header that identify the calling task or the creator of the socket.
     */
    private static final List<Field> IDENTITY =
            List.of(Field.UID, Field.GID, Field.PID, Field.CGROUP, Field.NETNS, Field.COMM);

    private final Flow flow;
    private final Path path;
    private final ReadingCode readings;
    private final EventKind kind;

    RecordCode(Flow flow, Path path) {
        this.flow = flow;
        this.path = path;
        this.readings = new ReadingCode(flow, path);
        this.kind = EventKind.at(flow.hook());
    }

    /** Returns the identity fields that a record at this hook contains. */
    static List<Field> identity(Flow flow) {
        return IDENTITY.stream().filter(field -> isRecorded(flow, field)).toList();
    }

    private static boolean isRecorded(Flow flow, Field field) {
        boolean there = HookFields.at(flow.hook()).contains(field)
                && HookFields.identity(flow.hook(), field)
                        .filter(helper -> helper.availableAt(flow.hook(), flow.oldest()))
                        .isPresent();
        return there
                && (!HookFields.isStamped(flow.hook(), field)
                        || flow.decision().duties().contains(HookDecision.Duty.TELL_MAKER));
    }

    void add(Recording record) {
        if (record.effect() instanceof Effect.Count count) {
            count(record.rule(), count.counter(), false);
        } else {
            log(record, (Effect.Log) record.effect());
        }
    }

    /** Counts if this generation is the newest, which no earlier code has tested. */
    void countChecked(Recording record) {
        count(record.rule(), ((Effect.Count) record.effect()).counter(), true);
    }

    private void count(RuleRef rule, Counter counter, boolean checked) {
        FieldReadings seen = flow.seenBy(rule);
        CounterLayout layout =
                counter.layout().ofV4().filter(v4 -> seen.isV4(counter.key())).orElseGet(counter::layout);
        readings.key(counter.key(), layout.key(), seen);
        path.add(StateOp.Count.in(
                layout,
                flow.policy().state().counters().stream().map(Counter::layout).toList(),
                checked));
    }

    private void log(Recording record, Effect.Log log) {
        log(record, log, number(record));
    }

    private int number(Recording record) {
        return flow.policy().logNumber(record.rule().block(), record.rule().rule());
    }

    /** Notes the rule of a record that {@link #addNoted} makes. */
    void note(Recording record) {
        path.add(StateOp.Store.number(
                StateOp.Place.FRAME, StateFrame.PENDING, Width.DW, StateOp.Form.HOST, number(record)));
    }

    /**
     * Makes a record without a limit for the rule that was noted on the way here.
     *
     * @param record that of one of the rules; those of the others differ only in the rule
     */
    void addNoted(Recording record) {
        log(record, (Effect.Log) record.effect(), StateOp.Header.NOTED);
    }

    private void log(Recording record, Effect.Log log, int number) {
        BlockId done = path.name();
        if (log.limit().isPresent()) {
            Rate.Pace pace = log.limit().get();
            Value through = path.add(new StateOp.Limit(number, pace.interval(), pace.depth()));
            path.leaveIf(through, Comparison.EQ, 0, done);
        }
        List<RecordMember> members = members();
        Value room = path.add(new StateOp.Reserve(
                header(number, record, log.limit().isPresent()), known(record, members), zeroed(members)));
        path.leaveIf(room, Comparison.EQ, 0, done);
        own().forEach((field, source) -> put(field.text(), path.add(new Op.CallIdentity(Identity.of(source)))));
        if (HookFields.readsStamps(flow.hook())) {
            creator();
        }
        RecordMember.groups(members).forEach(this::write);
        strings();
        path.add(Intrinsic.SUBMIT);
        path.go(done);
        path.open(done);
    }

    /**
     * Returns what a helper reads from the socket itself: its cookie, and at hooks of packets its
     * cgroup.
     */
    private Map<Field, Identity.Source> own() {
        Map<Field, Identity.Source> own = new EnumMap<>(Field.class);
        if (isRecorded(flow, Field.COOKIE)) {
            own.put(Field.COOKIE, Identity.Source.SOCKET_COOKIE);
        }
        if (HookFields.readsStamps(flow.hook()) && !HookFields.isStamped(flow.hook(), Field.CGROUP)) {
            own.put(Field.CGROUP, Identity.Source.SKB_CGROUP);
        }
        return own;
    }

    /**
     * Returns the members that depend on the request: the identity, unless it comes from a stamp,
     * then those of the record's kind.
     */
    private List<RecordMember> members() {
        List<RecordMember> members = new ArrayList<>();
        if (!HookFields.readsStamps(flow.hook())) {
            identity(flow)
                    .forEach(field -> members.add(member(
                            EventLayout.HEADER.member(field.text()),
                            0,
                            flow.readings().of(field))));
        }
        kind.layout().members().stream()
                .filter(member -> !member.isPad() && !isString(member))
                .forEach(member -> members.add(member(
                        member, EventLayout.HEADER.size(), flow.readings().ofMember(kind, member.name()))));
        return members.stream().filter(member -> !member.isNever()).toList();
    }

    private RecordMember member(StructLayout.Member member, int base, Node<Reading> source) {
        return new RecordMember(member, base + member.offset(), EventLayout.bit(kind, member.name()), source);
    }

    private static boolean isString(StructLayout.Member member) {
        return member.name().equals("name") || member.name().equals("path");
    }

    /** Returns the `present` bits that every such record has. */
    private int known(Recording record, List<RecordMember> members) {
        int known = members.stream()
                .filter(RecordMember::isAlways)
                .mapToInt(RecordMember::bit)
                .reduce(0, (all, bit) -> all | bit);
        for (Field field : own().keySet()) {
            known |= EventLayout.bit(kind, field.text());
        }
        if (record.verdict().filter(Verdict.Deny.class::isInstance).isPresent()) {
            known |= EventLayout.bit(kind, "errno");
        }
        return kind == EventKind.SYSCTL ? known | EventLayout.bit(kind, "name") : known;
    }

    /** Returns the words in which some byte is not written on every path. */
    private long zeroed(List<RecordMember> members) {
        BitSet written = new BitSet();
        written.set(0, EventLayout.HEADER.offset("uid"));
        members.stream()
                .filter(RecordMember::isAlways)
                .forEach(
                        each -> written.set(each.at(), each.at() + each.member().size()));
        for (Field field : own().keySet()) {
            StructLayout.Member member = EventLayout.HEADER.member(field.text());
            written.set(member.offset(), member.offset() + member.size());
        }
        long zeroed = 0;
        for (int at = 0; at < EventLayout.size(kind); at += Long.BYTES) {
            if (written.nextClearBit(at) < at + Long.BYTES) {
                zeroed |= 1L << at / Long.BYTES;
            }
        }
        return zeroed;
    }

    private StateOp.Header header(int number, Recording record, boolean limited) {
        int verdict = record.verdict()
                .map(given -> given.allows() ? EventLayout.ALLOWED : EventLayout.DENIED)
                .orElse(EventLayout.NO_VERDICT);
        int errno = record.verdict()
                .filter(Verdict.Deny.class::isInstance)
                .map(given -> ((Verdict.Deny) given).errno())
                .map(Errno::number)
                .orElse(0);
        return new StateOp.Header(number, flow.hook(), kind, verdict, errno, record.monitored(), limited);
    }

    /** Writes the creator of the socket, if it has a stamp. */
    private void creator() {
        List<Field> members = identity(flow).stream()
                .filter(field -> HookFields.isStamped(flow.hook(), field))
                .toList();
        if (members.isEmpty()) {
            return;
        }
        BlockId unstamped = path.name();
        Value stamped = path.read(Variable.STAMPED);
        path.leaveIf(stamped, Comparison.EQ, 0, unstamped);
        int known = 0;
        for (Field field : members) {
            known |= EventLayout.bit(kind, field.text());
            if (field == Field.COMM) {
                path.add(new StateOp.PutComm(StateOp.Place.RECORD, EventLayout.HEADER.offset("comm"), true));
            } else {
                put(field.text(), path.add(Op.Load.stamp(Stamp.part(field.text()))));
            }
        }
        path.add(new StateOp.Mark(known));
        path.go(unstamped);
        path.open(unstamped);
    }

    private void put(String member, Value value) {
        StructLayout.Member place = EventLayout.HEADER.member(member);
        path.add(
                StateOp.Store.of(StateOp.Place.RECORD, place.offset(), Width.ofBytes(place.size()), StateOp.Form.HOST),
                value);
    }

    private void write(RecordMember.Group group) {
        readings.ends(group.members().get(0).source(), leaf -> {
            List<Reading> there = group.at(leaf);
            int bits = 0;
            for (int i = 0; i < there.size(); i++) {
                RecordMember member = group.members().get(i);
                if (!there.get(i).equals(Reading.ABSENT)) {
                    readings.put(
                            StateOp.Place.RECORD, member.at(), member.member().size(), there.get(i));
                    bits |= member.isAlways() ? 0 : member.bit();
                }
            }
            if (bits != 0) {
                path.add(new StateOp.Mark(bits));
            }
        });
    }

    /** Writes the sysctl name or the socket path. */
    private void strings() {
        for (StructLayout.Member member : kind.layout().members()) {
            int at = EventLayout.HEADER.size() + member.offset();
            if (member.name().equals("name")) {
                path.add(new StateOp.PutText(StateOp.Text.SYSCTL, at, member.size()));
            } else if (member.name().equals("path")) {
                path(at, member.size());
            }
        }
    }

    private void path(int at, int size) {
        BlockId unknown = path.name();
        Value length = path.add(new StateOp.PutText(StateOp.Text.PATH, at, size));
        path.leaveIf(length, Comparison.EQ, 0, unknown);
        path.add(new StateOp.Mark(EventLayout.bit(kind, "path")));
        path.go(unknown);
        path.open(unknown);
    }
}
