// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.why.Answer;
import org.ringwall.host.why.Caller;
import org.ringwall.host.why.Probe;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.RunOrder;
import org.ringwall.sys.ErrorNumber;

/** The output of `why`, as text and as JSON. */
final class WhyPrinter {
    private final Probe probe;
    private final Cgroup cgroup;
    private final Caller caller;
    private final boolean process;
    private final Answer answer;

    /**
     * Creates a printer.
     *
     * @param process whether the caller is a process of this host
     */
    WhyPrinter(Probe probe, Cgroup cgroup, Caller caller, boolean process, Answer answer) {
        this.probe = probe;
        this.cgroup = cgroup;
        this.caller = caller;
        this.process = process;
        this.answer = answer;
    }

    String text() {
        StringBuilder out = new StringBuilder();
        out.append(Printable.of(probe.text())).append('\n');
        out.append("  by ")
                .append(
                        process
                                ? "process " + caller.pid() + " (" + Printable.of(caller.comm()) + "), uid "
                                        + caller.uid() + ", gid " + caller.gid()
                                : "a process")
                .append(" in ")
                .append(Printable.path(cgroup.toString()))
                .append('\n');
        answer.assumed()
                .forEach(assumed ->
                        out.append("  assumed: ").append(Printable.of(assumed)).append('\n'));
        for (Answer.AtHook hook : answer.hooks()) {
            String text = hook.attempt().text();
            String word = hook.attempt().hook().word();
            out.append("  ")
                    .append(Printable.of(text.startsWith(word) ? text : word + ", " + text))
                    .append(hook.programs().isEmpty() ? ": no BPF program runs\n" : "\n");
            for (int i = 0; i < hook.programs().size(); i++) {
                program(out, i + 1, hook.programs().get(i));
            }
        }
        return out.append("=> ").append(summary()).append('\n').toString();
    }

    private void program(StringBuilder out, int number, Answer.Verdict verdict) {
        out.append("    ")
                .append(number)
                .append("  ")
                .append(name(verdict.step()))
                .append(at(verdict.step()))
                .append(": ")
                .append(verb(verdict))
                .append('\n');
        verdict.rules()
                .forEach(rule -> out.append("         ")
                        .append(Printable.of(place(rule)))
                        .append(": ")
                        .append(Printable.of(text(rule)))
                        .append('\n'));
        if (!verdict.note().isEmpty()) {
            out.append("         ").append(Printable.of(verdict.note())).append('\n');
        }
        verdict.overrides()
                .ifPresent(how -> out.append("         it ").append(how).append('\n'));
    }

    private static String name(RunOrder.Step step) {
        return step.owner() instanceof RunOrder.Owner.Instance ours
                ? ours.name()
                        + (ours.plain()
                                ? ", plain object"
                                : ", generation " + Integer.toUnsignedString(ours.generation()))
                : "program `" + Printable.of(step.name()) + "` (id " + Integer.toUnsignedString(step.id()) + ", tag "
                        + step.tag() + ")" + owner(step);
    }

    private static String owner(RunOrder.Step step) {
        if (!(step.owner() instanceof RunOrder.Owner.Foreign other)) {
            return "";
        }
        String pins = other.pins().stream()
                .map(pin -> ", pinned as " + Printable.path(pin.toString()))
                .collect(Collectors.joining());
        String processes = other.processes().stream()
                .map(holder -> holder.pid() + " (" + Printable.of(holder.comm()) + ")")
                .collect(Collectors.joining(", "));
        return pins + (processes.isEmpty() ? "" : ", held by process " + processes);
    }

    private String at(RunOrder.Step step) {
        return step.at()
                .map(at -> at.equals(cgroup) ? "" : ", attached to " + Printable.path(at.toString()))
                .orElse(", attached to a cgroup that is not visible from here");
    }

    private static String verb(Answer.Verdict verdict) {
        return switch (verdict.kind()) {
            case ALLOWS -> "allows";
            case DENIES -> "denies with " + errno(verdict.errno());
            case WOULD_DENY -> "allows; it is monitored, and would deny with " + errno(verdict.errno());
            case INERT -> "is not in force";
            case UNKNOWN, FOREIGN -> "unknown verdict";
        };
    }

    private static String errno(int number) {
        return new ErrorNumber(number).name();
    }

    /** Returns the place of a rule without its column. */
    private static String place(String rule) {
        String place = rule.substring(0, Math.max(0, rule.indexOf('\t')));
        return place.substring(0, Math.max(0, place.lastIndexOf(':')));
    }

    private static String text(String rule) {
        return rule.substring(rule.indexOf('\t') + 1);
    }

    private String summary() {
        String open = answer.open().stream()
                .map(verdict -> shortName(verdict.step()))
                .distinct()
                .collect(Collectors.joining(", "));
        if (answer.denying().isEmpty()) {
            String unless = open.isEmpty() ? "" : " unless " + open + " denies it";
            return "allowed" + unless + otherSockets(unless.isEmpty() ? ", unless " : ", or ", " are denied");
        }
        Answer.AtHook hook = answer.denying().get();
        Answer.Verdict first = hook.denying().orElseThrow();
        String rules = first.rules().stream().map(WhyPrinter::place).collect(Collectors.joining(", "));
        String denied = "denied with " + errno(first.errno()) + " by " + shortName(first.step())
                + (rules.isEmpty() ? "" : ", " + Printable.of(rules));
        if (!hook.deciding().isEmpty()) {
            return denied + ", unless "
                    + hook.deciding().stream()
                            .map(verdict -> shortName(verdict.step())
                                    + (verdict.overrides().isPresent()
                                            ? ", which runs later, allows it"
                                            : ", which runs before, changes the request"))
                            .distinct()
                            .collect(Collectors.joining(", or "))
                    + otherSockets(", or ", " are allowed");
        }
        return denied
                + (hook.unknown().isEmpty() ? "" : ", whatever the others return")
                + otherSockets(", unless ", " are allowed");
    }

    /** Returns how the answer depends on the socket; empty if it does not. */
    private String otherSockets(String joined, String differ) {
        return answer.differing().isEmpty()
                ? ""
                : joined + "the socket has another cookie: of cookies 1 to " + Answer.COOKIES + ", "
                        + answer.differing().getAsInt() + differ;
    }

    private static String shortName(RunOrder.Step step) {
        return step.owner() instanceof RunOrder.Owner.Instance ours
                ? ours.name().toString()
                : "program `" + Printable.of(step.name()) + "` (id " + Integer.toUnsignedString(step.id()) + ")";
    }

    String json() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("probe", probe.text());
        fields.put("cgroup", cgroup.toString());
        if (process) {
            Map<String, Object> by = new LinkedHashMap<>();
            by.put("pid", caller.pid());
            by.put("uid", caller.uid());
            by.put("gid", caller.gid());
            by.put("comm", caller.comm());
            caller.netns().ifPresent(cookie -> by.put("netns", cookie));
            fields.put("process", by);
        }
        fields.put("assumed", answer.assumed());
        fields.put(
                "outcome",
                answer.outcome().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        answer.differing().ifPresent(differing -> {
            Map<String, Object> others = new LinkedHashMap<>();
            others.put("cookies", Answer.COOKIES);
            others.put("differ", differing);
            fields.put("other_sockets", others);
        });
        answer.denying().flatMap(Answer.AtHook::denying).ifPresent(first -> fields.put("errno", errno(first.errno())));
        List<Object> hooks = new ArrayList<>();
        for (Answer.AtHook hook : answer.hooks()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("hook", hook.attempt().hook().word());
            one.put("request", hook.attempt().text());
            one.put("denied", hook.denied().isPresent());
            one.put("programs", hook.programs().stream().map(this::fields).toList());
            hooks.add(one);
        }
        fields.put("hooks", hooks);
        return Json.of(fields) + "\n";
    }

    private Object fields(Answer.Verdict verdict) {
        Map<String, Object> fields = new LinkedHashMap<>(TreePrinter.program(verdict.step()));
        fields.put(
                "verdict",
                switch (verdict.kind()) {
                    case ALLOWS -> "allow";
                    case DENIES -> "deny";
                    case WOULD_DENY -> "would-deny";
                    case INERT -> "inert";
                    case UNKNOWN, FOREIGN -> "unknown";
                });
        if (verdict.errno() != 0) {
            fields.put("errno", errno(verdict.errno()));
        }
        List<Object> rules = new ArrayList<>();
        for (String rule : verdict.rules()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("place", rule.substring(0, Math.max(0, rule.indexOf('\t'))));
            one.put("text", text(rule));
            rules.add(one);
        }
        fields.put("rules", rules);
        if (!verdict.note().isEmpty()) {
            fields.put("note", verdict.note());
        }
        verdict.overrides().ifPresent(how -> fields.put("overrides", how));
        return fields;
    }
}
