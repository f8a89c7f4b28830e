// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.compiler.ast.TestCase;
import org.ringwall.compiler.ast.Value;
import org.ringwall.compiler.model.request.Actor;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.NumberText;
import org.ringwall.compiler.sema.text.StringText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.ByteString;
import org.ringwall.compiler.value.StringPattern;

/**
 * A reader of the caller of an attempt: the words after `as`. Attributes that are not given are
 * those of an ordinary caller.
 */
final class ActorReader {
    private static final List<String> NAMES =
            List.of("uid", "gid", "pid", "comm", "cgroup", "ancestor", "netns", "cookie");

    private final Findings findings;
    private final Map<String, Long> numbers = new HashMap<>();
    private final Map<Integer, Long> ancestors = new TreeMap<>();
    private Optional<ByteString> comm = Optional.empty();

    ActorReader(Findings findings) {
        this.findings = findings;
    }

    /** Reads the caller; empty if any attribute is wrong. */
    Optional<Actor> read(List<TestCase.Attribute> identity) {
        Map<String, Span> seen = new HashMap<>();
        boolean whole = true;
        for (TestCase.Attribute attribute : identity) {
            String key = attribute.name().text()
                    + attribute.index().map(index -> " " + index.text()).orElse("");
            Optional<Span> first = Optional.ofNullable(seen.putIfAbsent(key, attribute.span()));
            if (first.isPresent()) {
                findings.add(
                        Diagnostic.of(Code.DUPLICATE_ATTRIBUTE, attribute.span(), "`%s` is given twice".formatted(key))
                                .help("remove one of them")
                                .note(first.get(), "the first one is here"));
                whole = false;
            } else {
                whole &= read(attribute);
            }
        }
        return whole ? Optional.of(actor()) : Optional.empty();
    }

    private Actor actor() {
        Actor usual = Actor.ORDINARY;
        return new Actor(
                number("uid", usual.uid()),
                number("gid", usual.gid()),
                comm.orElse(usual.comm()),
                number("pid", usual.pid()),
                number("cgroup", usual.cgroup()),
                ancestors,
                number("netns", usual.netns()),
                number("cookie", usual.cookie()));
    }

    private long number(String name, long usual) {
        return numbers.getOrDefault(name, usual);
    }

    private boolean read(TestCase.Attribute attribute) {
        return switch (attribute.name().text()) {
            case "uid", "gid" -> number(attribute, FieldType.ID);
            case "pid" -> number(attribute, FieldType.INT);
            case "cgroup" -> number(attribute, FieldType.CGROUP);
            case "netns", "cookie" -> number(attribute, FieldType.COOKIE);
            case "comm" -> comm(attribute);
            case "ancestor" -> ancestor(attribute);
            default -> unknown(attribute);
        };
    }

    private boolean number(TestCase.Attribute attribute, FieldType type) {
        String name = attribute.name().text();
        if (attribute.index().isPresent()) {
            return bad(attribute, "`%s` takes one number".formatted(name), "write `as %s 1000`".formatted(name));
        }
        Optional<Long> value = value(attribute, type);
        value.ifPresent(number -> numbers.put(name, number));
        return value.isPresent();
    }

    private Optional<Long> value(TestCase.Attribute attribute, FieldType type) {
        if (attribute.value() instanceof Value.Literal literal && literal.form() == Value.Literal.Form.INTEGER) {
            return NumberText.read(literal.text(), type).orReport(findings, literal.span());
        }
        String name = attribute.name().text();
        bad(attribute, "`%s` takes one number".formatted(name), "write `as %s 1000`".formatted(name));
        return Optional.empty();
    }

    private boolean ancestor(TestCase.Attribute attribute) {
        if (attribute.index().isEmpty()) {
            return bad(attribute, "`ancestor` takes a level and an id", "write `as ancestor 2 4711`");
        }
        Value.Literal level = attribute.index().get();
        Optional<Long> number = NumberText.read(level.text(), Field.ANCESTORS, "a level of the hierarchy")
                .orReport(findings, level.span());
        if (number.isPresent() && number.get() == 0) {
            return bad(
                    attribute,
                    "level 0 is the root, which is not an ancestor",
                    "write a level in 1..%d".formatted(Field.ANCESTORS));
        }
        Optional<Long> id = value(attribute, FieldType.CGROUP);
        if (number.isEmpty() || id.isEmpty()) {
            return false;
        }
        ancestors.put(number.get().intValue(), id.get());
        return true;
    }

    private boolean comm(TestCase.Attribute attribute) {
        if (attribute.index().isEmpty() && attribute.value() instanceof Value.Text text) {
            comm = StringText.of(Field.COMM, StringPattern.Kind.EXACT, text.value())
                    .orReport(findings, text.span())
                    .map(ByteString::of);
            return comm.isPresent();
        }
        return bad(attribute, "`comm` takes one string", "write `as comm \"nginx\"`");
    }

    private boolean bad(TestCase.Attribute attribute, String message, String help) {
        findings.add(Diagnostic.of(Code.BAD_PROBE, attribute.span(), message).help(help));
        return false;
    }

    private boolean unknown(TestCase.Attribute attribute) {
        String name = attribute.name().text();
        findings.add(Diagnostic.of(
                        Code.UNKNOWN_NAME, attribute.name().span(), "a caller has no attribute `%s`".formatted(name))
                .help(DidYouMean.help(name, NAMES)
                        .orElse("write the caller's attributes as in `as uid 1000 gid 100`")));
        return false;
    }
}
