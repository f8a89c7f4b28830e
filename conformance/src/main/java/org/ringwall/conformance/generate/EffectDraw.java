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

/** Draws effects that a block's rules may have: every assignable field, with numbers, addresses, names and params. */
final class EffectDraw {
    /** What getsockopt can be told to answer: around what the kernel answers, and what a program sees. */
    private static final List<Integer> LENGTHS = List.of(1, 2, 3, 4, 5, 15, 16, 17, 4095, 4096);

    private static final List<String> REASONS = List.of("no", "quota \"full\"", "a\\b", "größer: 100 %s");

    private final Draw draw;
    private final SetDraw sets;
    private final Declarations declarations;

    EffectDraw(Draw draw, Declarations declarations) {
        this.draw = draw;
        this.sets = new SetDraw(draw);
        this.declarations = declarations;
    }

    /** Whether rules of such a block can have effects. */
    static boolean areThere(Block.Target target) {
        return replies(target) || !fields(target).isEmpty();
    }

    /** The same of rules with this guard: to what only reads fulfil nothing is assigned. */
    static boolean areThere(Block.Target target, Guard guard) {
        String atoms = guard.toString();
        boolean reads = atoms.contains("field=" + Field.READ)
                || atoms.contains("field=" + Field.WRITE) && atoms.contains("Not[");
        return areThere(target) && !(reads && fields(target).contains(Field.NEW_VALUE));
    }

    private static boolean replies(Block.Target target) {
        return target.equals(new Block.Target.OfHook(Hook.SOCK_OPS));
    }

    /** One address fits all hooks only where they have one family. */
    private static List<Field> fields(Block.Target target) {
        List<Field> fields = new ArrayList<>(HookFields.assignable(target));
        if (target instanceof Block.Target.OfIntent) {
            fields.removeIf(field -> field.type() == FieldType.ADDRESS);
        }
        return fields;
    }

    /** One to three of them; the same thing may be written twice. */
    List<Written<Effect>> effects(Block.Target target) {
        return draw.several(1, 3, () -> effect(target));
    }

    /**
     * What stands behind a rule.
     *
     * @param text in braces, with a space before them; nothing for nothing
     */
    record Braces(String text, List<Effect> effects, Optional<Reason> because) {
        Braces {
            effects = List.copyOf(effects);
        }
    }

    /** These effects behind a rule, at times with a reason: that of the record, or one by itself. */
    Braces inBraces(List<Written<Effect>> effects) {
        List<String> words = new ArrayList<>(effects.stream().map(Written::text).toList());
        Optional<Reason> because = draw.chance(15) ? Optional.of(new Reason(draw.oneOf(REASONS))) : Optional.empty();
        because.ifPresent(reason -> {
            int log = draw.chance(60) ? logged(effects) : -1;
            if (log >= 0) {
                words.set(log, words.get(log) + " " + reason);
            } else {
                words.add(draw.below(words.size() + 1), reason.toString());
            }
        });
        String text = words.isEmpty() ? "" : " { " + String.join("; ", words) + " }";
        return new Braces(text, effects.stream().map(Written::value).toList(), because);
    }

    /** The place of the record among these; -1 where there is none. */
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
        if (replies(target) && (fields.isEmpty() || draw.chance(60))) {
            Written<Effect.Operand> operand = number(FieldType.INT);
            return new Written<>("reply " + operand.text(), new Effect.Reply(operand.value()));
        }
        if (replies(target) && draw.chance(60)) {
            return option();
        }
        Field field = draw.oneOf(fields);
        Written<Effect.Operand> operand = switch (field.type()) {
            case ADDRESS -> address(((Block.Target.OfHook) target).hook());
            case STRING -> new StringDraw(draw).assigned(field);
            case ERRNO -> fixed(0);
            case INT -> field == Field.OPTLEN ? fixed(draw.oneOf(LENGTHS)) : number(FieldType.INT);
            default -> number(field.type());
        };
        return new Written<>(
                "assign " + field.text() + " = " + operand.text(), new Effect.Assign(field, operand.value()));
    }

    private static Written<Effect.Operand> fixed(int value) {
        return new Written<>(Integer.toString(value), new Effect.Operand.OfNumber(value));
    }

    /** Those that every kernel takes: the draws are for the oldest too. */
    private Written<Effect> option() {
        List<SettableOption> old = Arrays.stream(SettableOption.values())
                .filter(option -> option.since().equals(KernelVersion.V5_10))
                .toList();
        SettableOption option = draw.oneOf(old);
        Written<Effect.Operand> operand = option.isText() ? name() : number(FieldType.INT);
        return new Written<>(
                "setsockopt " + option + " = " + operand.text(), new Effect.SetOption(option, operand.value()));
    }

    private Written<Effect.Operand> name() {
        String name = draw.oneOf("cubic", "reno", "bbr", "lo", "a", "fifteen-letters");
        return new Written<>('"' + name + '"', new Effect.Operand.OfText(ByteString.of(name)));
    }

    private Written<Effect.Operand> number(FieldType type) {
        List<Param> params = declarations.params(type);
        if (!params.isEmpty() && draw.chance(40)) {
            Param param = draw.oneOf(params);
            return new Written<>(param.name(), new Effect.Operand.OfParam(param));
        }
        long value = sets.number(type);
        return new Written<>(sets.digits(value), new Effect.Operand.OfNumber(value));
    }

    private Written<Effect.Operand> address(Hook hook) {
        while (true) {
            Written<Address> address = sets.address();
            boolean v4 = address.value().isV4();
            boolean carried = hook.word().endsWith("4") ? v4 : !v4 || hook != Hook.SENDMSG6;
            if (carried && !address.value().isAny()) {
                return new Written<>(address.text(), new Effect.Operand.OfAddress(address.value()));
            }
        }
    }

    /** Whether rules of such a block may grant what bit 1 stands for. */
    static boolean grants(Block.Target target) {
        return target.equals(new Block.Target.OfIntent(Intent.BIND))
                || target.equals(new Block.Target.OfHook(Hook.BIND4))
                || target.equals(new Block.Target.OfHook(Hook.BIND6));
    }
}
