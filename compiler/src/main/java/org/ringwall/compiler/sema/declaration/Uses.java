// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.declaration;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ringwall.compiler.ast.Effect;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Expr;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.Statement;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.ast.Verdict;

/** The names that occur in place of values or predicates, whether or not they are declared. */
public final class Uses implements Expr.Visitor<List<Value.Reference>>, Element.Visitor<List<Value.Reference>> {
    private static final Uses USES = new Uses();

    private Uses() {}

    /** Returns every name that a set or a rule of the policy uses. */
    public static Set<String> in(PolicyFile file) {
        Set<String> names = new HashSet<>();
        for (Item item : file.items()) {
            in(item).forEach(reference -> names.add(reference.name()));
        }
        return names;
    }

    private static List<Value.Reference> in(Item item) {
        if (item instanceof Item.SetDeclaration set) {
            return in(set.value());
        } else if (item instanceof Item.Predicate predicate) {
            return predicate.guard().accept(USES);
        } else if (item instanceof Item.LiveSet set) {
            return set.within().map(Uses::in).orElse(List.of());
        } else if (item instanceof Item.Table table) {
            List<Value.Reference> found = new ArrayList<>(in(table.within()));
            found.addAll(in(table.ports()));
            return found;
        }
        return item instanceof Item.OfRules block ? rules(block.statements()) : List.of();
    }

    private static List<Value.Reference> rules(List<Statement> statements) {
        List<Value.Reference> found = new ArrayList<>();
        for (Statement statement : statements) {
            found.addAll(in(statement));
            statement.effects().forEach(effect -> found.addAll(in(effect)));
        }
        return found;
    }

    private static List<Value.Reference> in(Statement statement) {
        List<Value.Reference> found = new ArrayList<>();
        statement.accept(new Statement.Visitor<Boolean>() {
            @Override
            public Boolean rule(Statement.Rule rule) {
                rule.guard().ifPresent(guard -> found.addAll(guard.accept(USES)));
                rule.within().ifPresent(within -> found.add(named(within.rate())));
                return found.addAll(in(rule.verdict()));
            }

            @Override
            public Boolean when(Statement.When when) {
                return found.addAll(when.guard().accept(USES));
            }

            @Override
            public Boolean fallback(Statement.Default fallback) {
                return found.addAll(in(fallback.verdict()));
            }
        });
        return found;
    }

    private static List<Value.Reference> in(Verdict verdict) {
        if (!(verdict instanceof Verdict.Redirect redirect)) {
            return List.of();
        }
        return redirect.to() instanceof Verdict.Place place
                ? in(place.port())
                : List.of(named(((Verdict.Entry) redirect.to()).table()));
    }

    private static Value.Reference named(Name name) {
        return new Value.Reference(name.text(), name.span());
    }

    private static List<Value.Reference> in(Effect effect) {
        return effect.accept(new Effect.Visitor<>() {
            @Override
            public List<Value.Reference> assign(Effect.Assign assign) {
                return in(assign.value());
            }

            @Override
            public List<Value.Reference> setOption(Effect.SetOption set) {
                return in(set.value());
            }

            @Override
            public List<Value.Reference> reply(Effect.Reply reply) {
                return in(reply.value());
            }

            @Override
            public List<Value.Reference> log(Effect.Log log) {
                return List.of();
            }

            @Override
            public List<Value.Reference> because(Effect.Because because) {
                return List.of();
            }

            @Override
            public List<Value.Reference> count(Effect.Count count) {
                return List.of(named(count.counter()));
            }

            @Override
            public List<Value.Reference> answered(Effect.Answered answered) {
                return List.of();
            }
        });
    }

    /** Returns the names in a guard, in source order. */
    static List<Value.Reference> in(Expr guard) {
        return guard.accept(USES);
    }

    /** Returns the names in a set, in source order. */
    static List<Value.Reference> in(SetExpr set) {
        List<Value.Reference> found = new ArrayList<>();
        set.base().elements().forEach(element -> found.addAll(element.accept(USES)));
        set.removed().forEach(group -> group.elements().forEach(element -> found.addAll(element.accept(USES))));
        return found;
    }

    private static List<Value.Reference> in(Value value) {
        return value instanceof Value.Reference reference ? List.of(reference) : List.of();
    }

    private List<Value.Reference> all(List<Expr> operands) {
        List<Value.Reference> found = new ArrayList<>();
        operands.forEach(operand -> found.addAll(operand.accept(this)));
        return found;
    }

    @Override
    public List<Value.Reference> or(Expr.Or or) {
        return all(or.operands());
    }

    @Override
    public List<Value.Reference> and(Expr.And and) {
        return all(and.operands());
    }

    @Override
    public List<Value.Reference> not(Expr.Not not) {
        return not.operand().accept(this);
    }

    @Override
    public List<Value.Reference> compare(Expr.Compare compare) {
        return in(compare.value());
    }

    @Override
    public List<Value.Reference> member(Expr.Member member) {
        return in(member.set());
    }

    @Override
    public List<Value.Reference> match(Expr.Match match) {
        return in(match.patterns());
    }

    @Override
    public List<Value.Reference> flag(Expr.Flag flag) {
        return List.of(new Value.Reference(flag.field().name(), flag.span()));
    }

    @Override
    public List<Value.Reference> listed(Element.Listed listed) {
        return List.of();
    }

    @Override
    public List<Value.Reference> single(Element.Single single) {
        return in(single.value());
    }

    @Override
    public List<Value.Reference> range(Element.Range range) {
        List<Value.Reference> found = new ArrayList<>(in(range.low()));
        found.addAll(in(range.high()));
        return found;
    }
}
