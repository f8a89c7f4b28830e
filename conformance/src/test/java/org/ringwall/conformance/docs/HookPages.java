// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.bpf.kernel.ByteOrderKind;
import org.ringwall.bpf.kernel.ContextField;
import org.ringwall.bpf.kernel.Helper;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.ReturnBit;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldSources;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.HookNotes;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.UnsupportedFields;

/**
 * The generated part of docs/hooks: a page for each hook up to its example, and a page that lists
 * all hooks.
 */
final class HookPages {
    private HookPages() {}

    /** Returns the list of all hooks. */
    static String index() {
        List<String> lines = new ArrayList<>();
        lines.add("# Hooks");
        lines.add("");
        lines.add(
                "Look up here what a policy can test and assign at each of the %d cgroup hooks. Prefer an intent to a hook where "
                                .formatted(Hook.values().length)
                        + "there is one: the compiler then uses every hook that the intent needs. The pages are generated from the "
                        + "tables that the compiler uses, except for the examples; `ringwallc hooks` and `ringwallc fields HOOK` print the same.");
        lines.add("");
        lines.add("| hook | invoked | a denial | intents | kernel |");
        lines.add("|---|---|---|---|---|");
        for (Hook hook : Hook.values()) {
            lines.add("| [%s](%s.md) | %s | %s | %s | %s |"
                    .formatted(
                            hook,
                            hook,
                            HookNotes.invokedBy(hook),
                            HookNotes.denial(hook),
                            intents(hook),
                            hook.since()));
        }
        return text(lines);
    }

    /** Returns a hook's page without its example. */
    static String page(Hook hook) {
        List<String> lines = new ArrayList<>();
        lines.add("# " + hook);
        lines.add("");
        lines.add("Invoked " + HookNotes.invokedBy(hook) + ". A denial: " + HookNotes.denial(hook) + ".");
        lines.add("");
        lines.add("| | |");
        lines.add("|---|---|");
        lines.add("| kernel | %s or newer |".formatted(hook.since()));
        lines.add("| section | `%s` |".formatted(hook.section()));
        lines.add("| attach type | %d, `%s` |".formatted(hook.attachType(), hook.attachTypeName()));
        lines.add("| context | `struct %s` |".formatted(hook.context().kernelName()));
        lines.add("| intents | %s |".formatted(intents(hook)));
        lines.add("| returns | %s |".formatted(returns(hook)));
        lines.add("");
        lines.add("## Fields");
        lines.add("");
        fields(hook, lines);
        lines.add("");
        lines.add("## Helpers");
        lines.add("");
        helpers(hook, lines);
        lines.add("");
        if (!FieldSources.functions(hook).isEmpty()) {
            lines.add("## Kernel functions");
            lines.add("");
            FieldSources.functions(hook)
                    .forEach(function -> lines.add("- `%s`, kernel %s or newer"
                            .formatted(function.kernelName(), function.since().max(hook.since()))));
            lines.add("");
        }
        lines.add("## Withheld");
        lines.add("");
        withheld(hook, lines);
        return text(lines);
    }

    private static String text(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }

    private static String intents(Hook hook) {
        String words = HookNotes.intents(hook).stream()
                .map(Intent::text)
                .map("`%s`"::formatted)
                .collect(Collectors.joining(", "));
        return words.isEmpty() ? "none" : words;
    }

    private static String returns(Hook hook) {
        String meaning = hook.denial().isPresent() ? "0 denies, 1 allows" : "1; the hook cannot deny";
        String bit = switch (hook.bitOne()) {
            case NONE -> "";
            case BIND_WITHOUT_CAPABILITY -> "; bit 1 grants a port below the privileged limit";
            case CONGESTION -> "; bit 1 signals congestion";
        };
        boolean less = hook.bitOne() != ReturnBit.NONE
                && !hook.returns(KernelVersion.V5_10).equals(hook.returns());
        String older = less ? ", from 5.12 on; before, %s".formatted(hook.returns(KernelVersion.V5_10)) : "";
        return hook.returns() + ": " + meaning + bit + older;
    }

    private static void fields(Hook hook, List<String> lines) {
        lines.add("| field | type | from | encoding | kernel | assignable |");
        lines.add("|---|---|---|---|---|---|");
        for (Field field : HookFields.at(hook)) {
            Optional<String> name = field.listed();
            if (name.isEmpty()) {
                continue;
            }
            List<ContextField> context = FieldSources.context(hook, field);
            String orders = context.stream()
                    .map(behind -> order(behind.order()))
                    .distinct()
                    .collect(Collectors.joining("; "));
            lines.add("| `%s` | %s | %s | %s | %s | %s |"
                    .formatted(
                            name.get(),
                            field.type().phrase(),
                            sources(hook, field),
                            orders.isEmpty() ? "as the helper or the hook determines" : orders,
                            FieldSources.since(hook, field),
                            UnsupportedFields.assignable(hook).contains(field) ? "yes" : "no"));
        }
    }

    private static String sources(Hook hook, Field field) {
        String sources = Stream.concat(
                        FieldSources.context(hook, field).stream().map(ContextField::name),
                        FieldSources.helper(hook, field).stream().map(helper -> helper.kernelName() + "()"))
                .map("`%s`"::formatted)
                .collect(Collectors.joining(", "));
        return sources.isEmpty() ? "the hook itself" : sources;
    }

    private static String order(ByteOrderKind order) {
        return switch (order) {
            case HOST -> "a number in host order";
            case NETWORK -> "in network order";
            case NETWORK_16_IN_32 -> "16 bits in network order, then two bytes of 0";
            case NETWORK_32 -> "two bytes of 0, then 16 bits in network order";
            case POINTER -> "a pointer";
            case SCRATCH -> "bytes";
        };
    }

    private static void helpers(Hook hook, List<String> lines) {
        List<Helper> helpers = FieldSources.helpers(hook);
        if (helpers.isEmpty()) {
            lines.add("Policies call no helpers at this hook.");
            return;
        }
        helpers.forEach(helper -> lines.add("- `%s`, kernel %s or newer"
                .formatted(
                        helper.kernelName(),
                        helper.since(hook).map(Object::toString).orElseThrow())));
    }

    private static void withheld(Hook hook, List<String> lines) {
        if (UnsupportedFields.at(hook).isEmpty()) {
            lines.add("Nothing: the language offers every access that the verifier accepts here.");
            return;
        }
        lines.add("The verifier accepts these accesses, but the language does not offer them.");
        lines.add("");
        lines.add("| context field | bytes | access | why not |");
        lines.add("|---|---|---|---|");
        for (UnsupportedFields one : UnsupportedFields.at(hook)) {
            ContextField field = one.field();
            lines.add("| `%s` | %d..%d | %s | %s |"
                    .formatted(
                            field.name(),
                            field.offset(),
                            field.end() - 1,
                            one.use() == UnsupportedFields.Use.READ ? "read" : "write",
                            one.reason()));
        }
    }
}
