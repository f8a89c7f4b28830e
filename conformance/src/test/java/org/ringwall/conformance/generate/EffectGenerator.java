// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.bpf.kernel.KernelVersion;
import org.ringwall.bpf.kernel.SettableOption;
import org.ringwall.compiler.policy.Block;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Guard;
import org.ringwall.compiler.policy.HookFields;
import org.ringwall.compiler.policy.Intent;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Reason;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.ByteString;

/**
 * A generator of effects for a block's rules: every assignable field, with numbers, addresses,
 * names and params.
 */
final class EffectGenerator {
    /**
     * Lengths for the result of getsockopt: near those that the kernel returns and the limit of
     * what a program can read.
     */
    private static final List<Integer> LENGTHS = List.of(1, 2, 3, 4, 5, 15, 16, 17, 4095, 4096);

    private static final List<String> REASONS = List.of("no", "quota \"full\"", "a\\b", "größer: 100 %s");

    private final RandomChoices choices;
    private final SetGenerator sets;
    private final Declarations declarations;

    EffectGenerator(RandomChoices choices, Declarations declarations) {
        this.choices = choices;
        this.sets = new SetGenerator(choices);
        this.declarations = declarations;
    }

    /** Returns whether rules of such a block can have effects. */
    static boolean areThere(Block.Target target) {
        return replies(target) || !fields(target).isEmpty();
    }

    /**
     * Returns whether rules of such a block with this guard can have effects. `new_value` cannot be
     * assigned if only reads match.
     */
    static boolean areThere(Block.Target target, Guard guard) {
        String atoms = guard.toString();
        boolean reads = atoms.contains("field=" + Field.READ)
                || atoms.contains("field=" + Field.WRITE) && atoms.contains("Not[");
        return areThere(target) && !(reads && fields(target).contains(Field.NEW_VALUE));
    }

    private static boolean replies(Block.Target target) {
        return target.equals(new Block.Target.OfHook(Hook.SOCK_OPS));
    }

    /**
     * Returns the assignable fields. Addresses are excluded in blocks for an intent, whose hooks
     * have both families.
     */
    private static List<Field> fields(Block.Target target) {
        List<Field> fields = new ArrayList<>(HookFields.assignable(target));
        if (target instanceof Block.Target.OfIntent) {
            fields.removeIf(field -> field.type() == FieldType.ADDRESS);
        }
        return fields;
    }

    /** Generates one to three effects, possibly on the same field. */
    List<Written<Effect>> effects(Block.Target target) {
        return choices.several(1, 3, () -> effect(target));
    }

    /**
     * The text after a rule in braces, and what it means.
     *
     * @param text the text with a space before it, or the empty string if there is none
     */
    record Braces(String text, List<Effect> effects, Optional<Reason> because) {
        Braces {
            effects = List.copyOf(effects);
        }
    }

    /**
     * Writes the effects, sometimes with a reason, which is attached to `log` or written
     * separately.
     */
    Braces inBraces(List<Written<Effect>> effects) {
        List<String> words = new ArrayList<>(effects.stream().map(Written::text).toList());
        Optional<Reason> because =
                choices.chance(15) ? Optional.of(new Reason(choices.oneOf(REASONS))) : Optional.empty();
        because.ifPresent(reason -> {
            int log = choices.chance(60) ? logged(effects) : -1;
            if (log >= 0) {
                words.set(log, words.get(log) + " " + reason);
            } else {
                words.add(choices.below(words.size() + 1), reason.toString());
            }
        });
        String text = words.isEmpty() ? "" : " { " + String.join("; ", words) + " }";
        return new Braces(text, effects.stream().map(Written::value).toList(), because);
    }

    /** Returns the index of the `log` effect, or -1. */
    private static int logged(List<Written<Effect>> effects) {
        for (int i = 0; i < effects.size(); i++) {
            if (effects.get(i).value() instanceof Effect.Log) {
                return i;
            }
        }
        return -1;
    }

    private Written<Effect> effect(Block.Target target) {
        List<Field> fields = fields(target);
        if (replies(target) && (fields.isEmpty() || choices.chance(60))) {
            Written<Effect.Operand> operand = number(FieldType.INT);
            return new Written<>("reply " + operand.text(), new Effect.Reply(operand.value()));
        }
        if (replies(target) && choices.chance(60)) {
            return option();
        }
        Field field = choices.oneOf(fields);
        Written<Effect.Operand> operand = switch (field.type()) {
            case ADDRESS -> address(((Block.Target.OfHook) target).hook());
            case STRING -> new StringGenerator(choices).assigned(field);
            case ERRNO -> fixed(0);
            case INT -> field == Field.OPTLEN ? fixed(choices.oneOf(LENGTHS)) : number(FieldType.INT);
            default -> number(field.type());
        };
        return new Written<>(
                "assign " + field.text() + " = " + operand.text(), new Effect.Assign(field, operand.value()));
    }

    private static Written<Effect.Operand> fixed(int value) {
        return new Written<>(Integer.toString(value), new Effect.Operand.OfNumber(value));
    }

    /**
     * Generates an option that every kernel supports, because policies must also compile for the
     * oldest one.
     */
    private Written<Effect> option() {
        List<SettableOption> old = Arrays.stream(SettableOption.values())
                .filter(option -> option.since().equals(KernelVersion.V5_10))
                .toList();
        SettableOption option = choices.oneOf(old);
        Written<Effect.Operand> operand = option.isText() ? name() : number(FieldType.INT);
        return new Written<>(
                "setsockopt " + option + " = " + operand.text(), new Effect.SetOption(option, operand.value()));
    }

    private Written<Effect.Operand> name() {
        String name = choices.oneOf("cubic", "reno", "bbr", "lo", "a", "fifteen-letters");
        return new Written<>('"' + name + '"', new Effect.Operand.OfText(ByteString.of(name)));
    }

    private Written<Effect.Operand> number(FieldType type) {
        List<Param> params = declarations.params(type);
        if (!params.isEmpty() && choices.chance(40)) {
            Param param = choices.oneOf(params);
            return new Written<>(param.name(), new Effect.Operand.OfParam(param));
        }
        long value = sets.number(type);
        return new Written<>(sets.digits(value), new Effect.Operand.OfNumber(value));
    }

    private Written<Effect.Operand> address(Hook hook) {
        while (true) {
            Written<Address> address = sets.address();
            if (hook.carries(address.value().isV4()) && !address.value().isAny()) {
                return new Written<>(address.text(), new Effect.Operand.OfAddress(address.value()));
            }
        }
    }

    /**
     * Returns whether rules of such a block may grant a privileged port, which is bit 1 of the
     * return value.
     */
    static boolean grants(Block.Target target) {
        return target.equals(new Block.Target.OfIntent(Intent.BIND))
                || target.equals(new Block.Target.OfHook(Hook.BIND4))
                || target.equals(new Block.Target.OfHook(Hook.BIND6));
    }
}
