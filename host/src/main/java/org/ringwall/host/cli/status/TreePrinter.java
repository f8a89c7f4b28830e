// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.ringwall.bpf.json.Json;
import org.ringwall.bpf.text.Printable;
import org.ringwall.host.cli.command.NamedCgroup;
import org.ringwall.host.container.CgroupNames;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.RunOrder;

/** The output of `tree`, as text and as JSON. */
final class TreePrinter {
    private final List<RunOrder> cgroups;
    private final CgroupNames names;

    TreePrinter(List<RunOrder> cgroups, CgroupNames names) {
        this.cgroups = List.copyOf(cgroups);
        this.names = names;
    }

    String text() {
        if (cgroups.isEmpty()) {
            return "no BPF program is attached to any cgroup\n";
        }
        StringBuilder out = new StringBuilder();
        for (RunOrder cgroup : cgroups) {
            String path = cgroup.cgroup().toString();
            out.append(Printable.path(path)).append(NamedCgroup.container(names, path));
            out.append(cgroup.hooks().isEmpty() ? ": no BPF program runs\n" : "\n");
            byPrograms(cgroup).forEach((programs, hooks) -> {
                out.append("  ").append(String.join(" ", hooks)).append(":\n");
                for (int i = 0; i < programs.size(); i++) {
                    out.append("    ")
                            .append(i + 1)
                            .append("  ")
                            .append(programs.get(i))
                            .append('\n');
                }
            });
        }
        return out.toString();
    }

    /** Returns the hooks at which the same lines are shown, by these lines. */
    private static Map<List<String>, List<String>> byPrograms(RunOrder cgroup) {
        Map<List<String>, List<String>> hooks = new LinkedHashMap<>();
        cgroup.hooks()
                .forEach((hook, steps) -> hooks.computeIfAbsent(
                                steps.stream()
                                        .map(step -> line(cgroup.cgroup(), step))
                                        .toList(),
                                lines -> new ArrayList<>())
                        .add(hook));
        return hooks;
    }

    private static String line(Cgroup cgroup, RunOrder.Step step) {
        String from = step.at()
                .map(at -> at.equals(cgroup) ? "" : ", attached to " + Printable.path(at.toString()))
                .orElse(", attached to a cgroup that is not visible from here");
        if (step.owner() instanceof RunOrder.Owner.Instance ours) {
            String mode = switch (ours.mode()) {
                case DECIDES -> "";
                case MONITORED -> ", monitored";
                case INERT -> ", inert";
            };
            String version =
                    ours.plain() ? "plain object" : "generation " + Integer.toUnsignedString(ours.generation());
            String rules = ours.rules().isPresent()
                    ? ", " + ours.rules().getAsInt() + (ours.rules().getAsInt() == 1 ? " rule" : " rules")
                    : "";
            return ours.name() + ", " + version + rules + mode + from;
        }
        return "program `" + Printable.of(step.name()) + "` (id " + Integer.toUnsignedString(step.id()) + ", tag "
                + step.tag() + ")" + from + (step.owner() instanceof RunOrder.Owner.Foreign other ? kept(other) : "");
    }

    private static String kept(RunOrder.Owner.Foreign other) {
        String pins = other.pins().stream()
                .map(pin -> ", pinned as " + Printable.path(pin.toString()))
                .collect(Collectors.joining());
        String processes = other.processes().stream()
                .map(process -> process.pid() + " (" + Printable.of(process.comm()) + ")")
                .collect(Collectors.joining(", "));
        return pins + (processes.isEmpty() ? "" : ", held by process " + processes);
    }

    String json() {
        List<Object> all = new ArrayList<>();
        for (RunOrder cgroup : cgroups) {
            List<Object> hooks = new ArrayList<>();
            cgroup.hooks().forEach((hook, steps) -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("hook", hook);
                fields.put("programs", steps.stream().map(TreePrinter::program).toList());
                hooks.add(fields);
            });
            Map<String, Object> fields = new LinkedHashMap<>();
            String path = cgroup.cgroup().toString();
            fields.put("cgroup", path);
            fields.putAll(names.of(path).fields());
            fields.put("hooks", hooks);
            all.add(fields);
        }
        return Json.of(Map.of("cgroups", all)) + "\n";
    }

    static Map<String, Object> program(RunOrder.Step step) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", Integer.toUnsignedLong(step.id()));
        fields.put("name", step.name());
        fields.put("tag", step.tag());
        step.at().ifPresent(at -> fields.put("cgroup", at.toString()));
        if (step.owner() instanceof RunOrder.Owner.Instance ours) {
            fields.put("policy", ours.name().policy());
            fields.put("instance", ours.name().instance());
            fields.put("generation", Integer.toUnsignedLong(ours.generation()));
            if (ours.plain()) {
                fields.put("plain", true);
            }
            ours.rules().ifPresent(rules -> fields.put("ruleCount", rules));
            fields.put("mode", ours.mode().name().toLowerCase(Locale.ROOT));
        }
        if (step.owner() instanceof RunOrder.Owner.Foreign other) {
            fields.put("pins", other.pins());
            fields.put(
                    "processes",
                    other.processes().stream().map(TreePrinter::process).toList());
        }
        return fields;
    }

    private static Object process(RunOrder.Process process) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("pid", process.pid());
        fields.put("comm", process.comm());
        return fields;
    }
}
