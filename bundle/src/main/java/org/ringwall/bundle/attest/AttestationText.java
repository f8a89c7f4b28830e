// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.attest;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The text of an {@link Attestation}, for people. Members that are missing or of another type are
 * left out.
 */
public final class AttestationText {
    private final StringBuilder out = new StringBuilder();
    private final Map<?, ?> predicate;

    private AttestationText(Map<?, ?> predicate) {
        this.predicate = predicate;
    }

    /** Returns the text in lines. */
    public static String of(Attestation attestation) {
        AttestationText text = new AttestationText(map(attestation.members(), "predicate"));
        text.host();
        list(text.predicate, "instances").forEach(text::instance);
        return text.out.toString();
    }

    private static Map<?, ?> map(Map<?, ?> from, String name) {
        return from.get(name) instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<Map<?, ?>> list(Map<?, ?> from, String name) {
        List<Map<?, ?>> maps = new ArrayList<>();
        if (from.get(name) instanceof List<?> list) {
            list.forEach(each -> {
                if (each instanceof Map<?, ?> map) {
                    maps.add(map);
                }
            });
        }
        return maps;
    }

    /** Returns a member as text without characters that a terminal interprets. */
    private static String word(Map<?, ?> from, String name) {
        return shown(from.containsKey(name) ? String.valueOf(from.get(name)) : "?");
    }

    private static String shown(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\x7f-\\x9f\\u2028\\u2029]", "\uFFFD");
    }

    private void line(int depth, String text) {
        out.append("  ".repeat(depth)).append(text).append('\n');
    }

    private void host() {
        Map<?, ?> host = map(predicate, "host");
        line(0, "host " + word(host, "name") + ", Linux " + word(host, "kernel") + ", boot id " + word(host, "bootId"));
        line(0, "stated at " + time(predicate, "time") + " by " + word(predicate, "tool"));
    }

    private void instance(Map<?, ?> instance) {
        line(
                0,
                word(instance, "policy") + "@" + word(instance, "instance") + ": " + state(instance)
                        + (Boolean.TRUE.equals(instance.get("enforced")) ? "" : ", not enforced everywhere"));
        line(1, "since " + time(instance, "since") + ", object SHA-256 " + word(instance, "object"));
        if (instance.containsKey("bundle")) {
            Map<?, ?> bundle = map(instance, "bundle");
            line(
                    1,
                    "bundle " + word(bundle, "name") + ", version " + word(bundle, "version") + ", SHA-256 "
                            + word(bundle, "digest")
                            + (bundle.containsKey("key") ? ", admitted by key " + word(bundle, "key") : ""));
        }
        check(map(instance, "check"));
        Map<?, ?> params = map(instance, "params");
        if (!params.isEmpty()) {
            line(1, "params: " + pairs(params, "="));
        }
        list(instance, "programs")
                .forEach(each -> line(
                        1,
                        word(each, "hook") + ": program " + word(each, "id") + " " + word(each, "name") + ", tag "
                                + word(each, "tag")));
        list(instance, "places").forEach(this::place);
        bypasses(list(instance, "bypasses"));
        Map<?, ?> lost = map(instance, "lost");
        if (!lost.isEmpty()) {
            line(1, "lost records: " + pairs(lost, " "));
        }
    }

    /** Returns the state in the words of the command {@code status}. */
    private static String state(Map<?, ?> instance) {
        String generation = "generation " + word(instance, "generation");
        String state = word(instance, "state");
        return switch (state) {
            case "in-force" -> "in force, " + generation;
            case "between" -> "in force, " + generation + " beside the previous one";
            default -> state.replace('-', ' ') + ", " + generation;
        };
    }

    /** Returns a time in UTC, in whole seconds. */
    private static String time(Map<?, ?> from, String name) {
        String text = word(from, name);
        try {
            return Instant.parse(text).truncatedTo(ChronoUnit.SECONDS).toString();
        } catch (DateTimeParseException e) {
            return text;
        }
    }

    /** Adds a line for each bypass that a policy can close, and one for all others. */
    private void bypasses(List<Map<?, ?>> bypasses) {
        Map<Boolean, List<Map<?, ?>>> outside =
                bypasses.stream().collect(Collectors.partitioningBy(each -> "outside".equals(each.get("status"))));
        outside.getOrDefault(false, List.of())
                .forEach(each -> line(
                        1,
                        "bypass " + word(each, "status") + ": " + word(each, "id") + " of " + word(each, "block") + ": "
                                + word(each, "what")));
        List<String> names = outside.getOrDefault(true, List.of()).stream()
                .map(each -> word(each, "id"))
                .distinct()
                .toList();
        if (!names.isEmpty()) {
            line(1, names.size() + " bypasses that no policy closes: " + String.join(", ", names));
        }
    }

    private void check(Map<?, ?> check) {
        Map<?, ?> signature = map(check, "signature");
        line(
                1,
                "compared with its object: " + word(check, "result") + "; signature: " + word(signature, "state")
                        + Optional.ofNullable(signature.get("key"))
                                .map(key -> ", key " + shown(String.valueOf(key)))
                                .orElse(""));
        for (String kind : List.of("findings", "unchecked")) {
            if (check.get(kind) instanceof List<?> each) {
                each.forEach(what -> line(2, shown(String.valueOf(what))));
            }
        }
    }

    private static String pairs(Map<?, ?> from, String between) {
        return from.entrySet().stream()
                .map(each -> shown(each.getKey() + between + each.getValue()))
                .collect(Collectors.joining(", "));
    }

    private void place(Map<?, ?> place) {
        line(
                1,
                word(place, "cgroup") + ", id " + word(place, "id")
                        + (Boolean.TRUE.equals(place.get("lost")) ? ": removed" : ""));
        map(place, "order").forEach((hook, order) -> {
            if (order instanceof List<?> ids) {
                String names = ids.stream().map(this::program).collect(Collectors.joining(", then "));
                line(2, shown(String.valueOf(hook)) + ": " + names);
            }
        });
        for (String kind : List.of("missing", "overriding", "accepted")) {
            if (place.get(kind) instanceof List<?> each && !each.isEmpty()) {
                String all = each.stream().map(String::valueOf).collect(Collectors.joining(", "));
                line(2, kind + ": " + shown(all));
            }
        }
    }

    private String program(Object id) {
        return list(predicate, "programs").stream()
                .filter(each -> String.valueOf(each.get("id")).equals(String.valueOf(id)))
                .findFirst()
                .map(each -> word(each, "name") + " of " + word(each, "owner"))
                .orElseGet(() -> "program " + shown(String.valueOf(id)));
    }
}
