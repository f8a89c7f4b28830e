package org.ringwall.compiler.diagram;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.value.Comparison;

/** A test whose answer is not known until a policy is in force. */
public sealed interface Predicate {
    /** `variable op param`, unsigned, op EQ, LT or LE. */
    record CompareParam(Variable variable, Comparison comparison, Param param) implements Predicate {
        public CompareParam {
            boolean canonical = switch (comparison) {
                case EQ, LT, LE -> true;
                case NE, GT, GE -> false;
            };
            if (!canonical) {
                throw new IllegalArgumentException("write " + comparison + " as the negation of its opposite");
            }
        }

        @Override
        public Optional<Variable> at() {
            return Optional.of(variable);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.compareParam(this);
        }

        @Override
        public String toString() {
            return variable + " " + comparison.text() + " " + param.name();
        }
    }

    /**
     * An entry of the live set covers the value.
     *
     * @param last the last variable of the value in the order of tests, also where it is a constant by now
     * @param parts a number; a v4 address; both halves of a raw v6 address; or type, major and minor of a device
     */
    record InLive(LiveSet set, Variable last, List<Part> parts) implements Predicate {
        public InLive {
            parts = List.copyOf(parts);
        }

        @Override
        public Optional<Variable> at() {
            return Optional.of(last);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.inLive(this);
        }

        /** The same where the variable has this value. */
        InLive with(Variable variable, long value) {
            return new InLive(
                    set,
                    last,
                    parts.stream()
                            .map(part -> part.equals(new Part.Read(variable)) ? new Part.Is(value) : part)
                            .toList());
        }

        @Override
        public String toString() {
            return parts.stream().map(Part::toString).collect(Collectors.joining(":")) + " in " + set.name();
        }
    }

    /**
     * There is a token of the rate for the request, which is taken unless the rule is only watched. It is asked after
     * everything else that the request says, once, where the rule is reached and its guard holds.
     */
    record Token(RuleRef rule, Rate rate, boolean taken) implements Predicate {
        @Override
        public Optional<Variable> at() {
            return Optional.empty();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.token(this);
        }

        @Override
        public String toString() {
            return (taken ? "token of " : "would have a token of ") + rate.name() + "@" + rule;
        }
    }

    /** The table has an entry for the request that the rule leads there. */
    record HasEntry(RuleRef rule, Table table) implements Predicate {
        @Override
        public Optional<Variable> at() {
            return Optional.empty();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.hasEntry(this);
        }

        @Override
        public String toString() {
            return "entry of " + table.name() + "@" + rule;
        }
    }

    /**
     * The first of these terms that holds is a member; it is asked behind all tests of single variables.
     *
     * @param members places in the list of terms
     */
    record FirstIn(Terms terms, BitSet members) implements Predicate {
        public FirstIn {
            members = (BitSet) members.clone();
            if (members.length() > terms.list().size()) {
                throw new IllegalArgumentException("of " + terms + " there are no " + members);
            }
        }

        @Override
        public BitSet members() {
            return (BitSet) members.clone();
        }

        /** Whether it holds where variables have these values. */
        public boolean holds(ToLongFunction<Variable> values) {
            return members.get(terms.first(values));
        }

        @Override
        public Optional<Variable> at() {
            return Optional.empty();
        }

        @Override
        public List<Variable> reads() {
            return List.copyOf(terms.variables());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.firstIn(this);
        }

        @Override
        public String toString() {
            return "first of " + terms + " in " + members;
        }
    }

    /** One number of a value that is looked for. */
    sealed interface Part {
        /** What the variable holds. */
        record Read(Variable variable) implements Part {
            @Override
            public String toString() {
                return variable.toString();
            }
        }

        /** Known. */
        record Is(long value) implements Part {
            @Override
            public String toString() {
                return "0x" + Long.toHexString(value);
            }
        }
    }

    /** The variable behind whose intervals it is tested; empty for what is tested last of all. */
    Optional<Variable> at();

    /** The variables that it reads. */
    default List<Variable> reads() {
        if (this instanceof InLive live) {
            return live.parts().stream()
                    .filter(Part.Read.class::isInstance)
                    .map(part -> ((Part.Read) part).variable())
                    .toList();
        }
        return at().stream().toList();
    }

    /** What another package does with a predicate. */
    interface Visitor<R> {
        R compareParam(CompareParam predicate);

        R inLive(InLive predicate);

        R token(Token predicate);

        R hasEntry(HasEntry predicate);

        R firstIn(FirstIn predicate);
    }

    /** Calls the visitor's method for this kind. */
    <R> R accept(Visitor<R> visitor);
}
