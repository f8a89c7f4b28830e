// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.evidence;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.ringwall.bpf.object.Release;
import org.ringwall.bundle.attest.Attestation;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.loader.model.Comparison;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.InstanceState;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.RunOrder;
import org.ringwall.loader.model.RunOrders;
import org.ringwall.sys.IoReason;

/**
 * A builder of the statement about the instances in force on this host. Instances are read one
 * after the other, so the statement is not a snapshot: it may contain parts of a concurrent change.
 */
public final class Statement {
    private final LoaderHost host;
    private final Path proc;
    private final Clock clock;
    private final RunOrders tree;
    private final Function<InstanceName, Comparison> comparison;
    private final SortedMap<Integer, RunOrder.Step> steps = new TreeMap<>();

    /**
     * Creates a statement.
     *
     * @throws HostException if a key that this host trusts cannot be read
     */
    public Statement(LoaderHost host, Path proc, Clock clock) {
        this.host = host;
        this.proc = proc;
        this.clock = clock;
        this.tree = host.tree();
        this.comparison = host.comparison();
    }

    /**
     * Returns the statement about some instances.
     *
     * @throws HostException if no instance has a known object, because a statement needs a subject
     */
    public Attestation of(List<InstanceStatus> instances) {
        Map<String, String> subjects = new TreeMap<>();
        List<Object> about = new ArrayList<>();
        for (InstanceStatus instance : instances) {
            Integrity check = check(instance);
            // A subject is what other tools verify, which know nothing of the result of the check.
            if (!check.differs()) {
                instance.digest()
                        .ifPresent(digest -> subjects.put(instance.name().toString(), digest));
            }
            about.add(instance(instance, check));
        }
        if (instances.stream().allMatch(instance -> instance.digest().isEmpty())) {
            throw new HostException(
                    "there is nothing to attest: no policy is in force whose object is known",
                    "apply a policy from a file or a bundle; see ringwall status");
        }
        Map<String, Object> predicate = new LinkedHashMap<>();
        predicate.put("time", clock.instant().truncatedTo(ChronoUnit.SECONDS));
        predicate.put("tool", "ringwall " + Release.VERSION);
        predicate.put("host", hostFields());
        predicate.put("instances", about);
        predicate.put(
                "programs", steps.values().stream().map(Statement::program).toList());
        return Attestation.of(subjects, predicate);
    }

    private Map<String, Object> hostFields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", line("sys/kernel/hostname"));
        fields.put("bootId", line("sys/kernel/random/boot_id"));
        fields.put("kernel", line("sys/kernel/osrelease"));
        fields.put("machine", System.getProperty("os.arch", ""));
        return fields;
    }

    private String line(String file) {
        try {
            return Files.readString(proc.resolve(file)).strip();
        } catch (IOException e) {
            throw new HostException("cannot read `" + proc.resolve(file) + "`: " + IoReason.of(e), "mount /proc");
        }
    }

    private Integrity check(InstanceStatus instance) {
        Integrity check = Integrity.of(comparison.apply(instance.name()));
        if (!check.objects().isEmpty()
                && instance.digest()
                        .filter(digest -> !check.objects().contains(digest))
                        .isPresent()) {
            throw new HostException("`" + instance.name() + "` was changed while it was read", "try again");
        }
        return check;
    }

    private Map<String, Object> instance(InstanceStatus instance, Integrity check) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("policy", instance.name().policy());
        fields.put("instance", instance.name().instance());
        fields.put("generation", instance.generation());
        fields.put("state", instance.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        fields.put("enforced", instance.enforced());
        instance.monitored().ifPresent(mode -> fields.put("monitored", mode.reason()));
        instance.origin().ifPresent(origin -> {
            fields.put("since", origin.time().truncatedTo(ChronoUnit.SECONDS));
            origin.object().ifPresent(digest -> fields.put("object", digest));
            origin.bundle().ifPresent(bundle -> {
                Map<String, Object> from = new LinkedHashMap<>();
                from.put("name", bundle.name());
                from.put("version", bundle.version());
                from.put("digest", bundle.digest());
                bundle.key().ifPresent(key -> from.put("key", key));
                fields.put("bundle", from);
            });
        });
        if (!instance.params().isEmpty()) {
            fields.put("params", instance.params());
        }
        fields.put("check", check.fields());
        if (instance.inForce()) {
            inForce(instance, fields);
        }
        return fields;
    }

    private void inForce(InstanceStatus instance, Map<String, Object> fields) {
        try (InstanceState state = host.state(instance.name())) {
            List<Object> programs = new ArrayList<>();
            state.programs().forEach((hook, program) -> {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("hook", hook);
                one.put("id", Integer.toUnsignedLong(program.id()));
                one.put("tag", program.tag());
                one.put("name", program.name());
                programs.add(one);
            });
            fields.put("programs", programs);
            fields.put(
                    "places",
                    instance.places().stream().map(place -> place(place, state)).toList());
            bypasses(instance).ifPresent(all -> fields.put("bypasses", all));
            Map<String, BigInteger> lost = state.losses();
            if (!lost.isEmpty()) {
                fields.put("lost", lost);
            }
        }
    }

    private Map<String, Object> place(InstanceStatus.At place, InstanceState state) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cgroup", place.cgroup());
        Optional<Cgroup> cgroup = cgroup(place.cgroup());
        cgroup.ifPresent(there -> fields.put("id", there.id()));
        fields.put("lost", place.lost());
        fields.put("missing", place.missing());
        fields.put("overriding", place.overriding());
        fields.put("accepted", place.accepted());
        cgroup.ifPresent(there ->
                fields.put("order", order(there, List.copyOf(state.programs().keySet()))));
        return fields;
    }

    /** Returns the cgroup that a status names; empty if it was removed. */
    private Optional<Cgroup> cgroup(String name) {
        if (!name.startsWith("/")) {
            return Optional.empty();
        }
        try {
            return Optional.of(host.cgroups().at(Path.of(name)));
        } catch (CgroupException e) {
            return Optional.empty();
        }
    }

    /** Returns the ids of the programs that run at each of these hooks, in their order. */
    private Map<String, Object> order(Cgroup cgroup, List<String> hooks) {
        Map<String, Object> order = new LinkedHashMap<>();
        try {
            RunOrder run = tree.of(cgroup);
            for (String hook : hooks) {
                List<Object> ids = new ArrayList<>();
                for (RunOrder.Step step : run.at(hook)) {
                    steps.put(step.id(), step);
                    ids.add(Integer.toUnsignedLong(step.id()));
                }
                order.put(hook, ids);
            }
        } catch (CgroupException e) {
            // The cgroup was removed meanwhile.
            return Map.of();
        }
        return order;
    }

    private static Map<String, Object> program(RunOrder.Step step) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", Integer.toUnsignedLong(step.id()));
        fields.put("name", step.name());
        fields.put("tag", step.tag());
        fields.put(
                "owner",
                step.owner() instanceof RunOrder.Owner.Instance ours
                        ? ours.name().toString()
                        : "another owner");
        return fields;
    }

    /** Returns the bypasses in the manifest of the bundle; empty if there is no manifest. */
    private Optional<List<Map<String, Object>>> bypasses(InstanceStatus instance) {
        return host.bypasses(instance.name(), instance.generation())
                .map(all -> all.stream()
                        .map(bypass -> {
                            Map<String, Object> fields = new LinkedHashMap<>();
                            fields.put("block", bypass.block());
                            fields.put("id", bypass.id());
                            fields.put("status", bypass.status());
                            fields.put("what", bypass.what());
                            return fields;
                        })
                        .toList());
    }
}
