// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.ir.switches;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.state.CounterLayout;
import org.ringwall.bpf.state.CounterUnit;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Routine;
import org.ringwall.compiler.ir.StateOp;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.tables.CallPrices;

/**
 * The predicted cost of a program's state lookups and effects, mainly of calls into the kernel
 * ({@link CallPrices}). Reads for a test are counted with the test.
 */
public final class EffectCosts {
    private final Policy policy;
    private final Set<String> lines = new LinkedHashSet<>();
    private Optional<Tally> record = Optional.empty();
    private double limit;

    /** A record under construction. */
    private static final class Tally {
        private final int rule;
        private double ns;
        private int calls;

        Tally(int rule) {
            this.rule = rule;
        }

        void add(double price) {
            ns += price;
            calls += price >= CallPrices.CALL_NS ? 1 : 0;
        }
    }

    private EffectCosts(Policy policy) {
        this.policy = policy;
    }

    /** Returns a line for each effect and each state lookup, in code order. */
    public static List<String> of(Policy policy, Routine routine) {
        EffectCosts costs = new EffectCosts(policy);
        for (BasicBlock block : routine.blocks()) {
            block.instructions().forEach(instruction -> costs.add(block.span(), instruction));
            if (block.end() instanceof Terminator.Return end) {
                costs.write(block.span(), end.writes());
            }
        }
        return new ArrayList<>(costs.lines);
    }

    /** Adds one line for each thing written, however many writes that takes. */
    private void write(Span span, List<Terminator.Write> writes) {
        Map<String, Double> prices = new LinkedHashMap<>();
        writes.forEach(write -> prices.merge(WriteCosts.name(write), WriteCosts.of(write), Double::sum));
        prices.forEach((what, ns) -> line(span, what, ns));
    }

    private void line(Span span, String what, double ns) {
        lines.add(String.format(
                Locale.ROOT, "line %d: %s, %.1f ns", span.position().line(), what, ns));
    }

    private void add(Span span, Instruction instruction) {
        if (instruction instanceof Instruction.CallIdentity call) {
            tell(CallPrices.of(call.identity().source().helper()));
        } else if (instruction instanceof Instruction.LoadStamp) {
            tell(CallPrices.of(Helper.SK_STORAGE_GET));
        } else if (instruction instanceof Instruction.CallState call) {
            state(span, call.op());
        }
    }

    /** Adds the price to the open record; reads elsewhere belong to a test or a key. */
    private void tell(double price) {
        record.ifPresent(tally -> tally.add(price));
    }

    private void state(Span span, StateOp op) {
        if (op instanceof StateOp.Covered covered) {
            line(span, "in live set `" + covered.set() + "`", CallPrices.ARRAY_NS + inner(covered));
        } else if (op instanceof StateOp.Token token) {
            double bucket = token.rate().key().isEmpty() ? CallPrices.ARRAY_NS : CallPrices.HASH_NS;
            line(span, "rate `" + token.rate().name() + "`", bucket + time() + CallPrices.LOCK_NS);
        } else if (op instanceof StateOp.Entry entry) {
            double choice = entry.table().choices() == 1 ? 0 : CallPrices.of(Helper.GET_SOCKET_COOKIE);
            line(span, "table `" + entry.table().name() + "`", CallPrices.ARRAY_NS + CallPrices.HASH_NS + choice);
        } else if (op instanceof StateOp.Remember || op instanceof StateOp.Recall) {
            String what = op instanceof StateOp.Remember
                    ? "stores the original destination"
                    : "reads the original destination";
            line(span, what, CallPrices.of(Helper.SK_STORAGE_GET));
        } else if (op instanceof StateOp.DropOriginal) {
            line(span, "removes the original destination", CallPrices.of(Helper.SK_STORAGE_GET));
        } else if (op instanceof StateOp.HandOver) {
            line(
                    span,
                    "hands over the original destination",
                    CallPrices.of(Helper.SK_STORAGE_GET) + CallPrices.LRU_PASSED_NS);
            line(span, "receives the original destination", CallPrices.LRU_NS + CallPrices.STORAGE_NS);
        } else if (op instanceof StateOp.AnswerOriginal) {
            double answered = 2 * CallPrices.CONTEXT_STORE_NS;
            line(span, "answers with the original destination", CallPrices.of(Helper.SK_STORAGE_GET) + answered);
        } else if (op instanceof StateOp.Count count) {
            line(span, "count `" + count.counter().name() + "`", counted(count.counter()));
        } else if (op instanceof StateOp.Limit) {
            limit = time() + CallPrices.ARRAY_NS + CallPrices.LOCK_NS;
        } else {
            record(op);
        }
    }

    private void record(StateOp op) {
        if (op instanceof StateOp.Reserve reserve) {
            Tally tally = new Tally(reserve.header().rule());
            tally.add(CallPrices.RING_NS);
            tally.add(reserve.header().limited() ? 0 : time());
            int words = EventLayout.size(reserve.header().kind()) / Long.BYTES;
            tally.add((words + Long.bitCount(reserve.zeroed())) * CallPrices.STORE_NS);
            record = Optional.of(tally);
        } else if (op instanceof StateOp.PutComm comm && !comm.stamped()) {
            tell(CallPrices.of(Helper.GET_CURRENT_COMM));
        } else if (op instanceof StateOp.PutName) {
            tell(CallPrices.of(Helper.SYSCTL_GET_NAME));
        } else if (op instanceof StateOp.PutPath) {
            tell(CallPrices.of(Helper.PROBE_READ_KERNEL));
        } else if (op instanceof StateOp.Submit) {
            record.ifPresent(this::logged);
            record = Optional.empty();
        }
    }

    private void logged(Tally tally) {
        Span span = policy.logged().get(tally.rule).span();
        line(span, "log, " + tally.calls + " calls", tally.ns);
        if (limit > 0) {
            line(span, "at most", limit);
            limit = 0;
        }
    }

    private static double time() {
        return CallPrices.of(Helper.KTIME_GET_BOOT_NS);
    }

    private double inner(StateOp.Covered covered) {
        return switch (covered.type()) {
            case PORT -> CallPrices.ARRAY_NS;
            case IP, UID, GID, INT, CGROUP, NETNS -> CallPrices.HASH_NS;
            case NET, DEVICE ->
                CallPrices.trie(policy.state().liveSets().stream()
                        .filter(set -> set.name().equals(covered.set()))
                        .mapToInt(LiveSet::max)
                        .findFirst()
                        .orElse(1));
        };
    }

    private static double counted(CounterLayout counter) {
        double found = counter.key().isEmpty()
                ? CallPrices.PERCPU_ARRAY_NS
                : counter.evicts() ? CallPrices.LRU_NS : CallPrices.HASH_NS;
        boolean dated = counter.columns().stream().anyMatch(column -> column.unit() == CounterUnit.TIME);
        return found + counter.columns().size() * CallPrices.ADD_NS + (dated ? time() : 0);
    }
}
