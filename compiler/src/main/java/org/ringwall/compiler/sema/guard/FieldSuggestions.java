// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.sema.guard;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ringwall.compiler.ast.FieldRef;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.FieldType;
import org.ringwall.compiler.sema.text.Constants;
import org.ringwall.compiler.source.Code;
import org.ringwall.compiler.source.Diagnostic;
import org.ringwall.compiler.source.DidYouMean;

/**
 * Suggestions for a field that is named as in other tools, or for a value in place of a condition.
 */
final class FieldSuggestions {
    /**
     * Names of iptables, nftables and tcpdump, and longer ones; the first field that the block has
     * is suggested.
     */
    private static final Map<String, List<Field>> ELSEWHERE = Map.ofEntries(
            Map.entry("protocol", List.of(Field.PROTO)),
            Map.entry("dport", List.of(Field.REMOTE_PORT)),
            Map.entry("daddr", List.of(Field.REMOTE_IP)),
            Map.entry("dst", List.of(Field.REMOTE_IP)),
            Map.entry("dst.ip", List.of(Field.REMOTE_IP)),
            Map.entry("dst.port", List.of(Field.REMOTE_PORT)),
            Map.entry("destination", List.of(Field.REMOTE_IP)),
            Map.entry("host", List.of(Field.REMOTE_IP)),
            Map.entry("address", List.of(Field.REMOTE_IP, Field.LOCAL_IP)),
            Map.entry("addr", List.of(Field.REMOTE_IP, Field.LOCAL_IP)),
            Map.entry("remote.addr", List.of(Field.REMOTE_IP)),
            Map.entry("remote.address", List.of(Field.REMOTE_IP)),
            Map.entry("local.addr", List.of(Field.LOCAL_IP)),
            Map.entry("local.address", List.of(Field.LOCAL_IP)),
            Map.entry("user", List.of(Field.UID)),
            Map.entry("group", List.of(Field.GID)),
            Map.entry("process", List.of(Field.COMM)),
            Map.entry("command", List.of(Field.COMM)),
            Map.entry("device", List.of(Field.DEV)));

    private FieldSuggestions() {}

    /**
     * Returns the field of the block that other tools call by this name; empty for a destination in
     * a block with both ends, because at ingress the destination is local.
     */
    static Optional<String> elsewhere(String name, List<Field> here) {
        boolean bothEnds = here.contains(Field.LOCAL_IP) && here.contains(Field.REMOTE_IP);
        boolean directed = name.startsWith("d") && !name.startsWith("dev");
        return directed && bothEnds
                ? Optional.empty()
                : ELSEWHERE.getOrDefault(name, List.of()).stream()
                        .filter(here::contains)
                        .findFirst()
                        .map(Field::text);
    }

    /** Reports a misspelt predicate, `true`, or a bare value such as `tcp` as a condition. */
    static Optional<Diagnostic> condition(FieldRef reference, List<Field> here, Declarations declarations) {
        String word = reference.text();
        if (Field.named(word).isPresent() || declarations.find(word).isPresent()) {
            return Optional.empty();
        }
        Optional<String> help = word.equals("true")
                ? Optional.of("remove `if true`: a rule without a guard matches every request")
                : value(word, here).or(() -> DidYouMean.help(word, declarations.predicates()));
        return help.map(
                text -> Diagnostic.of(Code.UNKNOWN_FIELD, reference.span(), "there is no field `%s`".formatted(word))
                        .help(text));
    }

    private static Optional<String> value(String word, List<Field> here) {
        return here.stream()
                .filter(field -> isWord(field.type(), word))
                .findFirst()
                .map(field -> "write `%s == %s`".formatted(field.text(), word));
    }

    private static boolean isWord(FieldType type, String word) {
        return switch (type) {
            case PROTOCOL, SOCKET_TYPE, FAMILY, DEVICE_TYPE, PACKET_TYPE ->
                Constants.words(type).contains(word);
            default -> false;
        };
    }
}
