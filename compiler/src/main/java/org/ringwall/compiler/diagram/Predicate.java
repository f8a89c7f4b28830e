// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.diagram;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.Rate;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.value.Comparison;
import org.ringwall.compiler.value.StringPattern;

/** A test whose answer is not known until a policy is in force. */
public sealed interface Predicate {
    /** The unsigned comparison `variable op param`, with the operators EQ, LT and LE only. */
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
     * The test whether an entry of a live set covers a value.
     *
     * @param last the last variable of the value in the order of tests, even if it has become a
     *     constant
     * @param parts a number; a v4 address; both halves of a raw v6 address; or type, major and
     *     minor of a device
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

        /** Returns the same test for requests in which the variable has this value. */
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
     * The test whether the rate has a token for the request, which is then taken unless the rule is
     * monitored. It runs after all other tests of the request, once, and only if the rule is
     * reached and its guard holds.
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
            return text(RuleRef::toString);
        }

        @Override
        public String text(Function<RuleRef, String> names) {
            return (taken ? "token of " : "would have a token of ") + rate.name() + "@" + names.apply(rule);
        }
    }

    /** The test whether the table of a redirecting rule has an entry for the request. */
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
            return text(RuleRef::toString);
        }

        @Override
        public String text(Function<RuleRef, String> names) {
            return "entry of " + table.name() + "@" + names.apply(rule);
        }
    }

    /**
     * The test whether the first term that holds is a member. It runs after all tests of single
     * variables.
     *
     * @param members indices into the list of terms
     */
    record FirstIn(BitVectorClassifier terms, BitSet members) implements Predicate {
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

        /** Returns whether the predicate holds if the variables have these values. */
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

    /**
     * The test whether the guard of a rule holds, as one test that is not merged with those of
     * other rules. It is a function of the request and of the state that the guard's own tests
     * read; a program makes those tests in its place.
     *
     * @param condition not a constant
     * @param forest the forest of the condition
     */
    record GuardHolds(RuleRef rule, Node<Boolean> condition, NodeTable<Boolean> forest) implements Predicate {
        /** Returns the variables that the condition tests. */
        @Override
        public List<Variable> reads() {
            return DiagramTraversal.topological(condition).stream()
                    .flatMap(node -> node instanceof Node.Split<Boolean> split
                            ? Stream.of(split.variable())
                            : node instanceof Node.PredicateTest<Boolean> test
                                    ? test.predicate().reads().stream()
                                    : Stream.empty())
                    .distinct()
                    .toList();
        }

        @Override
        public Optional<Variable> at() {
            return Optional.empty();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.guardHolds(this);
        }

        @Override
        public String toString() {
            return text(RuleRef::toString);
        }

        @Override
        public String text(Function<RuleRef, String> names) {
            return "guard of " + names.apply(rule);
        }
    }

    /**
     * The test whether a string matches a glob that its classes do not distinguish.
     *
     * @param bit the glob's bit of the results of {@link org.ringwall.compiler.strings.GlobWords}
     * @param may whether the test also holds if the known part of the string does not decide
     */
    record GlobMatches(Variable variable, StringPattern glob, int bit, boolean may) implements Predicate {
        @Override
        public Optional<Variable> at() {
            return Optional.of(variable);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.globMatches(this);
        }

        @Override
        public String toString() {
            return variable + (may ? " may match " : " matches ") + glob;
        }
    }

    /** Returns the predicate as text, with these names of rules. */
    default String text(Function<RuleRef, String> names) {
        return toString();
    }

    /** One number of the value that is looked up. */
    sealed interface Part {
        /** The value of a variable. */
        record Read(Variable variable) implements Part {
            @Override
            public String toString() {
                return variable.toString();
            }
        }

        /** A constant. */
        record Is(long value) implements Part {
            @Override
            public String toString() {
                return "0x" + Long.toHexString(value);
            }
        }
    }

    /**
     * Returns the variable after whose intervals the predicate is tested; empty for predicates that
     * are tested last.
     */
    Optional<Variable> at();

    default List<Variable> reads() {
        if (this instanceof InLive live) {
            return live.parts().stream()
                    .filter(Part.Read.class::isInstance)
                    .map(part -> ((Part.Read) part).variable())
                    .toList();
        }
        return at().stream().toList();
    }

    /** An operation on predicates in another package. */
    interface Visitor<R> {
        R compareParam(CompareParam predicate);

        R inLive(InLive predicate);

        R token(Token predicate);

        R hasEntry(HasEntry predicate);

        R firstIn(FirstIn predicate);

        R guardHolds(GuardHolds predicate);

        R globMatches(GlobMatches predicate);
    }

    /** Calls the visitor's method for this kind of predicate. */
    <R> R accept(Visitor<R> visitor);
}
