package org.ringwall.compiler.lower;

import java.util.List;
import org.ringwall.bpf.insn.Width;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.diagram.HookDecision;
import org.ringwall.compiler.diagram.Node;
import org.ringwall.compiler.diagram.Reading;
import org.ringwall.compiler.diagram.Recording;
import org.ringwall.compiler.diagram.RuleRef;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Identity;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Stamp;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.policy.Counter;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.value.Comparison;

/** Code that records: counts, and what goes into the ring. */
final class RecordCode {
    /** What a record says of who asks, or of who made the socket, in the header's words. */
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

    /** The fields that a record at this hook tells of, as far as they are read like those of a key. */
    static List<Field> identity(Flow flow) {
        return IDENTITY.stream().filter(field -> isTold(flow, field)).toList();
    }

    private static boolean isTold(Flow flow, Field field) {
        boolean there = HookFields.at(flow.hook()).contains(field)
                && HookFields.identity(flow.hook(), field)
                        .filter(helper -> helper.availableAt(flow.hook(), flow.oldest()))
                        .isPresent();
        return there
                && (!HookFields.readsStamps(flow.hook())
                        || field == Field.COOKIE
                        || flow.decision().duties().contains(HookDecision.Duty.TELL_MAKER));
    }

    void add(Recording record) {
        if (record.effect() instanceof Effect.Count count) {
            count(record.rule(), count.counter());
        } else {
            log(record, (Effect.Log) record.effect());
        }
    }

    private void count(RuleRef rule, Counter counter) {
        readings.key(counter.key(), counter.key().layout(StateNames.counter(counter.name())), flow.seenBy(rule));
        path.state(StateOp.Count.in(
                counter.layout(),
                flow.policy().state().counters().stream().map(Counter::layout).toList()));
    }

    private void log(Recording record, Effect.Log log) {
        int number =
                flow.policy().logNumber(record.rule().block(), record.rule().rule());
        BlockId done = path.name();
        if (log.limit().isPresent()) {
            Rate.Pace pace = log.limit().get();
            Value through = path.state(new StateOp.Limit(number, pace.interval(), pace.depth()));
            path.leaveIf(through, Comparison.EQ, 0, done);
        }
        Value room = path.state(
                new StateOp.Reserve(header(number, record, log.limit().isPresent())));
        path.leaveIf(room, Comparison.EQ, 0, done);
        int known = identity() | fields();
        if (known != 0) {
            path.state(new StateOp.Mark(known));
        }
        path.state(new StateOp.Submit());
        path.go(done);
        path.open(done);
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

    /** Who it was; the bits of what is there in any case. */
    private int identity() {
        int known = 0;
        if (isTold(flow, Field.COOKIE)) {
            Value cookie = path.add(
                    result -> new Instruction.CallIdentity(result, Identity.of(Identity.Source.SOCKET_COOKIE)));
            put("cookie", cookie);
            known |= EventLayout.bit(kind, "cookie");
        }
        List<Field> told = identity(flow);
        if (told.isEmpty()) {
            return known;
        } else if (HookFields.readsStamps(flow.hook())) {
            maker(told);
            return known;
        }
        for (Field field : told) {
            known |= member(field.text(), EventLayout.HEADER, 0, field);
        }
        return known;
    }

    private void maker(List<Field> told) {
        BlockId nobody = path.name();
        Value stamped = path.add(result -> new Instruction.LoadStamp(result, flow.stamped()));
        path.leaveIf(stamped, Comparison.EQ, 0, nobody);
        int known = 0;
        for (Field field : told) {
            known |= EventLayout.bit(kind, field.text());
            if (field == Field.COMM) {
                path.state(new StateOp.PutComm(StateOp.Place.RECORD, EventLayout.HEADER.offset("comm"), true));
            } else {
                put(field.text(), path.add(result -> new Instruction.ReadStamp(result, Stamp.part(field.text()))));
            }
        }
        path.state(new StateOp.Mark(known));
        path.go(nobody);
        path.open(nobody);
    }

    private void put(String member, Value value) {
        StructLayout.Member place = EventLayout.HEADER.member(member);
        path.state(
                new StateOp.Put(StateOp.Place.RECORD, place.offset(), Width.ofBytes(place.size()), StateOp.Form.HOST),
                value);
    }

    private int member(String name, StructLayout struct, int base, Field field) {
        StructLayout.Member member = struct.member(name);
        return follow(member, base, flow.readings().of(field));
    }

    /** Writes a member where it is known: its bit, if that is always so, or 0, and the code sets the bit where it is. */
    private int follow(StructLayout.Member member, int base, Node<Reading> source) {
        int bit = EventLayout.bit(kind, member.name());
        int at = base + member.offset();
        if (source instanceof Node.Leaf<Reading> leaf) {
            if (leaf.value().equals(Reading.ABSENT)) {
                return 0;
            }
            readings.put(StateOp.Place.RECORD, at, member.size(), leaf.value());
            return bit;
        }
        readings.follow(source, reading -> {
            if (!reading.equals(Reading.ABSENT)) {
                readings.put(StateOp.Place.RECORD, at, member.size(), reading);
                path.state(new StateOp.Mark(bit));
            }
        });
        return 0;
    }

    /** What the request says, in the words of its kind. */
    private int fields() {
        int known = 0;
        int base = EventLayout.HEADER.size();
        for (StructLayout.Member member : kind.layout().members()) {
            if (member.isPad()) {
                continue;
            } else if (member.name().equals("name")) {
                path.state(new StateOp.PutName(base + member.offset(), member.size()));
                known |= EventLayout.bit(kind, "name");
            } else if (member.name().equals("path")) {
                path(base + member.offset(), member.size());
            } else {
                known |= follow(member, base, flow.readings().ofMember(kind, member.name()));
            }
        }
        return known;
    }

    private void path(int at, int size) {
        BlockId unknown = path.name();
        Value told = path.state(new StateOp.PutPath(at, size));
        path.leaveIf(told, Comparison.EQ, 0, unknown);
        path.state(new StateOp.Mark(EventLayout.bit(kind, "path")));
        path.go(unknown);
        path.open(unknown);
    }
}
