// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.api;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.loader.apply.ApplyRequest;
import org.ringwall.loader.apply.ApplyResult;
import org.ringwall.loader.apply.BpffsPins;
import org.ringwall.loader.apply.InstanceName;
import org.ringwall.loader.apply.InstanceStatus;
import org.ringwall.loader.apply.LoaderHost;
import org.ringwall.loader.cgroup.Cgroup;

/**
 * The loader of this host, which puts policies in force. It needs the privileges of the command
 * {@code ringwall}, makes the same checks, and shares its instances (docs/host.md). Other processes
 * may use the same instances at the same time. A loader itself is used by one thread at a time.
 */
public final class Loader implements AutoCloseable {
    private final LoaderHost host;

    Loader(LoaderHost host) {
        this.host = host;
    }

    /**
     * Opens the loader of this host, with pins below {@code /sys/fs/bpf/ringwall}.
     *
     * @throws LoaderException if the native library cannot be loaded
     */
    public static Loader open() {
        return LoaderException.translating(
                () -> new Loader(LoaderHost.ofThisMachine(BpffsPins.MOUNT.resolve("ringwall"))));
    }

    /**
     * Puts a policy, or a new version of it, in force at all hooks and cgroups at one instant.
     * Counters, live sets and rates keep their content. Hooks of a plain object switch one after
     * the other, without a gap.
     *
     * @throws LoaderException if an option is wrong, or the kernel or the host refuses. What was in
     *     force before is still in force, and nothing else
     */
    public Applied apply(PolicyObject object, ApplyOptions options) {
        return LoaderException.translating(() -> applied(host.applier()
                .apply(new ApplyRequest(
                        object.object(),
                        options.instance(),
                        options.cgroups().stream().map(host.cgroups()::at).toList(),
                        options.params(),
                        options.choices().stream()
                                .map(choice -> ApplyRequest.Choice.valueOf(choice.name()))
                                .collect(Collectors.toSet()),
                        options.forget(),
                        Optional.empty()))));
    }

    /**
     * Returns the state of every instance on this host, in the order of their names.
     *
     * @throws LoaderException if the kernel or the host refuses
     */
    public List<PolicyStatus> status() {
        return LoaderException.translating(
                () -> host.status().all().stream().map(Loader::status).toList());
    }

    /**
     * Takes an instance out of force everywhere at one instant, and removes its state.
     *
     * @param policy the name of the policy
     * @param instance the name of the instance; {@code main} if none was given to {@code apply}
     * @throws LoaderException if there is no such instance, or the kernel or the host refuses
     */
    public void remove(String policy, String instance) {
        LoaderException.translating(() -> {
            host.remover().remove(new InstanceName(policy, instance));
            return instance;
        });
    }

    /** Releases what the loader holds. Policies stay in force. */
    @Override
    public void close() {
        host.close();
    }

    private static Applied applied(ApplyResult result) {
        return new Applied(
                result.name().policy(),
                result.name().instance(),
                Integer.toUnsignedLong(result.generation()),
                result.cgroups().stream().map(Cgroup::toString).toList(),
                result.hooks().stream().map(Hook::word).toList(),
                result.notes());
    }

    private static PolicyStatus status(InstanceStatus instance) {
        Map<String, BigInteger> params = new TreeMap<>();
        instance.params().forEach(each -> params.put(each.param().name(), PolicyObject.unsigned(each.value())));
        return new PolicyStatus(
                instance.name().policy(),
                instance.name().instance(),
                Integer.toUnsignedLong(instance.generation()),
                switch (instance.state()) {
                    case IN_FORCE -> PolicyStatus.State.IN_FORCE;
                    case BETWEEN -> PolicyStatus.State.BETWEEN;
                    case NOWHERE -> PolicyStatus.State.NOWHERE;
                    case UNREADABLE -> PolicyStatus.State.UNREADABLE;
                },
                instance.enforced(),
                instance.places().stream().map(Loader::place).toList(),
                instance.monitored().map(mode -> new PolicyStatus.Monitored(mode.seconds(), mode.reason())),
                params,
                instance.digest(),
                instance.trouble());
    }

    private static PolicyStatus.Place place(InstanceStatus.At place) {
        return new PolicyStatus.Place(
                place.cgroup(),
                place.lost(),
                place.hooks(),
                place.missing(),
                place.overriding(),
                place.accepted(),
                place.unknown());
    }
}
