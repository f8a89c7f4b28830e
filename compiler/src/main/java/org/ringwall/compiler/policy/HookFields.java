// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.AddressCall;
import org.ringwall.bpf.kernel.ContextStruct;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;

/**
 * The table of fields by hook: what a guard can test at each (docs/semantics.md section 1). Fields
 * that are one number of the context follow from their {@link FieldSpec}.
 */
public final class HookFields {
    /**
     * The fields of a packet, from its bytes and from the kernel's metadata (docs/semantics.md
     * section 11).
     */
    private static final List<Field> PACKET = List.of(
            Field.REMOTE_IP,
            Field.REMOTE_PORT,
            Field.LOCAL_IP,
            Field.LOCAL_PORT,
            Field.PROTO,
            Field.FAMILY,
            Field.ICMP_TYPE,
            Field.ICMP_CODE,
            Field.TCP_SYN,
            Field.TCP_ACK,
            Field.TCP_FIN,
            Field.TCP_RST,
            Field.FRAGMENT,
            Field.SOURCE_ROUTED,
            Field.MALFORMED,
            Field.LEN);

    private static final List<Field> SOCKET = List.of(Field.FAMILY, Field.TYPE, Field.PROTO);

    private static final List<Field> OPTION =
            List.of(Field.OPTION, Field.LEVEL, Field.OPTNAME, Field.READ, Field.WRITE, Field.OPTLEN, Field.OPTVAL);

    private HookFields() {}

    /** Returns the fields in `on HOOK`. */
    public static List<Field> at(Hook hook) {
        Set<Field> fields = new LinkedHashSet<>(own(hook));
        fields.addAll(numbers(hook));
        if (hook.identifiesCaller() || readsStamps(hook)) {
            fields.addAll(identity(hook));
        }
        return List.copyOf(fields);
    }

    /**
     * Returns the fields in a block with this target: for an intent, those that have the same
     * meaning at all its hooks.
     */
    public static List<Field> in(Block.Target target) {
        if (target instanceof Block.Target.OfHook one) {
            return at(one.hook());
        }
        Intent intent = ((Block.Target.OfIntent) target).intent();
        List<Field> fields = new ArrayList<>(at(intent.hooks().get(0)));
        fields.removeAll(ofHookBlocksAlone(intent));
        return List.copyOf(fields);
    }

    /**
     * Returns the fields that `assign` can write in a block with this target: for an intent, its
     * fields that all its hooks write in the same way.
     */
    public static List<Field> assignable(Block.Target target) {
        if (target instanceof Block.Target.OfHook one) {
            return assignable(one.hook());
        }
        List<Field> fields = new ArrayList<>(in(target));
        ((Block.Target.OfIntent) target).intent().hooks().forEach(hook -> fields.retainAll(assignable(hook)));
        return List.copyOf(fields);
    }

    /** Returns the headers of blocks in which `assign` can write this field. */
    public static List<String> blocksAssigning(Field field) {
        List<String> words = new ArrayList<>();
        for (Intent intent : Intent.values()) {
            if (assignable(new Block.Target.OfIntent(intent)).contains(field)) {
                words.add(intent.text());
            }
        }
        Arrays.stream(Hook.values())
                .filter(hook -> assignable(hook).contains(field))
                .forEach(hook -> words.add("on " + hook.word()));
        return words;
    }

    /** Returns the fields that are one number of the hook's context. */
    public static List<Field> numbers(Hook hook) {
        return Arrays.stream(Field.values())
                .filter(field -> field.spec().number(hook).isPresent())
                .toList();
    }

    /** Returns the fields that a program may write at a hook. */
    public static List<Field> assignable(Hook hook) {
        return Stream.concat(
                        otherAssignable(hook).stream(), numbers(hook).stream().filter(field -> isWritten(hook, field)))
                .toList();
    }

    private static boolean isWritten(Hook hook, Field field) {
        return field.spec()
                .number(hook)
                .filter(number -> number.assignable()
                        && hook.context().require(number.name()).writableAt(hook))
                .isPresent();
    }

    /** Returns the fields other than numbers that a program may write at a hook. */
    private static List<Field> otherAssignable(Hook hook) {
        return switch (hook.context()) {
            case SOCK_ADDR -> address(hook);
            case SYSCTL -> List.of(Field.NEW_VALUE);
            case SOCKOPT ->
                hook == Hook.SETSOCKOPT ? List.of(Field.OPTVAL) : List.of(Field.OPTVAL, Field.OPTLEN, Field.RETVAL);
            case SOCK, DEVICE, SK_BUFF, SOCK_OPS -> List.of();
        };
    }

    /**
     * Whether the hook runs without a task but with a socket, whose stamp identifies its creator
     * (docs/semantics.md section 7).
     */
    public static boolean readsStamps(Hook hook) {
        return hook == Hook.SOCK_OPS || hook.context() == ContextStruct.SK_BUFF;
    }

    /**
     * Returns the headers of blocks in which a field exists: intents, and hooks that belong to no
     * intent with it.
     */
    public static List<String> blocksWith(Field field) {
        List<String> words = new ArrayList<>();
        Set<Hook> left = EnumSet.noneOf(Hook.class);
        Arrays.stream(Hook.values()).filter(hook -> at(hook).contains(field)).forEach(left::add);
        for (Intent intent : Intent.values()) {
            if (in(new Block.Target.OfIntent(intent)).contains(field)) {
                words.add(intent.text());
                left.removeAll(intent.hooks());
            }
        }
        left.forEach(hook -> words.add("on " + hook.word()));
        return words;
    }

    /**
     * Returns the fields that identify the caller by helpers of the hook, or the socket's creator
     * by its stamp.
     */
    private static List<Field> identity(Hook hook) {
        return Arrays.stream(Field.values())
                .filter(field -> identity(hook, field)
                        .flatMap(helper -> helper.since(hook))
                        .isPresent())
                .toList();
    }

    /**
     * Returns the helper that yields an identity field at the hook. A socket's own cookie and the
     * cgroup of a packet's socket do not come from a stamp.
     */
    public static Optional<Helper> identity(Hook hook, Field field) {
        return identity(field).map(helper -> {
            if (!readsStamps(hook) || field == Field.COOKIE) {
                return helper;
            }
            boolean ofPacket = field == Field.CGROUP && hook.context() == ContextStruct.SK_BUFF;
            return ofPacket ? Helper.SKB_CGROUP_ID : Helper.SK_STORAGE_GET;
        });
    }

    /** Whether the field is read from the socket's stamp at the hook. */
    public static boolean isStamped(Hook hook, Field field) {
        return readsStamps(hook)
                && identity(hook, field)
                        .filter(helper -> helper == Helper.SK_STORAGE_GET)
                        .isPresent();
    }

    /**
     * Whether some kernel cannot read the network namespace at sock_ops, so that the original
     * destination is passed on by the stamps of both sockets.
     */
    public static boolean handsOverByStamps(KernelVersion oldest) {
        return !Helper.GET_NETNS_COOKIE.availableAt(Hook.SOCK_OPS, oldest);
    }

    /** Returns the helper that yields an identity field; empty for other fields. */
    public static Optional<Helper> identity(Field field) {
        return field.spec().helper();
    }

    /**
     * Returns the fields that blocks of an intent do not have, because they do not mean the same at
     * all of its hooks.
     */
    private static List<Field> ofHookBlocksAlone(Intent intent) {
        return switch (intent) {
            case SOCKETS -> numbers(Hook.SOCK_CREATE);
            case SOCKOPT -> List.of(Field.RETVAL);
            default -> List.of();
        };
    }

    /**
     * Returns the fields of the hook's context that are not one number of it, and of the others
     * those that lists show before them.
     */
    private static List<Field> own(Hook hook) {
        return switch (hook.context()) {
            case SOCK, SOCK_ADDR -> hook.call().isPresent() ? ofAddress(hook) : SOCKET;
            case DEVICE ->
                List.of(
                        Field.DEV,
                        Field.DEV_TYPE,
                        Field.DEV_MAJOR,
                        Field.DEV_MINOR,
                        Field.READ,
                        Field.WRITE,
                        Field.MKNOD);
            case SYSCTL ->
                List.of(Field.NAME, Field.READ, Field.WRITE, Field.VALUE, Field.NEW_VALUE, Field.NEW_VALUE_NUMBER);
            case SOCKOPT -> hook == Hook.SETSOCKOPT ? OPTION : join(OPTION, List.of(Field.RETVAL));
            case SK_BUFF -> PACKET;
            case SOCK_OPS -> sockOps();
        };
    }

    private static List<Field> ofAddress(Hook hook) {
        return join(
                address(hook), hook.isInet() ? List.of(Field.PROTO, Field.TYPE, Field.FAMILY) : List.of(Field.TYPE));
    }

    /** Returns the parts of the hook's address. */
    private static List<Field> address(Hook hook) {
        if (!hook.isInet()) {
            return List.of(Field.PATH);
        } else if (hook.is(AddressCall::isLocal)) {
            return List.of(Field.LOCAL_IP, Field.LOCAL_PORT);
        }
        List<Field> remote = List.of(Field.REMOTE_IP, Field.REMOTE_PORT);
        return hook.hasSource() ? join(remote, List.of(Field.LOCAL_IP)) : remote;
    }

    private static List<Field> join(List<Field> first, List<Field> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private static List<Field> sockOps() {
        List<Field> fields = new ArrayList<>(List.of(
                Field.REMOTE_IP,
                Field.REMOTE_PORT,
                Field.LOCAL_IP,
                Field.LOCAL_PORT,
                Field.FAMILY,
                Field.STATE,
                Field.SK_TXHASH));
        Arrays.stream(Field.values()).filter(field -> field.event().isPresent()).forEach(fields::add);
        return fields;
    }
}
