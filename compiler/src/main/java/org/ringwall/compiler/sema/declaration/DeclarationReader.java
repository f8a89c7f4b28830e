// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.declaration;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.compiler.ast.Item;
import org.ringwall.compiler.ast.Name;
import org.ringwall.compiler.ast.PolicyFile;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.Lists;
import org.ringwall.compiler.sema.guard.SetReader;
import org.ringwall.compiler.sema.text.Constants;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.sema.text.Ranges;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.SourceFiles;
import org.ringwall.compiler.source.Span;

/**
 * A reader of declarations, in this order: params; sets, each after those that it references;
 * state; predicates.
 */
public final class DeclarationReader {
    private static final Map<String, FieldType> PARAM_TYPES = Map.of(
            "port", FieldType.PORT,
            "id", FieldType.ID,
            "uid", FieldType.ID,
            "gid", FieldType.ID,
            "int", FieldType.INT,
            "int64", FieldType.LONG,
            "cgroup", FieldType.CGROUP,
            "netns", FieldType.COOKIE);

    private final Findings findings;
    private final Declarations declarations;
    private final Map<String, Item.SetDeclaration> sets = new LinkedHashMap<>();
    private final Map<String, Item> state = new LinkedHashMap<>();
    private final Map<String, Item.Predicate> predicates = new LinkedHashMap<>();
    private final Set<String> circular = new LinkedHashSet<>();

    private DeclarationReader(Declarations declarations, Findings findings) {
        this.declarations = declarations;
        this.findings = findings;
    }

    public static Declarations read(PolicyFile file, SourceFiles files, Findings findings) {
        DeclarationReader reader = new DeclarationReader(new Declarations(new Lists(files)), findings);
        reader.declare(file.items());
        reader.inOrder().forEach(reader::set);
        reader.state.forEach(reader::state);
        PredicateReader.read(reader.predicates, reader.declarations, findings);
        return reader.declarations;
    }

    private void declare(List<Item> items) {
        Map<String, Span> seen = new HashMap<>();
        for (Item item : items) {
            if (item instanceof Item.SetDeclaration set && isNew(set.name(), seen)) {
                sets.put(set.name().text(), set);
            } else if (item instanceof Item.Predicate predicate && isNew(predicate.name(), seen)) {
                predicates.put(predicate.name().text(), predicate);
            } else if (item instanceof Item.Param param && isNew(param.name(), seen)) {
                Span at = param.name().span();
                declarations.put(
                        param.name().text(),
                        param(param)
                                .<Declarations.Declared>map(value -> new Declarations.Declared.OfParam(value, at))
                                .orElse(new Declarations.Declared.Failed(at)));
            } else {
                kept(item, seen);
            }
        }
    }

    private void kept(Item item, Map<String, Span> seen) {
        if (item instanceof Item.LiveSet set) {
            kept("live set", set.name(), item, seen);
        } else if (item instanceof Item.Table table) {
            kept("table", table.name(), item, seen);
        } else if (item instanceof Item.Counter counter) {
            kept("counter", counter.name(), item, seen);
        } else if (item instanceof Item.Rate rate) {
            kept("rate", rate.name(), item, seen);
        }
    }

    private void kept(String kind, Name name, Item item, Map<String, Span> seen) {
        if (isNew(name, seen)) {
            state.put(name.text(), item);
            declarations.put(name.text(), new Declarations.Declared.Unread(kind, name.span()));
        }
    }

    private void state(String name, Item item) {
        StateReader reader = new StateReader(declarations, findings);
        Span at = declarations.find(name).orElseThrow().at();
        Optional<Declarations.Declared> declared = Optional.empty();
        if (item instanceof Item.LiveSet set) {
            declared = reader.liveSet(set).map(read -> new Declarations.Declared.OfLive(read, at));
        } else if (item instanceof Item.Table table) {
            declared = reader.table(table).map(read -> new Declarations.Declared.OfTable(read, at));
        } else if (item instanceof Item.Counter counter) {
            declared = reader.counter(counter).map(read -> new Declarations.Declared.OfCounter(read, at));
        } else if (item instanceof Item.Rate rate) {
            declared = reader.rate(rate).map(read -> new Declarations.Declared.OfRate(read, at));
        }
        declarations.put(name, declared.orElse(new Declarations.Declared.Failed(at)));
    }

    private boolean isNew(Name name, Map<String, Span> seen) {
        if (Constants.taken(name.text())) {
            findings.add(Diagnostic.of(
                            Code.TAKEN_NAME, name.span(), "`%s` already has a meaning in guards".formatted(name.text()))
                    .help("choose another name, as in `my_%s`".formatted(name.text())));
        }
        Optional<Span> first = Optional.ofNullable(seen.putIfAbsent(name.text(), name.span()));
        first.ifPresent(span -> findings.add(
                Diagnostic.of(Code.DUPLICATE_NAME, name.span(), "`%s` is declared twice".formatted(name.text()))
                        .help("rename one of them; all declarations share one namespace")
                        .note(span, "it is first declared here")));
        return first.isEmpty();
    }

    private Optional<Param> param(Item.Param item) {
        Optional<FieldType> type =
                Optional.ofNullable(PARAM_TYPES.get(item.type().text()));
        if (type.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.UNKNOWN_PARAM_TYPE,
                            item.type().span(),
                            "there is no param type `%s`".formatted(item.type().text()))
                    .help(DidYouMean.help(item.type().text(), PARAM_TYPES.keySet())
                            .orElse("write one of `port`, `uid`, `gid`, `int`, `cgroup`, `netns`")));
            return Optional.empty();
        }
        Optional<Long> low = number(item.low(), type.get());
        Optional<Long> high = number(item.high(), type.get());
        Optional<Long> initial = number(item.initial(), type.get());
        if (low.isEmpty() || high.isEmpty() || initial.isEmpty()) {
            return Optional.empty();
        }
        Span range = item.low().span().to(item.high().span());
        boolean ordered = Ranges.ordered(
                        low.get(),
                        high.get(),
                        item.low().span().text(),
                        item.high().span().text())
                .orReport(findings, range)
                .isPresent();
        if (!ordered) {
            return Optional.empty();
        }
        if (Long.compareUnsigned(initial.get(), low.get()) < 0 || Long.compareUnsigned(initial.get(), high.get()) > 0) {
            findings.add(outside(item.initial(), item.name().text(), low.get(), high.get())
                    .note(range, "its range is declared here"));
            return Optional.empty();
        }
        return Optional.of(new Param(
                item.name().text(),
                type.get(),
                low.get(),
                high.get(),
                initial.get(),
                item.name().span()));
    }

    /** Returns the report of a value outside the range of a param. */
    public static Diagnostic outside(Value value, String param, long low, long high) {
        // Not the span's text, because a default may be given outside the policy.
        String text = value instanceof Value.Literal literal
                ? literal.text()
                : value.span().text();
        return Diagnostic.of(
                        Code.OUTSIDE_PARAM, value.span(), "`%s` is outside the range of `%s`".formatted(text, param))
                .help("write a number in %s..%s, or widen the range"
                        .formatted(Long.toUnsignedString(low), Long.toUnsignedString(high)));
    }

    private Optional<Long> number(Value value, FieldType type) {
        return plainNumber(value, type, findings);
    }

    /**
     * Reads a number where no name is allowed, because neither the loader nor a test resolves
     * names.
     */
    public static Optional<Long> plainNumber(Value value, FieldType type, Findings findings) {
        if (value instanceof Value.Literal literal && literal.form() == Value.Literal.Form.INTEGER) {
            return NumberText.read(literal.text(), type).orReport(findings, literal.span());
        }
        findings.add(Diagnostic.of(
                        Code.TYPE_MISMATCH,
                        value.span(),
                        "`%s` is not a number".formatted(value.span().text()))
                .help("write the range and the value as numbers in 0..%s"
                        .formatted(Long.toUnsignedString(type.max()))));
        return Optional.empty();
    }

    /**
     * Orders sets after the sets that they reference; cycles are reported and left out. Iterative,
     * since a chain of references may be long.
     */
    private List<String> inOrder() {
        List<String> done = new ArrayList<>();
        Set<String> finished = new LinkedHashSet<>();
        Map<String, Iterator<Value.Reference>> open = new LinkedHashMap<>();
        Deque<String> path = new ArrayDeque<>();
        for (String root : sets.keySet()) {
            enter(root, finished, open, path);
            while (!path.isEmpty()) {
                String name = path.getLast();
                Iterator<Value.Reference> rest =
                        open.getOrDefault(name, List.<Value.Reference>of().iterator());
                if (!rest.hasNext()) {
                    path.removeLast();
                    open.remove(name);
                    finished.add(name);
                    done.add(name);
                    continue;
                }
                Value.Reference next = rest.next();
                if (open.containsKey(next.name())) {
                    circle(next, path);
                } else {
                    enter(next.name(), finished, open, path);
                }
            }
        }
        return done;
    }

    private void enter(
            String name, Set<String> finished, Map<String, Iterator<Value.Reference>> open, Deque<String> path) {
        Optional<Item.SetDeclaration> set = Optional.ofNullable(sets.get(name));
        if (set.isPresent() && !finished.contains(name)) {
            open.put(name, Uses.in(set.get().value()).iterator());
            path.addLast(name);
        }
    }

    private void circle(Value.Reference closing, Deque<String> path) {
        List<String> round = new ArrayList<>(path);
        List<String> members = round.subList(round.indexOf(closing.name()), round.size());
        String way = members.size() == 1
                ? "contains itself"
                : "contains itself through `%s`".formatted(String.join("`, `", members.subList(1, members.size())));
        findings.add(Diagnostic.of(Code.SET_CYCLE, closing.span(), "the set `%s` %s".formatted(closing.name(), way))
                .help("write the elements instead of the set"));
        circular.addAll(members);
    }

    private void set(String name) {
        Item.SetDeclaration item = Optional.ofNullable(sets.get(name)).orElseThrow();
        Span at = item.name().span();
        if (circular.contains(name)) {
            declarations.put(name, new Declarations.Declared.Failed(at));
            return;
        }
        Optional<SetReader.Result> result = new SetReader(declarations, findings, Optional.empty()).read(item.value());
        declarations.put(
                name,
                result.filter(value -> withoutParams(item, value))
                        .<Declarations.Declared>map(value -> new Declarations.Declared.OfSet(part(value.base()), at))
                        .orElse(new Declarations.Declared.Failed(at)));
    }

    private static Part part(SetReader.Listed listed) {
        return listed.kind()
                .<Part>map(kind -> new Part.Fixed(kind, listed.members(), false))
                .orElse(new Part.Nothing());
    }

    private boolean withoutParams(Item.SetDeclaration item, SetReader.Result result) {
        List<Param> params = new ArrayList<>(result.base().params());
        params.addAll(result.removed().params());
        if (params.isEmpty()) {
            return true;
        }
        for (Value.Reference reference : Uses.in(item.value())) {
            if (params.stream().anyMatch(param -> param.name().equals(reference.name()))) {
                findings.add(Diagnostic.of(
                                Code.PARAM_IN_SET,
                                reference.span(),
                                "the param `%s` is an element of a declared set".formatted(reference.name()))
                        .help("a declared set is constant; write the param in the guard instead: `in { %s, %s }`"
                                .formatted(item.name().text(), reference.name())));
            }
        }
        return false;
    }
}
