// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.testrunner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.state.EventKind;
import org.ringwall.bpf.state.EventLayout;
import org.ringwall.bpf.state.StructLayout;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.Policy;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Verdict;
import org.ringwall.compiler.reference.Recorded;
import org.ringwall.compiler.reference.RecordedFields;
import org.ringwall.compiler.value.ByteString;

/**
 * The events that requests must leave in the ring (docs/semantics.md section 13), given all earlier
 * requests.
 */
public final class ExpectedEvents {
    private static final List<String> IDENTITY = List.of("uid", "gid", "pid", "cgroup", "netns", "cookie", "comm");

    private final Policy policy;
    private final KernelVersion kernel;
    private final boolean stamped;
    private final Map<Integer, Limit> limits = new HashMap<>();

    /**
     * The state of a rule's limit: when its bucket is full, and the number of suppressed records
     * since the last one.
     */
    private record Limit(long full, long suppressed) {}

    /**
     * Creates an instance without earlier requests.
     *
     * @param kernel the oldest kernel of the object
     * @param stamped whether the object's sockets carry stamps, so that records can name their
     *     creators
     */
    public ExpectedEvents(Policy policy, KernelVersion kernel, boolean stamped) {
        this.policy = policy;
        this.kernel = kernel;
        this.stamped = stamped;
    }

    /** Returns the events of one request at a time in ns, in order. */
    public List<Event> of(Request request, List<Recorded> records, long now) {
        List<Event> events = new ArrayList<>();
        for (Recorded record : records) {
            if (record.effect() instanceof Effect.Log log) {
                int rule = policy.logNumber(record.rule().block(), record.rule().rule());
                suppressed(rule, log.limit(), now)
                        .ifPresent(before -> events.add(event(request, record, rule, now, before)));
            }
        }
        return events;
    }

    /**
     * Returns the number of records that were suppressed before this one; empty if this one is
     * suppressed too.
     */
    private Optional<Long> suppressed(int rule, Optional<Rate.Pace> pace, long now) {
        if (pace.isEmpty()) {
            return Optional.of(0L);
        }
        Limit before = limits.getOrDefault(rule, new Limit(0, 0));
        long after = Math.max(before.full(), now) + pace.get().interval();
        boolean token = after <= now + pace.get().depth();
        limits.put(rule, token ? new Limit(after, 0) : new Limit(before.full(), before.suppressed() + 1));
        return token ? Optional.of(before.suppressed()) : Optional.empty();
    }

    private Event event(Request request, Recorded record, int rule, long now, long suppressed) {
        EventKind kind = EventKind.at(request.hook());
        int verdict = record.verdict()
                .map(given -> given.allows() ? EventLayout.ALLOWED : EventLayout.DENIED)
                .orElse(EventLayout.NO_VERDICT);
        Map<String, KeyValue> fields = fields(request, kind);
        if (record.verdict().isPresent() && record.verdict().get() instanceof Verdict.Deny deny) {
            fields.put("errno", new KeyValue.OfNumber(deny.errno().number()));
        }
        return new Event(now, 0, rule, request.hook(), kind, verdict, record.monitored(), suppressed, fields);
    }

    private Map<String, KeyValue> fields(Request request, EventKind kind) {
        Map<Field, KeyValue> seen = RecordedFields.of(request);
        Map<String, KeyValue> fields = new TreeMap<>();
        for (String member : EventLayout.optional(kind)) {
            if (IDENTITY.contains(member)) {
                Field field = Field.named(member).orElseThrow();
                Optional.ofNullable(seen.get(field))
                        .filter(value -> isTold(request.hook(), field))
                        .ifPresent(value -> fields.put(member, value));
            } else if (!member.equals("errno")) {
                value(request, kind, member, seen).ifPresent(value -> fields.put(member, value));
            }
        }
        return fields;
    }

    /** Whether the program can read the field, on every kernel of the object. */
    private boolean isTold(Hook hook, Field field) {
        boolean own = !HookFields.isStamped(hook, field) || stamped;
        return own
                && HookFields.at(hook).contains(field)
                && HookFields.identity(hook, field)
                        .filter(helper -> helper.availableAt(hook, kernel))
                        .isPresent();
    }

    private static Optional<KeyValue> value(Request request, EventKind kind, String member, Map<Field, KeyValue> seen) {
        if (request instanceof Request.TouchDevice device && member.equals("access")) {
            return number(device.access().stream().mapToInt(Request.Access::bit).sum());
        } else if (request instanceof Request.TouchSysctl sysctl && member.equals("write")) {
            return number(sysctl.write() ? 1 : 0);
        } else if (request instanceof Request.UseOption && member.equals("write")) {
            return number(request.hook() == Hook.SETSOCKOPT ? 1 : 0);
        } else if (request instanceof Request.TcpEvent event && member.equals("event")) {
            return number(event.event().number());
        }
        return Optional.ofNullable(seen.get(field(kind, member)))
                .map(value -> cut(value, kind.layout().member(member)));
    }

    private static Optional<KeyValue> number(long number) {
        return Optional.of(new KeyValue.OfNumber(number));
    }

    private static Field field(EventKind kind, String member) {
        boolean device = kind == EventKind.DEVICE;
        String word = switch (member) {
            case "remote_ip", "local_ip", "remote_port", "local_port" -> member.replace('_', '.');
            case "type", "major", "minor" -> device ? "dev." + member : member;
            case "length" -> "len";
            default -> member;
        };
        return Field.named(word).orElseThrow(() -> new IllegalStateException("what is `" + member + "` of a " + kind));
    }

    /** Truncates a string that is too long, leaving room for a NUL. */
    private static KeyValue cut(KeyValue value, StructLayout.Member member) {
        if (value instanceof KeyValue.OfText text && text.text().size() >= member.size()) {
            return new KeyValue.OfText(ByteString.of(text.text().toArray(), member.size() - 1));
        }
        return value;
    }
}
