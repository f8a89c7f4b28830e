package org.ringwall.loader.apply;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.loader.cgroup.Cgroup;

/**
 * What to apply where.
 *
 * @param instance the instance's name within the policy
 * @param cgroups none means: wherever the instance is in force
 * @param params values of parameters by name, as the user wrote them; others keep the values that they have in force
 * @param choices what the user has chosen beside
 * @param forget state that may get lost, by the policy's name for it or the map's
 * @param monitor the version begins in monitor mode; empty leaves an instance in the mode in which it is
 */
public record ApplyRequest(
        PolicyObject policy,
        String instance,
        List<Cgroup> cgroups,
        Map<String, String> params,
        Set<Choice> choices,
        Set<String> forget,
        Optional<Monitoring> monitor) {
    /** What a user chooses, each by an option of its own. */
    public enum Choice {
        /** Load and check, attach nothing. */
        DRY_RUN,
        /** Go beside programs of other owners that can turn a denial into success. */
        ACCEPT_FOREIGN,
        /** Run after programs that now run after the policy, where the kernel cannot keep the order or one of them overrides verdicts. */
        ALLOW_REORDER,
        /** Take the new version's defaults for parameters that the user gives no value. */
        RESET_PARAMS,
        /** End monitor mode as soon as the new version is in force. */
        ENFORCE
    }

    public ApplyRequest {
        if (monitor.isPresent() && choices.contains(Choice.ENFORCE)) {
            throw new InputException("a version cannot be monitored and enforced", "leave out --monitor or --enforce");
        }
        choices = Set.copyOf(choices);
        cgroups = List.copyOf(cgroups.stream().distinct().toList());
        params = Map.copyOf(params);
        forget = Set.copyOf(forget);
    }

    /** One that keeps all state and decides at once. */
    public ApplyRequest(
            PolicyObject policy, String instance, List<Cgroup> cgroups, Map<String, String> params, boolean dryRun) {
        this(policy, instance, cgroups, params, dryRun, Set.of(), Optional.empty());
    }

    /** One with no other choice than whether it is tried only. */
    public ApplyRequest(
            PolicyObject policy,
            String instance,
            List<Cgroup> cgroups,
            Map<String, String> params,
            boolean dryRun,
            Set<String> forget,
            Optional<Monitoring> monitor) {
        this(policy, instance, cgroups, params, dryRun ? Set.of(Choice.DRY_RUN) : Set.of(), forget, monitor);
    }

    boolean chooses(Choice choice) {
        return choices.contains(choice);
    }

    /** The instance's full name. */
    InstanceName name() {
        return new InstanceName(policy.policy(), instance);
    }
}
