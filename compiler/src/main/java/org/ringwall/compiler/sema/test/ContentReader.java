// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.bpf.state.LiveType;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.Probe;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.policy.Endpoint;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.policy.KeyValue;
import org.ringwall.compiler.policy.LiveMembers;
import org.ringwall.compiler.policy.LiveSet;
import org.ringwall.compiler.policy.Param;
import org.ringwall.compiler.policy.StateContent;
import org.ringwall.compiler.policy.Table;
import org.ringwall.compiler.sema.declaration.DeclarationReader;
import org.ringwall.compiler.sema.declaration.StateReader;
import org.ringwall.compiler.sema.guard.Declarations;
import org.ringwall.compiler.sema.guard.SetReader;
import org.ringwall.compiler.sema.guard.ValueReader;
import org.ringwall.compiler.sema.text.AddressText;
import org.ringwall.compiler.sema.text.Expected;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.Members;
import org.ringwall.compiler.sema.text.Part;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.Address;
import org.ringwall.compiler.value.AddressSet;
import org.ringwall.compiler.value.ByteString;

/**
 * A reader of the bindings after `with`: values of params, members of live sets, entries of tables.
 */
final class ContentReader {
    private final Declarations declarations;
    private final Findings findings;
    private final Map<Param, Long> params = new LinkedHashMap<>();
    private final Map<LiveSet, LiveMembers> sets = new LinkedHashMap<>();
    private final Map<Table, List<StateContent.Entry>> tables = new LinkedHashMap<>();

    ContentReader(Declarations declarations, Findings findings) {
        this.declarations = declarations;
        this.findings = findings;
    }

    /** The bindings of one line. */
    record Content(Map<Param, Long> params, StateContent state) {
        Content {
            params = Map.copyOf(params);
        }
    }

    /** Reads all bindings of a line; empty after a report. */
    Optional<Content> read(List<TestCase.Binding> bindings) {
        Map<String, Span> seen = new HashMap<>();
        boolean whole = true;
        for (TestCase.Binding binding : bindings) {
            String name = binding.name().text();
            boolean entry = binding instanceof TestCase.EntryBinding;
            Optional<Span> first = entry
                    ? Optional.empty()
                    : Optional.ofNullable(seen.putIfAbsent(name, binding.name().span()));
            if (first.isPresent()) {
                findings.add(Diagnostic.of(
                                Code.DUPLICATE_BINDING, binding.name().span(), "`%s` has two values".formatted(name))
                        .help("remove one of them")
                        .note(first.get(), "the first one is here"));
                whole = false;
            } else {
                whole &= read(binding);
            }
        }
        return whole ? Optional.of(new Content(params, new StateContent(sets, tables))) : Optional.empty();
    }

    private boolean read(TestCase.Binding binding) {
        Optional<Declarations.Declared> declared = named(binding);
        if (declared.isEmpty()) {
            return false;
        }
        if (declared.get() instanceof Declarations.Declared.OfParam param
                && binding instanceof TestCase.ValueBinding one) {
            return value(param.param(), one.value());
        } else if (declared.get() instanceof Declarations.Declared.OfLive live
                && binding instanceof TestCase.MemberBinding members) {
            return members(live.set(), members);
        } else if (declared.get() instanceof Declarations.Declared.OfTable table
                && binding instanceof TestCase.EntryBinding entry) {
            return entry(table.table(), entry);
        }
        String form = switch (declared.get().kind()) {
            case "param" -> "write one number: `with %s = 8080`";
            case "live set" -> "write its members in braces: `with %s = { … }`";
            default -> "write an entry with its key: `with %s[…] = 10.0.0.5:8080`";
        };
        findings.add(Diagnostic.of(
                        Code.BAD_PROBE,
                        binding.span(),
                        "the %s `%s` does not take a value of this form"
                                .formatted(declared.get().kind(), binding.name().text()))
                .help(form.formatted(binding.name().text())));
        return false;
    }

    private Optional<Declarations.Declared> named(TestCase.Binding binding) {
        String name = binding.name().text();
        Optional<Declarations.Declared> declared = declarations.find(name);
        if (declared.filter(found -> found instanceof Declarations.Declared.Failed)
                .isPresent()) {
            return Optional.empty();
        }
        boolean holds = declared.filter(found -> found instanceof Declarations.Declared.OfParam
                        || found instanceof Declarations.Declared.OfLive
                        || found instanceof Declarations.Declared.OfTable)
                .isPresent();
        if (holds) {
            return declared;
        }
        List<String> known = new ArrayList<>();
        declarations.params().forEach(param -> known.add(param.name()));
        declarations.state().liveSets().forEach(set -> known.add(set.name()));
        declarations.state().tables().forEach(table -> known.add(table.name()));
        findings.add(Diagnostic.of(
                        Code.UNKNOWN_NAME,
                        binding.name().span(),
                        "no param, live set or table is named `%s`".formatted(name))
                .help(DidYouMean.help(name, known)
                        .orElse(known.isEmpty() ? "declare one, or remove this" : DidYouMean.oneOf(known))));
        return Optional.empty();
    }

    private boolean value(Param param, Value value) {
        Optional<Long> number = DeclarationReader.plainNumber(value, param.type(), findings);
        boolean inside = number.filter(one ->
                        Long.compareUnsigned(param.min(), one) <= 0 && Long.compareUnsigned(one, param.max()) <= 0)
                .isPresent();
        if (number.isPresent() && !inside) {
            findings.add(DeclarationReader.outside(value, param.name(), param.min(), param.max())
                    .note(param.span(), "`%s` is declared here".formatted(param.name())));
        }
        if (inside) {
            params.put(param, number.get());
        }
        return inside;
    }

    private boolean members(LiveSet set, TestCase.MemberBinding binding) {
        SetExpr written =
                new SetExpr(binding.members(), List.of(), binding.members().span());
        Expected expected = new Expected(set.name(), LiveSet.fieldType(set.type()));
        Optional<SetReader.Result> result = new SetReader(declarations, findings, Optional.of(expected)).read(written);
        if (result.isEmpty()) {
            return false;
        }
        if (!result.get().base().isConstant()) {
            findings.add(Diagnostic.of(
                            Code.LIVE_IN_CONSTANT,
                            written.span(),
                            "a test can put only constants into `%s`".formatted(set.name()))
                    .help("write its members: `with %s = { … }`".formatted(set.name())));
            return false;
        }
        boolean ofAddresses = set.type() == LiveType.IP;
        if (ofAddresses && !areSingle(set, binding.members())) {
            return false;
        }
        Members members = result.get().base().members();
        Optional<Members> outside = set.within().map(within -> members.minus(members(within)));
        if (outside.filter(left -> !left.isEmpty()).isPresent()) {
            findings.add(Diagnostic.of(
                            Code.OUTSIDE_RANGE,
                            written.span(),
                            "not all of this is within the range of `%s`".formatted(set.name()))
                    .help("write members inside its `within`; the loader rejects others")
                    .note(set.span(), "`%s` is declared here".formatted(set.name())));
            return false;
        }
        int entries = Math.max(binding.members().elements().size(), LiveRoom.entries(set.type(), members));
        if (entries > set.max()) {
            tooMany(written.span(), set.name(), set.max(), "entries");
            return false;
        }
        if (entries > StateContent.MOST_ENTRIES) {
            findings.add(Diagnostic.of(
                            Code.TOO_MANY_ENTRIES,
                            written.span(),
                            "a test can put at most %d entries into `%s`"
                                    .formatted(StateContent.MOST_ENTRIES, set.name()))
                    .help("write only the entries that its attempts need"));
            return false;
        }
        sets.put(set, StateReader.members(set.type(), members));
        return true;
    }

    /**
     * Whether each element is written as a single address. A name denotes the addresses of its set,
     * one by one.
     */
    private boolean areSingle(LiveSet set, SetExpr.Group members) {
        boolean single = true;
        for (Element element : members.elements()) {
            boolean several = element instanceof Element.Range
                    || element instanceof Element.Single one
                            && one.value() instanceof Value.Literal literal
                            && AddressText.read(literal.text())
                                    .orReport(findings, literal.span())
                                    .filter(address -> address.set().size() > 1)
                                    .isPresent();
            if (several) {
                findings.add(Diagnostic.of(
                                Code.SEVERAL_IN_IP,
                                element.span(),
                                "`%s` is of type `ip`, but `%s` is several addresses"
                                        .formatted(set.name(), element.span().text()))
                        .help("write each address, or declare it as `live set %s : net`, which holds prefixes"
                                .formatted(set.name()))
                        .note(set.span(), "`%s` is declared here".formatted(set.name())));
                single = false;
            }
        }
        return single;
    }

    private static Members members(LiveMembers members) {
        if (members instanceof LiveMembers.Nets nets) {
            return Members.of(nets.set());
        } else if (members instanceof LiveMembers.Devices devices) {
            return Members.union(devices.ranges().stream().map(Members::of).toList());
        }
        return Members.of(((LiveMembers.Numbers) members).set());
    }

    private void tooMany(Span at, String name, int most, String what) {
        findings.add(Diagnostic.of(Code.TOO_MANY_ENTRIES, at, "`%s` can hold at most %d %s".formatted(name, most, what))
                .help("write fewer, or declare more"));
    }

    private boolean entry(Table table, TestCase.EntryBinding binding) {
        Optional<List<KeyValue>> key = key(table, binding);
        List<Endpoint> destinations = new ArrayList<>();
        StateReader ranges = new StateReader(declarations, findings);
        for (Probe.Endpoint written : binding.destinations()) {
            ranges.endpoint(written, table.within(), table.ports(), table.name())
                    .ifPresent(destinations::add);
        }
        if (binding.destinations().isEmpty() || binding.destinations().size() > table.choices()) {
            tooMany(binding.span(), table.name(), table.choices(), "destinations of a key, and at least 1");
            return false;
        }
        if (key.isEmpty() || destinations.size() < binding.destinations().size()) {
            return false;
        }
        List<StateContent.Entry> entries = tables.computeIfAbsent(table, t -> new ArrayList<>());
        if (entries.stream().anyMatch(entry -> entry.key().equals(key.get()))) {
            findings.add(Diagnostic.of(
                            Code.DUPLICATE_BINDING,
                            binding.span(),
                            "`%s` has two entries with this key".formatted(table.name()))
                    .help("remove one of them, or write both destinations in braces"));
            return false;
        }
        entries.add(new StateContent.Entry(key.get(), destinations));
        if (entries.size() > table.max()) {
            tooMany(binding.span(), table.name(), table.max(), "keys");
            return false;
        }
        return true;
    }

    private Optional<List<KeyValue>> key(Table table, TestCase.EntryBinding binding) {
        List<Field> fields = table.key().fields();
        if (fields.size() != binding.key().size()) {
            findings.add(Diagnostic.of(
                            Code.OTHER_KEY,
                            binding.span(),
                            "the key of `%s` has %d values, but this one has %d"
                                    .formatted(
                                            table.name(),
                                            fields.size(),
                                            binding.key().size()))
                    .help("write a value for each of `%s`"
                            .formatted(String.join(
                                    "`, `", fields.stream().map(Field::text).toList())))
                    .note(table.span(), "`%s` is declared here".formatted(table.name())));
            return Optional.empty();
        }
        List<KeyValue> values = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            value(fields.get(i), binding.key().get(i)).ifPresent(values::add);
        }
        return values.size() == fields.size() ? Optional.of(values) : Optional.empty();
    }

    private Optional<KeyValue> value(Field field, Value value) {
        Optional<Part> part = value.accept(new ValueReader(declarations, findings, Optional.of(Expected.of(field))));
        if (part.isEmpty()) {
            return Optional.empty();
        }
        Optional<KeyValue> one = part.get() instanceof Part.Fixed fixed && fixed.scalar()
                ? Optional.of(value(field, fixed.members()))
                : Optional.empty();
        if (one.isEmpty()) {
            findings.add(Diagnostic.of(
                            Code.SEVERAL_ASSIGNED,
                            value.span(),
                            "a key has one value for `%s`, but this is not a single value".formatted(field.text()))
                    .help(Expected.of(field).help()));
        }
        return one;
    }

    /** Returns the first number of a word with several: `tcp` is 6 at the hooks that redirect. */
    private static KeyValue value(Field field, Members members) {
        if (field.type() == FieldType.ADDRESS) {
            AddressSet set = members.addresses();
            boolean v4 = !set.v4().isEmpty();
            return new KeyValue.OfAddress(new Address(
                    v4, (v4 ? set.v4() : set.v6()).intervals().get(0).low()));
        }
        return field.type() == FieldType.STRING
                ? new KeyValue.OfText(ByteString.of(members.names().first()))
                : new KeyValue.OfNumber(
                        members.numbers().intervals().get(0).low().low());
    }
}
