// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.instance.RecordedAdmission;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.Cgroup;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.model.InstanceName;
import org.ringwall.loader.model.Monitoring;
import org.ringwall.loader.object.PolicyObject;

/**
 * A request to apply a policy.
 *
 * @param instance the instance's name within the policy
 * @param cgroups where to apply; empty means wherever the instance is in force
 * @param params values of parameters by name, as the user wrote them; others keep their values in
 *     force
 * @param choices further choices of the user
 * @param forget state that may be lost, by its name in the policy or by its map's name
 * @param monitor monitor mode to begin; empty leaves the mode of the instance as it is
 * @param overlap how long the old version and the new one both decide, at most {@link
 *     #LONGEST_OVERLAP}
 * @param confirm after which time the kernel rolls back unless the user confirms the version, at
 *     most {@link #LONGEST_WAIT}; empty for a version that needs no confirmation
 * @param admission what has admitted the policy, and records its version
 */
public record ApplyRequest(
        PolicyObject policy,
        String instance,
        List<Cgroup> cgroups,
        Map<String, String> params,
        Set<ApplyChoice> choices,
        Set<String> forget,
        Optional<Monitoring> monitor,
        Duration overlap,
        Optional<Duration> confirm,
        RecordedAdmission admission) {
    /** No other version can be applied meanwhile. */
    public static final Duration LONGEST_WAIT = Duration.ofDays(1);

    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

    /** The instance is locked meanwhile, so no other process can change it. */
    public static final Duration LONGEST_OVERLAP = Duration.ofHours(1);

    public ApplyRequest {
        if (monitor.isPresent() && choices.contains(ApplyChoice.ENFORCE)) {
            throw new InputException("--monitor and --enforce exclude each other", "write only one of them");
        }
        if (overlap.isNegative() || overlap.compareTo(LONGEST_OVERLAP) > 0) {
            throw new InputException("both versions cannot decide for that long", "write at most --dwell 1h");
        }
        if (confirm.filter(time -> time.compareTo(SHORTEST_WAIT) < 0 || time.compareTo(LONGEST_WAIT) > 0)
                .isPresent()) {
            throw new InputException("a version cannot wait that long to be confirmed", "write at most --confirm 1d");
        }
        if (confirm.isPresent() && (monitor.isPresent() || choices.contains(ApplyChoice.ENFORCE))) {
            throw new InputException(
                    "--confirm excludes --monitor and --enforce, since a roll-back would not undo these",
                    "begin or end monitor mode before, or after ringwall confirm");
        }
        if (choices.contains(ApplyChoice.ONLY) && cgroups.isEmpty()) {
            throw new InputException(
                    "--only needs the cgroups that the policy is to cover", "name them: --cgroup PATH");
        }
        choices = Set.copyOf(choices);
        cgroups = List.copyOf(cgroups.stream().distinct().toList());
        params = Map.copyOf(params);
        forget = Set.copyOf(forget);
    }

    /** Creates a request without an overlap. */
    public ApplyRequest(
            PolicyObject policy,
            String instance,
            List<Cgroup> cgroups,
            Map<String, String> params,
            Set<ApplyChoice> choices,
            Set<String> forget,
            Optional<Monitoring> monitor) {
        this(
                policy,
                instance,
                cgroups,
                params,
                choices,
                forget,
                monitor,
                Duration.ZERO,
                Optional.empty(),
                RecordedAdmission.ALL);
    }

    /** Returns this request with an overlap. */
    public ApplyRequest overlapping(Duration duration) {
        return new ApplyRequest(
                policy, instance, cgroups, params, choices, forget, monitor, duration, confirm, admission);
    }

    /** Returns this request for a version that must be confirmed. */
    public ApplyRequest confirming(Optional<Duration> time) {
        return new ApplyRequest(policy, instance, cgroups, params, choices, forget, monitor, overlap, time, admission);
    }

    /** Returns this request for a policy that a host has admitted. */
    public ApplyRequest admittedBy(RecordedAdmission by) {
        return new ApplyRequest(policy, instance, cgroups, params, choices, forget, monitor, overlap, confirm, by);
    }

    /** Creates a request that keeps all state and the mode. */
    public ApplyRequest(
            PolicyObject policy, String instance, List<Cgroup> cgroups, Map<String, String> params, boolean dryRun) {
        this(policy, instance, cgroups, params, dryRun, Set.of(), Optional.empty());
    }

    /** Creates a request with no other choice than the dry run. */
    public ApplyRequest(
            PolicyObject policy,
            String instance,
            List<Cgroup> cgroups,
            Map<String, String> params,
            boolean dryRun,
            Set<String> forget,
            Optional<Monitoring> monitor) {
        this(policy, instance, cgroups, params, dryRun ? Set.of(ApplyChoice.DRY_RUN) : Set.of(), forget, monitor);
    }

    boolean chooses(ApplyChoice choice) {
        return choices.contains(choice);
    }

    /** Returns the instance's full name. */
    public InstanceName name() {
        return new InstanceName(policy.policy(), instance);
    }
}
