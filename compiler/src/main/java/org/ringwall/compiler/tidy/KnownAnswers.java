package org.ringwall.compiler.tidy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.ringwall.bpf.asm.CodeElement;
import org.ringwall.bpf.asm.Label;
import org.ringwall.bpf.insn.Insn;
import org.ringwall.bpf.insn.Operand;
import org.ringwall.bpf.insn.Reg;
import org.ringwall.bpf.insn.Width;

/** `r0 = number` is left out, or jumped over, where r0 is that number already: both answers may then share one `exit`. */
final class KnownAnswers {
    private final Code code;
    private final List<Optional<Known>> before = new ArrayList<>();

    /** What r0 is known to be on every way to a place that some way leads to. */
    record Known(OptionalInt number) {
        static final Known NOTHING = new Known(OptionalInt.empty());

        Known meet(Known other) {
            return equals(other) ? this : NOTHING;
        }

        boolean is(OptionalInt answer) {
            return answer.isPresent() && number.equals(answer);
        }
    }

    private KnownAnswers(Code code) {
        this.code = code;
        Map<Label, Known> arriving = new IdentityHashMap<>();
        Optional<Known> known = Optional.of(Known.NOTHING);
        for (int place = 0; place < code.size(); place++) {
            CodeElement element = code.at(place);
            if (code.isLoop(place)) {
                known = Optional.of(Known.NOTHING);
            } else if (element instanceof CodeElement.Bind bind) {
                Optional<Known> there = Optional.ofNullable(arriving.get(bind.label()));
                known = known.isPresent() && there.isPresent()
                        ? Optional.of(known.get().meet(there.get()))
                        : known.or(() -> there);
            }
            before.add(known);
            Optional<Known> here = known;
            Code.target(element)
                    .ifPresent(label ->
                            here.ifPresent(value -> arriving.merge(label, jumping(element, value), Known::meet)));
            known = known.map(value -> behind(element, value)).filter(value -> Code.falls(element));
        }
    }

    static Code apply(Code code) {
        return new KnownAnswers(code).shorter();
    }

    /** What is known everywhere in the code. */
    static KnownAnswers of(Code code) {
        return new KnownAnswers(code);
    }

    /** Whether r0 is known to be this number before the instruction. */
    boolean isKnown(int place, int number) {
        return at(place).is(OptionalInt.of(number));
    }

    /** What r0 is known to be before the instruction. */
    OptionalInt number(int place) {
        return at(place).number();
    }

    /** What r0 is known to be where the jump leads. */
    OptionalInt jumping(int place) {
        return jumping(code.at(place), at(place)).number();
    }

    private Known at(int place) {
        return before.get(place).orElse(Known.NOTHING);
    }

    private static Known behind(CodeElement element, Known known) {
        OptionalInt answer = Code.answer(element);
        if (answer.isPresent()) {
            return new Known(answer);
        }
        return Code.writesAnswer(element) ? Known.NOTHING : known;
    }

    /** Where `if r0 == number` jumps, r0 is the number. */
    private static Known jumping(CodeElement jump, Known known) {
        boolean equal = jump instanceof CodeElement.Branch branch
                && branch.op() == Insn.JumpOp.EQ
                && branch.width() == Width.DW
                && branch.dst() == Reg.R0
                && branch.src() instanceof Operand.OfImm;
        if (!equal) {
            return known;
        }
        Operand right = ((CodeElement.Branch) jump).src();
        return new Known(OptionalInt.of(((Operand.OfImm) right).value()));
    }

    private Code shorter() {
        Map<Integer, Label> behind = new HashMap<>();
        List<CodeElement> led = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            CodeElement element = code.at(i);
            Known known = Code.target(element).isPresent() ? jumping(element, at(i)) : Known.NOTHING;
            led.add(Code.target(element)
                    .map(code::instruction)
                    .filter(there -> there < code.size() && known.is(Code.answer(code.at(there))))
                    .map(there -> Code.to(element, behind.computeIfAbsent(there, t -> new Label("answered"))))
                    .orElse(element));
        }
        List<CodeElement> kept = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            if (!at(i).is(Code.answer(code.at(i)))) {
                kept.add(led.get(i));
            }
            Optional.ofNullable(behind.get(i)).ifPresent(label -> kept.add(new CodeElement.Bind(label)));
        }
        return new Code(kept);
    }
}
