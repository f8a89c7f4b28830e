// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ringwall.host.container.ByContainer;
import org.ringwall.host.container.ContainerQuery;
import org.ringwall.host.container.Containers;
import org.ringwall.host.place.Selector;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Cgroups;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The resolver of places: the cgroups that a user names by directory, id, process, systemd unit or
 * container.
 * A cgroup that covers more processes than its name says is refused, unless the user accepts it.
 */
public final class Places {
    private static final String ACCEPT = "--accept-place";
    private static final int NAMED = 3;

    private final Cgroups cgroups;
    private final boolean accepted;

    /**
     * Creates a resolver.
     *
     * @param accepted whether the user accepts cgroups that cover more processes
     */
    public Places(Cgroups cgroups, boolean accepted) {
        this.cgroups = cgroups;
        this.accepted = accepted;
    }

    /** Returns the options that name places, by default those where the policy is in force. */
    public static List<OptionSpec> options() {
        return options(" (default: where the policy is in force already)");
    }

    /** Returns the options that name places, of which one is needed. */
    public static List<OptionSpec> required() {
        return options("");
    }

    private static List<OptionSpec> options(String byDefault) {
        return List.of(
                OptionSpec.builder("--cgroup")
                        .paramLabel("PATH")
                        .type(String[].class)
                        .arity("1..*")
                        .description("Cgroups, each by its directory or id" + byDefault + ".")
                        .build(),
                OptionSpec.builder("--pid")
                        .paramLabel("PID")
                        .type(long[].class)
                        .description("The cgroup of this process, which must contain no other than its descendants.")
                        .build(),
                OptionSpec.builder("--unit")
                        .paramLabel("UNIT")
                        .type(String[].class)
                        .description("The cgroup of this systemd unit, which must be active; * and ? match several.")
                        .build(),
                OptionSpec.builder("--container")
                        .paramLabel("NAME")
                        .type(String[].class)
                        .description(
                                "The cgroup of this container of podman, docker or containerd, which must be running;"
                                        + " by name, in which * and ? match several, or by id.")
                        .build(),
                OptionSpec.builder("--label")
                        .paramLabel("KEY=VALUE")
                        .type(String[].class)
                        .description("The cgroups of the running containers with this label.")
                        .build(),
                Options.flag(
                        ACCEPT,
                        "Accept the root of the hierarchy or of a cgroup namespace, and a --pid whose cgroup contains"
                                + " other processes, or whose threads are in several."));
    }

    /** Returns the options of a command that only shows what is at the places. */
    public static List<OptionSpec> shown() {
        return options("").stream()
                .filter(each -> !each.longestName().equals(ACCEPT))
                .toList();
    }

    /** Returns the cgroups that options of {@link #shown} name, whatever processes they contain. */
    public static List<Cgroup> ofShown(LoaderHost host, ParseResult command) {
        return of(new Places(host.cgroups(), true), command);
    }

    /** Returns the cgroups that the options of a command name. */
    public static List<Cgroup> of(LoaderHost host, ParseResult command) {
        return of(new Places(host.cgroups(), command.matchedOptionValue(ACCEPT, false)), command);
    }

    private static List<Cgroup> of(Places places, ParseResult command) {
        List<Cgroup> found = new ArrayList<>();
        for (String path : command.matchedOptionValue("--cgroup", new String[0])) {
            if (path.startsWith("-")) {
                // --cgroup takes all words after it, also a mistyped option.
                throw new UnmatchedArgumentException(command.commandSpec().commandLine(), List.of(path));
            }
            found.add(places.named(path));
        }
        long[] pids = command.matchedOptionValue("--pid", new long[0]);
        for (long pid : pids) {
            found.add(places.ofProcess(pid, pids));
        }
        for (String unit : command.matchedOptionValue("--unit", new String[0])) {
            found.addAll(places.ofUnit(unit));
        }
        for (String name : command.matchedOptionValue("--container", new String[0])) {
            found.addAll(places.ofContainers(ContainerQuery.ByName.named(name)));
        }
        for (String label : command.matchedOptionValue("--label", new String[0])) {
            found.addAll(places.ofContainers(ContainerQuery.ByLabel.of(label)));
        }
        return found;
    }

    /** Returns the cgroup of an active systemd unit. */
    public static List<Cgroup> ofUnit(LoaderHost host, String unit) {
        return new Places(host.cgroups(), false).ofUnit(unit);
    }

    /** Returns the cgroup with this directory or id. */
    public Cgroup named(String word) {
        return checked(NamedCgroup.of(cgroups, word));
    }

    /**
     * Returns the cgroup of a process.
     *
     * @param meant the processes that the user names; their descendants are meant, too
     */
    public Cgroup ofProcess(long pid, long... meant) {
        Cgroup cgroup = checked(cgroups.ofPid(pid));
        if (!accepted) {
            refuseThreadsElsewhere(pid, cgroup);
        }
        List<Long> others = accepted ? List.of() : others(cgroup, meant);
        if (!others.isEmpty()) {
            String some = others.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "));
            throw new CgroupException(
                    "the cgroup `" + cgroup + "` of process " + pid + " also contains " + others.size()
                            + " other process" + (others.size() == 1 ? "" : "es") + ": " + some
                            + (others.size() > NAMED ? ", …" : ""),
                    "if you mean all of them, name the cgroup: --cgroup " + cgroup + ", or write " + ACCEPT);
        }
        return cgroup;
    }

    /** Refuses a process some of whose threads would not be covered. */
    private void refuseThreadsElsewhere(long pid, Cgroup cgroup) {
        Map<Cgroup, List<Long>> elsewhere = new LinkedHashMap<>(cgroups.ofThreads(pid));
        elsewhere.keySet().removeIf(each -> each.path().startsWith(cgroup.path()));
        if (elsewhere.isEmpty()) {
            return;
        }
        long threads = elsewhere.values().stream().mapToLong(List::size).sum();
        String where = elsewhere.keySet().stream()
                .limit(NAMED)
                .map(each -> "`" + each + "`")
                .collect(Collectors.joining(", "));
        Path common = cgroup.path();
        for (Cgroup each : elsewhere.keySet()) {
            while (!each.path().startsWith(common)) {
                common = Optional.ofNullable(common.getParent()).orElseThrow();
            }
        }
        throw new CgroupException(
                "process " + pid + " has " + threads + " thread" + (threads == 1 ? "" : "s") + " in " + where
                        + (elsewhere.size() > NAMED ? ", …" : "") + ", which a policy on `" + cgroup
                        + "` does not cover",
                "to cover all of them, name the cgroup that contains those: --cgroup " + common + "; or write "
                        + ACCEPT);
    }

    private List<Long> others(Cgroup cgroup, long... meant) {
        Set<Long> known = new HashSet<>();
        Arrays.stream(meant).forEach(known::add);
        return cgroups.processes(cgroup).stream()
                .filter(pid -> !descends(pid, known))
                .sorted()
                .toList();
    }

    /**
     * Returns whether a process or an ancestor of it is known. A process of another pid namespace,
     * which is shown as 0, is not.
     */
    private static boolean descends(long pid, Set<Long> known) {
        Optional<ProcessHandle> process = pid == 0 ? Optional.empty() : ProcessHandle.of(pid);
        if (pid != 0 && process.isEmpty()) {
            // The process has ended.
            return true;
        }
        while (process.isPresent()) {
            if (known.contains(process.get().pid())) {
                return true;
            }
            process = process.get().parent();
        }
        return false;
    }

    /** Returns the cgroups of active systemd units with this name. */
    public List<Cgroup> ofUnit(String unit) {
        List<Path> paths = Selector.ByUnit.named(unit).find(cgroups.mount()).cgroups();
        if (paths.isEmpty()) {
            throw new CgroupException(
                    "the unit `" + unit + "` has no cgroup: it does not exist or is not active",
                    "start it first: systemctl start " + unit);
        }
        return paths.stream().map(path -> checked(cgroups.at(path))).toList();
    }

    /** Returns the cgroups of the running containers that a query matches. */
    public List<Cgroup> ofContainers(ContainerQuery query) {
        List<Path> paths = new ByContainer(query, Containers.ofThisHost())
                .find(cgroups.mount())
                .cgroups();
        if (paths.isEmpty()) {
            throw new CgroupException(
                    "found no running " + query,
                    "see podman ps and docker ps; one with --cgroups=disabled has no cgroup of its own");
        }
        return paths.stream().map(path -> checked(cgroups.at(path))).toList();
    }

    /**
     * Refuses the root of the hierarchy, or of the cgroup namespace or mount: a policy there judges
     * every process that is visible from here, the loader included.
     */
    private Cgroup checked(Cgroup cgroup) {
        if (!accepted && cgroups.isTop(cgroup)) {
            throw new CgroupException(
                    "`" + cgroup + "` is the root of the cgroups that are visible here, so the policy would judge"
                            + " every process, this command included",
                    "name a cgroup below it, or write " + ACCEPT);
        }
        return cgroup;
    }
}
