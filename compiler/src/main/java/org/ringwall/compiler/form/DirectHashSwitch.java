package org.ringwall.compiler.form;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ringwall.bpf.insn.Width;
import org.ringwall.compiler.ir.BasicBlock;
import org.ringwall.compiler.ir.BlockId;
import org.ringwall.compiler.ir.Emission;
import org.ringwall.compiler.ir.Instruction;
import org.ringwall.compiler.ir.Terminator;
import org.ringwall.compiler.ir.Value;
import org.ringwall.compiler.table.Cost;
import org.ringwall.compiler.table.DirectHash;
import org.ringwall.compiler.value.Comparison;

/**
 * Whether a number is one of a few that lead to one place, by the only slot where it can be: a product, a load and one comparison,
 * whatever the number.
 */
final class DirectHashSwitch implements SwitchForm {
    /** Fewer are compared, or a product of differences. */
    private static final int FEWEST = 4;

    private final DirectHash hash;
    private final int numbers;
    private final BlockId member;
    private final BlockId rest;

    private DirectHashSwitch(DirectHash hash, int numbers, BlockId member, BlockId rest) {
        this.hash = hash;
        this.numbers = numbers;
        this.member = member;
        this.rest = rest;
    }

    /** Empty where more than a few numbers lead to either of two places, or no factor suits them. */
    static Optional<SwitchForm> of(Ways ways, Numbers.Number number) {
        List<BlockId> targets = ways.targets();
        if (targets.size() != 2 || number.bits() > Integer.SIZE || number.steady()) {
            return Optional.empty();
        }
        return of(ways, targets.get(0), targets.get(1)).or(() -> of(ways, targets.get(1), targets.get(0)));
    }

    private static Optional<SwitchForm> of(Ways ways, BlockId member, BlockId rest) {
        List<Long> numbers = new ArrayList<>();
        for (Ways.Way way : ways.list()) {
            if (way.target().equals(member) && way.high() - way.low() >= DirectHash.MOST_NUMBERS) {
                return Optional.empty();
            }
            for (long each = way.low(); each <= way.high() && way.target().equals(member); each++) {
                numbers.add(each);
            }
        }
        return numbers.size() < FEWEST
                ? Optional.empty()
                : DirectHash.of(numbers).map(hash -> new DirectHashSwitch(hash, numbers.size(), member, rest));
    }

    @Override
    public Cost cost() {
        return DirectHash.cost();
    }

    @Override
    public String text() {
        return "direct hash of " + numbers + " numbers";
    }

    @Override
    public void add(Emission emission, BasicBlock origin, Value value) {
        Emission.Body body = emission.body(origin);
        Value held = body.add(result -> new Instruction.LookUp(result, value, hash));
        body.end(
                origin.id(),
                origin.span(),
                new Terminator.Branch(
                        Comparison.EQ, Width.DW, held, new Terminator.Right.OfValue(value), member, rest));
    }
}
