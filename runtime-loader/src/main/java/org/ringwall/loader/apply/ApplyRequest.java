package org.ringwall.loader.apply;

import java.util.List;
import java.util.Map;
import org.ringwall.loader.cgroup.Cgroup;

/**
 * What to apply where.
 *
 * @param instance the instance's name within the policy
 * @param cgroups none means: wherever the instance is in force
 * @param params values of parameters by name, as the user wrote them
 * @param dryRun load and check, attach nothing
 */
public record ApplyRequest(
        PolicyObject policy, String instance, List<Cgroup> cgroups, Map<String, String> params, boolean dryRun) {
    public ApplyRequest {
        cgroups = List.copyOf(cgroups.stream().distinct().toList());
        params = Map.copyOf(params);
    }

    /** The instance's full name. */
    InstanceName name() {
        return new InstanceName(policy.policy(), instance);
    }
}
