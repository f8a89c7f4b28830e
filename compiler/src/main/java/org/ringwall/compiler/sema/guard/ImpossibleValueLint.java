// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.sema.text.Findings;
import org.ringwall.compiler.sema.text.SysctlText;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.StringPattern;

/**
 * Warns about values that a field never has, because a rule with such a value appears to have an
 * effect.
 */
final class ImpossibleValueLint {
    /**
     * The fields with names that the kernel, users and programs choose, in practice without a `*`.
     */
    /** A number as the kernel reads it. */
    private static final Pattern NUMBER = Pattern.compile("-?(0[xX][0-9a-fA-F]{1,8}|\\d{1,10})");

    private static final Set<Field> NAMES = EnumSet.of(Field.NAME, Field.PATH, Field.COMM);

    private final Findings findings;
    private final boolean anyIsLoopback;

    ImpossibleValueLint(List<Hook> hooks, Findings findings) {
        this.findings = findings;
        // "Any" has been replaced by the loopback address; `egress` may also include sock_create.
        this.anyIsLoopback = hooks.stream().allMatch(hook -> hook.hasDestination() || hook == Hook.SOCK_CREATE);
    }

    /** Checks for `0.0.0.0` or `::`, alone or as an element. */
    void address(Field field, SetExpr set) {
        for (Element element : set.base().elements()) {
            if (element instanceof Element.Single single) {
                address(field, single.value().span());
            }
        }
    }

    void address(Field field, Span value) {
        if (field != Field.REMOTE_IP || !anyIsLoopback) {
            return;
        }
        Optional<String> loopback = switch (value.text()) {
            case "0.0.0.0" -> Optional.of("`127.0.0.1`");
            case "::", "::0" -> Optional.of("`::1` and `127.0.0.1`");
            default -> Optional.empty();
        };
        loopback.ifPresent(seen -> findings.add(Diagnostic.of(
                        Code.ANY_ADDRESS,
                        value,
                        "`%s` is never `%s` here: the policy sees such a destination as %s"
                                .formatted(field.text(), value.text(), seen))
                .help("write %s".formatted(seen))));
    }

    /** Checks strings that a field is compared with in this way. */
    void strings(Field field, StringPattern.Kind how, Collection<String> strings, Span at) {
        star(field, how, strings, at);
        if (field == Field.NEW_VALUE && how == StringPattern.Kind.EXACT) {
            strings.stream()
                    .filter(text -> NUMBER.matcher(text).matches())
                    .findFirst()
                    .ifPresent(text -> numeral(text, at));
        }
        if (field == Field.NAME) {
            strings.stream()
                    .filter(text -> SysctlText.isUnseen(how, text))
                    .findFirst()
                    .ifPresent(text -> unseen(text, at));
        }
    }

    private void numeral(String text, Span at) {
        findings.add(Diagnostic.of(
                        Code.NUMBER_AS_TEXT,
                        at,
                        "`%s` is only one spelling of a number: the kernel reads the same from a text with a space before it"
                                .formatted(text))
                .help(
                        text.startsWith("-")
                                ? "write what is allowed with `new_value.number`, which is unknown for a negative number"
                                : "write `new_value.number` and the number without quotes"));
    }

    private void unseen(String text, Span at) {
        findings.add(Diagnostic.of(
                        Code.UNSEEN_NAME,
                        at,
                        "the kernel invokes no sysctl hook for `%s`: it is on another file system".formatted(text))
                .help("hide binfmt_misc from the workload; a policy cannot protect it"));
    }

    /** Checks for a `*` in strings that are compared literally. */
    private void star(Field field, StringPattern.Kind how, Collection<String> strings, Span at) {
        if (how == StringPattern.Kind.GLOB || !NAMES.contains(field)) {
            return;
        }
        strings.stream().filter(text -> text.contains("*")).findFirst().ifPresent(text -> {
            String glob = how == StringPattern.Kind.SUFFIX ? "**" + text.replaceFirst("^\\*+", "") : text;
            String whole = how == StringPattern.Kind.PREFIX ? text.replaceFirst("\\*+$", "") + "**" : glob;
            findings.add(Diagnostic.of(Code.STAR_COMPARED, at, "`*` in `%s` is not a wildcard here".formatted(text))
                    .help("write `%s glob \"%s\"`".formatted(field.text(), whole)));
        });
    }
}
