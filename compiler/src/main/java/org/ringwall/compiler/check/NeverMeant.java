package org.ringwall.compiler.check;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.ast.Element;
import org.ringwall.compiler.ast.SetExpr;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.Span;
import org.ringwall.compiler.value.StringPattern;

/** Warns of values that a field never has, where nobody writes them who knows it: the rule would pass for one that does something. */
final class NeverMeant {
    /** Where "any" is this host by the time that a program is asked, and where an `egress` asks beside. */
    private static final Set<Hook> ANY_IS_LOOPBACK =
            EnumSet.of(Hook.CONNECT4, Hook.CONNECT6, Hook.SENDMSG4, Hook.SENDMSG6, Hook.SOCK_CREATE);

    /** Kernel, users and programs give these names, and none with a star. */
    private static final Set<Field> NAMES = EnumSet.of(Field.NAME, Field.PATH, Field.COMM);

    private final Findings findings;
    private final boolean anyIsLoopback;

    NeverMeant(List<Hook> hooks, Findings findings) {
        this.findings = findings;
        this.anyIsLoopback = ANY_IS_LOOPBACK.containsAll(hooks);
    }

    /** `0.0.0.0` or `::` as one value, or written out among others. */
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

    /** A `*` where strings are compared as they are. */
    void star(Field field, StringPattern.Kind how, Collection<String> strings, Span at) {
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
