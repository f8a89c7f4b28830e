// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.Kfunc;

/**
 * The sources of a field's value: fields of the context, helpers, or neither if the hook determines
 * the value (`family` at the v4 hooks).
 */
public final class FieldSources {
    private static final List<String> EVENTS = List.of(
            "timeout_init",
            "rwnd_init",
            "tcp_connect",
            "active_established",
            "passive_established",
            "needs_ecn",
            "base_rtt",
            "tcp_closed",
            "listen");

    private static final Map<ContextStruct, Map<String, List<String>>> CONTEXT = context();

    private FieldSources() {}

    /** Returns the context fields from which a field is computed, in the order of offsets. */
    public static List<ContextField> context(Hook hook, Field field) {
        boolean source = field == Field.LOCAL_IP && hook.hasSource();
        if (HookFields.isStamped(hook, field)) {
            return hook.context().field("sk").stream().toList();
        }
        List<String> names = source
                ? List.of("msg_src_ip4", "msg_src_ip6")
                : field.spec()
                        .number(hook)
                        .map(FieldSources::names)
                        .orElseGet(() ->
                                CONTEXT.getOrDefault(hook.context(), Map.of()).getOrDefault(field.text(), List.of()));
        return hook.readable().stream()
                .filter(known -> names.contains(known.name()))
                .toList();
    }

    private static List<String> names(FieldSpec.ContextNumber number) {
        return number.ofFullSocket() ? List.of(number.name(), "is_fullsock") : List.of(number.name());
    }

    /** Returns the helper that yields the field. */
    public static Optional<Helper> helper(Hook hook, Field field) {
        Optional<Helper> identity = HookFields.identity(hook, field);
        if (identity.isPresent()) {
            return identity;
        }
        if (hook.context() == ContextStruct.SK_BUFF) {
            return inPacket(hook, field) ? Optional.of(Helper.SKB_LOAD_BYTES) : Optional.empty();
        }
        return switch (field) {
            case NAME -> Optional.of(Helper.SYSCTL_GET_NAME);
            case VALUE -> Optional.of(Helper.SYSCTL_GET_CURRENT_VALUE);
            case NEW_VALUE, NEW_VALUE_NUMBER -> Optional.of(Helper.SYSCTL_GET_NEW_VALUE);
            case PATH -> Optional.of(Helper.PROBE_READ_KERNEL);
            default -> Optional.empty();
        };
    }

    /**
     * Whether the field is read from the bytes of the packet, and not from the kernel's metadata.
     */
    private static boolean inPacket(Hook hook, Field field) {
        List<ContextField> context = context(hook, field);
        return context.isEmpty() || context.get(0).name().equals("protocol");
    }

    /** Returns the first tested kernel on which a field of the hook can be read there. */
    public static KernelVersion since(Hook hook, Field field) {
        KernelVersion since = hook.since().max(KernelVersion.V5_10);
        for (ContextField behind : context(hook, field)) {
            since = since.max(behind.since());
        }
        return helper(hook, field)
                .flatMap(helper -> helper.since(hook))
                .map(since::max)
                .orElse(since);
    }

    /**
     * Returns the helpers that a compiled policy may call at the hook: for its fields, its writes,
     * and the errno of denials.
     */
    public static List<Helper> helpers(Hook hook) {
        List<Helper> helpers = new ArrayList<>();
        for (Field field : HookFields.at(hook)) {
            helper(hook, field).filter(helper -> !helpers.contains(helper)).ifPresent(helpers::add);
        }
        if (hook == Hook.SOCK_CREATE) {
            // This hook stamps the socket for all later hooks.
            helpers.add(Helper.SK_STORAGE_GET);
        }
        writer(hook).ifPresent(helpers::add);
        List.of(Helper.GET_RETVAL, Helper.SET_RETVAL).stream()
                .filter(helper ->
                        hook.denial().isPresent() && helper.since(hook).isPresent())
                .forEach(helpers::add);
        return helpers;
    }

    /** Returns the helper for writes other than to context fields. */
    private static Optional<Helper> writer(Hook hook) {
        return switch (hook) {
            case SYSCTL -> Optional.of(Helper.SYSCTL_SET_NEW_VALUE);
            case SOCK_OPS -> Optional.of(Helper.SETSOCKOPT);
            default -> Optional.empty();
        };
    }

    /** Returns the kfuncs that a compiled policy may call at the hook, for its assignments. */
    public static List<Kfunc> functions(Hook hook) {
        return HookFields.assignable(hook).contains(Field.PATH)
                ? List.of(Kfunc.CAST_TO_KERN_CTX, Kfunc.SOCK_ADDR_SET_SUN_PATH)
                : List.of();
    }

    private static Map<ContextStruct, Map<String, List<String>>> context() {
        Map<ContextStruct, Map<String, List<String>>> tables = new EnumMap<>(ContextStruct.class);
        tables.put(
                ContextStruct.SOCK_ADDR,
                table(
                        "remote.ip: user_ip4 user_ip6",
                        "remote.port: user_port",
                        "local.port: user_port",
                        "local.ip: user_ip4 user_ip6",
                        "proto: protocol",
                        "type: type",
                        "family: user_ip6"));
        tables.put(
                ContextStruct.SOCK,
                table(
                        "family: family",
                        "type: type",
                        "proto: protocol",
                        "local.ip: src_ip4 src_ip6",
                        "local.port: src_port"));
        tables.put(
                ContextStruct.DEVICE,
                table(
                        "dev: access_type major minor",
                        "dev.type: access_type",
                        "dev.major: major",
                        "dev.minor: minor",
                        "read: access_type",
                        "write: access_type",
                        "mknod: access_type"));
        tables.put(ContextStruct.SYSCTL, table("read: write", "write: write"));
        tables.put(ContextStruct.SOCKOPT, ofOptions());
        tables.put(ContextStruct.SK_BUFF, ofPackets());
        tables.put(ContextStruct.SOCK_OPS, ofEvents());
        return tables;
    }

    private static Map<String, List<String>> ofOptions() {
        return table(
                "option: level optname",
                "level: level",
                "optname: optname",
                "optlen: optlen",
                "optval: optval optval_end",
                "retval: retval");
    }

    /** The program reads addresses, ports and the protocol by the packet's family. */
    private static Map<String, List<String>> ofPackets() {
        List<String> lines = new ArrayList<>();
        for (String inside : List.of("remote.ip", "remote.port", "local.ip", "local.port", "proto", "family")) {
            lines.add(inside + ": protocol");
        }
        return table(lines.toArray(String[]::new));
    }

    private static Map<String, List<String>> ofEvents() {
        List<String> lines = new ArrayList<>(List.of(
                "family: family",
                "remote.ip: remote_ip4 remote_ip6",
                "local.ip: local_ip4 local_ip6",
                "remote.port: remote_port",
                "local.port: local_port"));
        for (String event : EVENTS) {
            lines.add(event + ": op");
        }
        return table(lines.toArray(String[]::new));
    }

    /** Parses lines of `FIELD: NAMES`. */
    private static Map<String, List<String>> table(String... lines) {
        Map<String, List<String>> table = new HashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            table.put(
                    line.substring(0, colon), List.of(line.substring(colon + 2).split(" ")));
        }
        return Map.copyOf(table);
    }
}
