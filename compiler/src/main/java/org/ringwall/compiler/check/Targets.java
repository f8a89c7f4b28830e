package org.ringwall.compiler.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.policy.Block.Target;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Intent;

/** What a block can look at, and where it is asked (docs/semantics.md sections 1 and 6). */
final class Targets {
    /** Hooks that `on` takes today (docs/semantics.md section 10). */
    static final List<Hook> ACCEPTED = List.of(
            Hook.CONNECT4,
            Hook.CONNECT6,
            Hook.SENDMSG4,
            Hook.SENDMSG6,
            Hook.BIND4,
            Hook.BIND6,
            Hook.SOCK_CREATE,
            Hook.DEVICE,
            Hook.SYSCTL);

    private Targets() {}

    /** The first hook decides the fields: all hooks of an intent have the same. */
    private static Hook hook(Target target) {
        return target instanceof Target.OfIntent intent
                ? intent.intent().hooks().get(0)
                : ((Target.OfHook) target).hook();
    }

    static List<Field> fields(Target target) {
        List<Field> fields = new ArrayList<>();
        switch (hook(target)) {
            case CONNECT4, CONNECT6, SENDMSG4, SENDMSG6 ->
                fields.addAll(List.of(Field.REMOTE_IP, Field.REMOTE_PORT, Field.PROTO, Field.TYPE, Field.FAMILY));
            case BIND4, BIND6 ->
                fields.addAll(List.of(Field.LOCAL_IP, Field.LOCAL_PORT, Field.PROTO, Field.TYPE, Field.FAMILY));
            case SOCK_CREATE -> {
                fields.addAll(List.of(Field.FAMILY, Field.TYPE, Field.PROTO));
                if (target instanceof Target.OfHook) {
                    fields.addAll(List.of(Field.MARK, Field.PRIORITY, Field.BOUND_IF));
                }
            }
            case DEVICE ->
                fields.addAll(List.of(
                        Field.DEV,
                        Field.DEV_TYPE,
                        Field.DEV_MAJOR,
                        Field.DEV_MINOR,
                        Field.READ,
                        Field.WRITE,
                        Field.MKNOD));
            case SYSCTL -> fields.addAll(List.of(Field.NAME, Field.READ, Field.WRITE));
            default -> throw new IllegalStateException("no block speaks about " + target);
        }
        fields.add(Field.UID);
        fields.add(Field.GID);
        return fields;
    }

    static boolean isDevices(Target target) {
        return hook(target) == Hook.DEVICE;
    }

    /** Every hook at which a block is asked; `egress` that denies by default is asked when sockets are made, too. */
    static List<Hook> hooks(Target target, boolean deniesByDefault) {
        if (target instanceof Target.OfHook one) {
            return List.of(one.hook());
        }
        Intent intent = ((Target.OfIntent) target).intent();
        List<Hook> hooks = new ArrayList<>(intent.hooks());
        if (intent == Intent.EGRESS && deniesByDefault) {
            hooks.add(Hook.SOCK_CREATE);
        }
        return hooks;
    }

    static List<String> acceptedWords() {
        return ACCEPTED.stream().map(Hook::word).toList();
    }

    /** Headers of blocks in which a field exists, for a help line. */
    static List<String> blocksWith(Field field) {
        List<String> words = new ArrayList<>(Arrays.stream(Intent.values())
                .filter(intent -> fields(new Target.OfIntent(intent)).contains(field))
                .map(Intent::text)
                .toList());
        if (words.isEmpty()) {
            ACCEPTED.stream()
                    .filter(hook -> fields(new Target.OfHook(hook)).contains(field))
                    .forEach(hook -> words.add("on " + hook.word()));
        }
        return words;
    }
}
