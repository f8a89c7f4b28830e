// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.AddressFamily;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Hook;

/**
 * Accesses at a hook that the verifier accepts but the language does not offer, with the reason.
 * The field model is narrower than the verifier where a value would be misleading.
 */
public record UnsupportedFields(ContextField field, Use use, String reason) {
    /** The kind of access. */
    public enum Use {
        READ,
        WRITE
    }

    /** One line of the table: these fields at these hooks. */
    private record Entry(Set<Hook> hooks, Use use, List<String> fields, String reason) {
        boolean covers(Hook hook, ContextField field, Use wanted) {
            return use == wanted && hooks.contains(hook) && fields.contains(field.name());
        }
    }

    private static final Set<Hook> ADDRESSES = where(hook -> hook.context() == ContextStruct.SOCK_ADDR);

    private static final Set<Hook> SOCKETS = where(hook -> hook.context() == ContextStruct.SOCK);

    private static final Set<Hook> PACKETS = where(hook -> hook.context() == ContextStruct.SK_BUFF);

    private static final Set<Hook> UNIX = where(hook -> hook.is(AddressFamily.UNIX));

    private static final List<Entry> TABLE = table();

    /** Returns the unsupported accesses at a hook, ordered by offset, reads before writes. */
    public static List<UnsupportedFields> at(Hook hook) {
        return Stream.concat(
                        hook.readable().stream().flatMap(field -> of(hook, field, Use.READ).stream()),
                        hook.writable().stream().flatMap(field -> of(hook, field, Use.WRITE).stream()))
                .toList();
    }

    /** Returns the unsupported access; empty if the language offers it or no reason is listed. */
    private static Optional<UnsupportedFields> of(Hook hook, ContextField field, Use use) {
        Optional<String> reason = reason(hook, field, use);
        if (reason.isEmpty() && use == Use.WRITE && !assigned(hook).contains(field)) {
            reason = Optional.of("no effect can write it");
        }
        return reason.map(why -> new UnsupportedFields(field, use, why));
    }

    /** Returns the reason for which a field is never offered in any block. */
    private static Optional<String> reason(Hook hook, ContextField field, Use use) {
        if (use == Use.READ && field.order() == ByteOrderKind.POINTER) {
            boolean followed = offered(hook).contains(field);
            return followed ? Optional.empty() : Optional.of("a pointer, not a value to compare");
        }
        return TABLE.stream()
                .filter(entry -> entry.covers(hook, field, use))
                .map(Entry::reason)
                .findFirst();
    }

    /** Returns the context fields from which some field of the language is read at the hook. */
    static Set<ContextField> offered(Hook hook) {
        Set<ContextField> offered = new HashSet<>();
        HookFields.at(hook).forEach(field -> offered.addAll(FieldSources.context(hook, field)));
        return offered;
    }

    /** Returns the context fields that some effect writes at the hook. */
    static Set<ContextField> assigned(Hook hook) {
        Set<ContextField> assigned = new HashSet<>();
        assignable(hook).forEach(field -> assigned.addAll(FieldSources.context(hook, field)));
        if (hook == Hook.SOCK_OPS) {
            hook.context().field("reply").ifPresent(assigned::add);
        }
        assigned.removeIf(field -> !field.writableAt(hook));
        return assigned;
    }

    /** Returns the fields of the language that an effect writes at the hook. */
    public static List<Field> assignable(Hook hook) {
        return HookFields.assignable(hook);
    }

    private static List<Entry> table() {
        List<Entry> table = new ArrayList<>();
        table.addAll(ofAddresses());
        table.addAll(ofSockets());
        table.addAll(ofPackets());
        table.addAll(ofEvents());
        table.addAll(ofFiles());
        return List.copyOf(table);
    }

    private static List<Entry> ofAddresses() {
        Set<Hook> inet = without(ADDRESSES, UNIX);
        return List.of(
                read(inet, "sa_family as the caller wrote it, possibly AF_UNSPEC; the hook determines the family")
                        .of("user_family"),
                read(
                                inet,
                                "the socket's own family, 10 at the v4 hooks for an AF_INET6 socket; `family` is that of the address")
                        .of("family"),
                read(UNIX, "contains bytes of sun_path, not a port").of("user_port"),
                read(UNIX, "always AF_UNIX").of("user_family", "family"),
                read(UNIX, "always 0").of("protocol"),
                write(UNIX, "would overwrite bytes of sun_path").of("user_port"));
    }

    private static List<Entry> ofSockets() {
        Set<Hook> release = EnumSet.of(Hook.SOCK_RELEASE);
        Set<Hook> before = without(SOCKETS, release);
        return List.of(
                read(before, "0: nothing is connected yet").of("dst_port", "dst_ip4", "dst_ip6"),
                read(before, "always TCP_CLOSE: nothing is connected yet").of("state"),
                read(SOCKETS, "the receive queue of the last packet, if any; not a property of the request")
                        .of("rx_queue_mapping"),
                read(release, "the remote end is judged when it is chosen, at connect and sendmsg")
                        .of("dst_port", "dst_ip4", "dst_ip6"),
                read(release, "the final state of a socket does not identify its owner")
                        .of("state"));
    }

    private static List<Entry> ofPackets() {
        return List.of(
                read(PACKETS, "a property of the socket, not of the packet: 0 if it is not connected")
                        .of("remote_ip4", "local_ip4", "remote_ip6", "local_ip6", "remote_port", "local_port"),
                read(PACKETS, "the family of the socket; that of the packet is in its header")
                        .of("family"),
                read(PACKETS, "scratch space of lower layers").of("cb"),
                read(PACKETS, "how the packet was queued or steered, not part of its content")
                        .of("queue_mapping", "tc_index", "hash", "napi_id"),
                read(PACKETS, "how segments are split, which offloads change").of("gso_segs", "gso_size"),
                read(PACKETS, "the tag is added after egress and removed before ingress")
                        .of("vlan_present", "vlan_tci", "vlan_proto"),
                read(PACKETS, "a time stamp, which no decision can rely on").of("tstamp", "hwtstamp"),
                write(PACKETS, "scratch space of lower layers").of("cb"),
                write(PACKETS, "would change when the packet is sent").of("tstamp"));
    }

    private static List<Entry> ofEvents() {
        Set<Hook> events = EnumSet.of(Hook.SOCK_OPS);
        return List.of(
                read(events, "contains the reply of an earlier program").of("reply"),
                read(events, "has a different meaning for each event").of("args", "replylong"),
                read(events, "the callbacks that programs enabled, not a property of the connection")
                        .of("bpf_sock_ops_cb_flags"),
                read(events, "a property of a packet that only header option events have")
                        .of("skb_len", "skb_tcp_flags", "skb_hwtstamp"));
    }

    private static List<Entry> ofFiles() {
        Set<Hook> sysctl = EnumSet.of(Hook.SYSCTL);
        Set<Hook> set = EnumSet.of(Hook.SETSOCKOPT);
        return List.of(
                read(sysctl, "chosen by the caller with pread and pwrite, so a guard on it can be evaded")
                        .of("file_pos"),
                write(
                                sysctl,
                                "set to 0 when `new_value` is assigned, so that the whole value is used; otherwise the caller's")
                        .of("file_pos"),
                write(set, "would set a different option from the one that other programs have judged")
                        .of("level", "optname"),
                write(
                                set,
                                "0 leaves the value to the kernel, and 4096 truncates a longer one when `optval` is assigned; otherwise the caller's")
                        .of("optlen"));
    }

    private static Line read(Set<Hook> hooks, String reason) {
        return fields -> new Entry(hooks, Use.READ, List.of(fields), reason);
    }

    private static Line write(Set<Hook> hooks, String reason) {
        return fields -> new Entry(hooks, Use.WRITE, List.of(fields), reason);
    }

    /** The rest of a line of the table. */
    @FunctionalInterface
    private interface Line {
        Entry of(String... fields);
    }

    private static Set<Hook> where(Predicate<Hook> wanted) {
        return Arrays.stream(Hook.values()).filter(wanted).collect(Collectors.toSet());
    }

    private static Set<Hook> without(Set<Hook> hooks, Set<Hook> some) {
        Set<Hook> rest = EnumSet.copyOf(hooks);
        rest.removeAll(some);
        return rest;
    }
}
